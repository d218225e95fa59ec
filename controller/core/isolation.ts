import type { GrantedItem } from "./granted.ts";
import { type ItemChange, risksOf } from "./risk.ts";

/** What may be taken of the networks and the trust of one set of devices. */
export interface Links {
  /** They have said that they hold a SIM. */
  readonly cellular: boolean;
  /** Items that may go although they may be the last, by key (`Organization.allowIsolating`). */
  readonly mayGo: ReadonlySet<string>;
}

/** What guards say; without `links` nothing is known, and everything that touches a network counts as the last. */
interface Guards {
  readonly links?: Links;
  /** False when the isolating budget has no room for these devices. */
  readonly isolatingBudget?: boolean;
}

export const isolatingBudgetUsed = "isolating budget used up";

/** Changes of what is granted, as far as they may cut a device off. */
export interface LinkedItems {
  readonly items: readonly GrantedItem[];
  /** Items that keep their content, and why. */
  readonly kept: readonly { readonly key: string; readonly reason: string }[];
  /** Items whose change may cut a device off, and is admitted. */
  readonly isolating: readonly string[];
  readonly touches: boolean;
}

/**
 * Puts in the place of a change that may isolate what was granted before. A change to another network or other
 * certificates, such as a new password, needs room in the budget and nothing else; one that leaves nothing in their
 * place takes them away under whatever name, and is a removal.
 */
export function holdLinkChanges(
  items: readonly GrantedItem[],
  earlier: readonly GrantedItem[],
  guards: Guards,
): LinkedItems {
  const before = new Map(earlier.map((item) => [item.key, item]));
  const staying = unchanged(earlier, items);
  const kept: { key: string; reason: string }[] = [];
  const isolating: string[] = [];
  let touches = false;
  const given = items.map((item) => {
    const old = [item.key, ...(item.formerly ?? [])].flatMap((key) => before.get(key) ?? [])[0];
    if (old === undefined || !hasLinks(old) || old.digest === item.digest) return item;
    const isRemoval = loses(old, item);
    const found = judge({ before: old, after: item }, staying, isRemoval, guards);
    touches ||= found !== undefined;
    if (found?.reason === undefined) {
      if (found !== undefined) isolating.push(item.key);
      return item;
    }
    kept.push({ key: old.key, reason: found.reason });
    return { ...old, retained: found.reason };
  });
  return { items: given, kept, isolating, touches };
}

/** Why items that leave stay, or that they go and may isolate; what another guard keeps is not asked about. */
export function holdLinkRemovals(
  leaving: readonly GrantedItem[],
  { earlier, items }: { readonly earlier: readonly GrantedItem[]; readonly items: readonly GrantedItem[] },
  guards: Guards,
): {
  readonly reasons: ReadonlyMap<string, string>;
  readonly isolating: readonly string[];
  readonly touches: boolean;
} {
  const linked = leaving.filter(hasLinks);
  const reasons = new Map<string, string>();
  const isolating: string[] = [];
  if (linked.length === 0) return { reasons, isolating, touches: false };
  const staying = unchanged(earlier, items);
  for (const item of linked) {
    const found = judge({ before: item, after: undefined }, staying, true, guards);
    if (found?.reason !== undefined) reasons.set(item.key, found.reason);
    else if (found !== undefined) isolating.push(item.key);
  }
  return { reasons, isolating, touches: reasons.size + isolating.length > 0 };
}

/** Undefined when it isolates nobody; else why it must not be, or nothing when it may. */
function judge(
  change: ItemChange,
  staying: readonly GrantedItem[],
  isRemoval: boolean,
  { links, isolatingBudget = true }: Guards,
): { readonly reason: string | undefined } | undefined {
  const traits = { cellular: links?.cellular ?? false };
  const found = risksOf(change, traits, staying).find(({ risk }) => risk === "isolating");
  if (found === undefined) return undefined;
  const { key = "" } = change.before ?? {};
  if (isRemoval && links?.mayGo.has(key) !== true)
    return { reason: `${found.because}, and allowIsolating does not name it` };
  return { reason: isolatingBudget ? undefined : isolatingBudgetUsed };
}

function hasLinks({ effects }: GrantedItem): boolean {
  return effects?.network !== undefined || effects?.trust !== undefined;
}

/** True when a change leaves no network, or no trusted certificate, where one was. */
function loses({ effects: before }: GrantedItem, { effects: after }: GrantedItem): boolean {
  return (
    (before?.network !== undefined && after?.network === undefined) ||
    (before?.trust !== undefined && after?.trust === undefined)
  );
}

/** What devices have now and keep as it is. */
function unchanged(earlier: readonly GrantedItem[], items: readonly GrantedItem[]): readonly GrantedItem[] {
  const now = new Map(items.map((item) => [item.key, item.digest]));
  return earlier.filter(({ key, digest }) => now.get(key) === digest);
}
