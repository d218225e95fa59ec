import type { GrantedItem } from "./granted.ts";
import { risksOf } from "./risk.ts";

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
  const replaced = replacedBy(items, earlier);
  const staying = unchanged(earlier, items);
  const changes = items.map((item): Change => {
    const old = replaced(item);
    // The same content is no change, also where this version works out otherwise what it touches.
    if (old === undefined || old.digest === item.digest)
      return { item, old, isolates: false, stays: undefined };
    const found = judge(old, item, staying, guards);
    return { item, old, isolates: found !== undefined, stays: staysFor(old, found?.reason) };
  });
  const settled = onceEach(changes);
  const kept = settled.flatMap(({ stays }) =>
    stays === undefined ? [] : [{ key: stays.key, reason: stays.retained }],
  );
  const isolating = settled
    .filter(({ isolates, stays }) => isolates && stays === undefined)
    .map(({ item }) => item.key);
  const given = settled.map(({ item, stays }) => stays ?? item);
  return { items: given, kept, isolating, touches: kept.length + isolating.length > 0 };
}

type Staying = GrantedItem & { readonly retained: string };

/** An item, what it takes the place of, and what stays instead. */
interface Change {
  readonly item: GrantedItem;
  readonly old: GrantedItem | undefined;
  readonly isolates: boolean;
  readonly stays: Staying | undefined;
}

function staysFor(old: GrantedItem, reason: string | undefined): Staying | undefined {
  return reason === undefined ? undefined : { ...old, retained: reason };
}

/**
 * Devices have nothing twice. Where what stays has the name of another item, under which that would come with another
 * identifier, this one waits: what it takes the place of stays as well, and one that is new does not come yet.
 */
function onceEach(changes: readonly Change[]): readonly Change[] {
  const reasons = new Map(
    changes.flatMap(({ stays }) => (stays === undefined ? [] : [[stays.key, stays.retained]])),
  );
  const isFree = ({ item, stays }: Change): boolean => stays !== undefined || !reasons.has(item.key);
  if (changes.every(isFree)) return changes;
  return onceEach(
    changes.flatMap((change): readonly Change[] => {
      if (isFree(change)) return [change];
      const { item, old } = change;
      return old === undefined ? [] : [{ ...change, stays: staysFor(old, reasons.get(item.key)) }];
    }),
  );
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
  const staying = unchanged(earlier, items);
  const reasons = new Map<string, string>();
  const isolating: string[] = [];
  for (const item of leaving) {
    const found = judge(item, undefined, staying, guards);
    if (found === undefined) continue;
    if (found.reason === undefined) isolating.push(item.key);
    else reasons.set(item.key, found.reason);
  }
  return { reasons, isolating, touches: reasons.size + isolating.length > 0 };
}

/** Undefined when it isolates nobody; else why it must not be, or nothing when it may. */
function judge(
  before: GrantedItem,
  after: GrantedItem | undefined,
  staying: readonly GrantedItem[],
  { links, isolatingBudget = true }: Guards,
): { readonly reason: string | undefined } | undefined {
  const traits = { cellular: links?.cellular === true };
  const found = risksOf({ before, after }, traits, staying).find(({ risk }) => risk === "isolating");
  if (found === undefined) return undefined;
  if (loses(before, after) && links?.mayGo.has(before.key) !== true)
    return { reason: `${found.because}, and allowIsolating does not name it` };
  return { reason: isolatingBudget ? undefined : isolatingBudgetUsed };
}

/** True when a change leaves no network, or no trusted certificate, where one was. */
function loses({ effects: before }: GrantedItem, after: GrantedItem | undefined): boolean {
  return (
    (before?.network !== undefined && after?.effects?.network === undefined) ||
    (before?.trust !== undefined && after?.effects?.trust === undefined)
  );
}

/**
 * What each item takes the place of: what devices know under its identifier, whatever its name; else what was under its
 * name or the one before, unless another item has that identifier now.
 */
function replacedBy(
  items: readonly GrantedItem[],
  earlier: readonly GrantedItem[],
): (item: GrantedItem) => GrantedItem | undefined {
  const byKey = new Map(earlier.map((item) => [item.key, item]));
  const byId = new Map(earlier.map((item) => [idOf(item), item]));
  const ids = new Set(items.map(idOf));
  return (item) => {
    const named = [item.key, ...(item.formerly ?? [])].flatMap((key) => byKey.get(key) ?? [])[0];
    return byId.get(idOf(item)) ?? (named === undefined || ids.has(idOf(named)) ? undefined : named);
  };
}

function idOf({ kind, id }: GrantedItem): string {
  return `${kind}/${id}`;
}

/** What devices have now and keep as it is. */
function unchanged(earlier: readonly GrantedItem[], items: readonly GrantedItem[]): readonly GrantedItem[] {
  const now = new Map(items.map((item) => [item.key, item.digest]));
  return earlier.filter(({ key, digest }) => now.get(key) === digest);
}
