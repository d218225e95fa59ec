import { awaitedBefore } from "./awaited-links.ts";
import { heirOf } from "./declared-heirs.ts";
import type { GrantedItem } from "./granted.ts";
import type { ItemState } from "./item-state.ts";
import { isDeclared } from "./kept.ts";
import type { Situation } from "./situation.ts";

/**
 * What must be there before an item comes: what takes the place of a network or of certificates that it would take away,
 * and what the declaration of its identifier stays for, without whose end no profile comes. Each is waited for.
 */
export function awaitedFirst(item: GrantedItem, situation: Situation): readonly GrantedItem[] {
  return [awaitedBefore(item, situation) ?? [], awaitedEnd(item, situation) ?? []].flat();
}

/** What the declaration of a profile's identifier stays for. */
function awaitedEnd(item: GrantedItem, situation: Situation): GrantedItem | undefined {
  if (item.kind !== "Profile" || !isDeclared(item.id, situation.observed)) return undefined;
  const entry = situation.declared?.entries.find((one) => one.of === item.id);
  return entry && heirOf(entry, situation);
}

/** Why an item does not go to the device yet, as the end of a sentence; undefined when it may. */
export function waitsFirst(item: GrantedItem, { type }: ItemState, situation: Situation): string | undefined {
  if (type !== "missing") return undefined;
  const first = awaitedBefore(item, situation);
  if (first !== undefined)
    return `waits until ${first.key} is there: it takes the place of a network or of certificates`;
  const end = awaitedEnd(item, situation);
  return end && `waits until ${end.key} is there: until then its declaration stays`;
}

/** What items wait for, each worked out once. */
export function awaitedIn(situation: Situation): (item: GrantedItem) => readonly GrantedItem[] {
  const known = new Map<GrantedItem, readonly GrantedItem[]>();
  return (item) => {
    const found = known.get(item) ?? awaitedFirst(item, situation);
    known.set(item, found);
    return found;
  };
}

/**
 * The items that an item waits for, each for the next one, where that leads back to it: they wait for ever. Undefined
 * where it does not.
 */
export function circleOf(
  item: GrantedItem,
  awaited: (item: GrantedItem) => readonly GrantedItem[],
): readonly GrantedItem[] | undefined {
  const seen = new Set<GrantedItem>();
  const from = (step: GrantedItem): readonly GrantedItem[] | undefined => {
    seen.add(step);
    for (const next of awaited(step)) {
      if (next === item) return [step];
      const rest = seen.has(next) ? undefined : from(next);
      if (rest !== undefined) return [step, ...rest];
    }
    return undefined;
  };
  return from(item);
}
