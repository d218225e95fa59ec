import type { GrantedItem } from "./granted.ts";
import { hasIdOf, isByTurns, replacedBy } from "./replaced-by.ts";
import { type Before, beside, type ItemChange, loses, overruledBy, risksOf } from "./risk.ts";

/** What may be taken of the networks and the trust of one set of devices. */
export interface Links {
  /** They have said that they hold a SIM. */
  readonly cellular: boolean;
  /** Items that may go although they may be the last, by key (`Organization.allowIsolating`). */
  readonly mayGo: ReadonlySet<string>;
}

/** What guards say; without `links` nothing is known, and everything that touches a network counts as the last. */
export interface Guards {
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
  /** New items that do not come yet, for they overrule what others say (Android), and why. */
  readonly withheld: readonly Staying[];
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
  const withheld: Staying[] = [];
  const changes = items.flatMap((item): readonly Change[] => {
    const old = replaced(item);
    // The same content is no change, also where this version works out otherwise what it touches.
    if (old?.digest === item.digest && !isByTurns(old, item))
      return [{ item, old, isolates: false, stays: undefined }];
    const judged = changesBy(item, old, earlier).map((change) =>
      judge(change, { staying, coming: [] }, guards),
    );
    const found = judged.find((one) => one?.reason !== undefined) ?? judged.find((one) => one !== undefined);
    const isolates = found !== undefined;
    if (old === undefined && found?.reason !== undefined) {
      withheld.push({ ...item, retained: found.reason });
      return [];
    }
    return [{ item, old, isolates, stays: staysFor({ old, isolates }, found?.reason) }];
  });
  const settled = onceEach(changes);
  const kept = [...settled.flatMap(({ stays }) => stays ?? []), ...withheld].map(({ key, retained }) => ({
    key,
    reason: retained,
  }));
  const isolating = settled
    .filter(({ isolates, stays }) => isolates && stays === undefined)
    .map(({ item }) => item.key);
  const given = settled.map(({ item, stays }) => stays ?? item);
  return { items: given, kept, withheld, isolating, touches: kept.length + isolating.length > 0 };
}

/**
 * What an item changes on devices: what it takes the place of, and what left of which it is another version, for a device
 * that still has that gets this in its place.
 */
export function changesBy(
  item: GrantedItem,
  old: GrantedItem | undefined,
  earlier: readonly GrantedItem[],
): readonly ItemChange[] {
  const left = earlier.flatMap(({ inPlaceOf = [] }) => inPlaceOf);
  const returning = left.filter((one) => hasIdOf(item, one) && !loses(one, item, []));
  return [old, ...returning].map((before) => {
    const inTurn = isByTurns(before, item);
    const change = { before, after: inTurn ? withoutLinks(item) : item };
    return { ...change, inTurn, overrules: overruledBy(change, earlier) };
  });
}

function withoutLinks(item: GrantedItem): GrantedItem {
  const { network: _network, trust: _trust, ...effects } = item.effects ?? {};
  return { ...item, effects };
}

type Staying = GrantedItem & { readonly retained: string };

/** An item, what it takes the place of, and what stays instead. */
interface Change {
  readonly item: GrantedItem;
  readonly old: GrantedItem | undefined;
  readonly isolates: boolean;
  readonly stays: Staying | undefined;
}

function staysFor(
  { old, isolates }: Pick<Change, "old" | "isolates">,
  reason: string | undefined,
): Staying | undefined {
  if (old === undefined || reason === undefined) return undefined;
  return { ...old, retained: reason, ...(isolates ? { last: true } : {}) };
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
      const stays = staysFor(change, reasons.get(change.item.key));
      return stays === undefined ? [] : [{ ...change, stays }];
    }),
  );
}

/** What is to be done with networks and trust that leave. */
export interface LinkRemovals {
  /** Why items stay. */
  readonly reasons: ReadonlyMap<string, string>;
  /** Items that go although they may be the last. */
  readonly isolating: readonly string[];
  /** Items without which nothing is left that is known to work, whether they stay or go. */
  readonly last: ReadonlySet<string>;
}

/**
 * Why items that leave stay, or that they go and may isolate. Where another network comes for one, or another copy of its
 * certificates, no word is needed; nobody knows whether that works, so it needs room in the budget.
 */
export function holdLinkRemovals(
  leaving: readonly GrantedItem[],
  { earlier, items }: { readonly earlier: readonly GrantedItem[]; readonly items: readonly GrantedItem[] },
  guards: Guards,
): LinkRemovals {
  const around = { staying: unchanged(earlier, items), coming: items };
  const reasons = new Map<string, string>();
  const isolating: string[] = [];
  for (const item of leaving) {
    const found = judge({ before: item, after: undefined }, around, guards);
    if (found === undefined) continue;
    if (found.reason === undefined) isolating.push(item.key);
    else reasons.set(item.key, found.reason);
  }
  return { reasons, isolating, last: new Set([...isolating, ...reasons.keys()]) };
}

/** What is beside a change: `coming` is all that devices are given, whether they have it or not. */
interface Around {
  readonly staying: readonly GrantedItem[];
  readonly coming: readonly GrantedItem[];
}

/** Undefined when it isolates nobody; else why it must not be, or nothing when it may. */
function judge(
  change: ItemChange,
  { staying, coming }: Around,
  { links, isolatingBudget = true }: Guards,
): { readonly reason: string | undefined } | undefined {
  const traits = { cellular: links?.cellular === true };
  const found = risksOf(change, traits, staying).find(({ risk }) => risk === "isolating");
  if (found === undefined) return undefined;
  const { before } = change;
  if (before !== undefined && loses(before, change.after, beside(change, coming))) {
    // Devices that never got it still have what it came for, which then goes as well.
    const names = [...new Set([before.key, ...(before.inPlaceOf ?? []).map(({ key }) => key)])];
    const unnamed = names.filter((key) => links?.mayGo.has(key) !== true);
    if (unnamed.length > 0)
      return { reason: `${found.because}, and allowIsolating does not name ${listed(unnamed, before)}` };
  }
  return { reason: isolatingBudget ? undefined : isolatingBudgetUsed };
}

function listed(names: readonly string[], { key }: Before): string {
  const others = names.filter((one) => one !== key);
  const it = names.length > others.length ? ["it"] : [];
  return [...it, ...others].join(" or ") + (others.length === 0 ? "" : ", in whose place it came");
}

/** What devices have now and keep as it is, under whatever name. */
export function unchanged(
  earlier: readonly GrantedItem[],
  items: readonly GrantedItem[],
): readonly GrantedItem[] {
  const nameOf = ({ kind, id, digest }: GrantedItem): string => [kind, id, digest].join(" ");
  const now = new Set(items.map(nameOf));
  return earlier.filter((item) => now.has(nameOf(item)));
}
