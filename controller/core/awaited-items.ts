import { awaitedBefore } from "./awaited-links.ts";
import { awaitingHeirs, heirOf } from "./declared-heirs.ts";
import type { GrantedItem } from "./granted.ts";
import type { ItemState } from "./item-state.ts";
import { isDeclared } from "./kept.ts";
import type { Situation } from "./situation.ts";

/**
 * What must be there before an item comes: what takes the place of a network or of certificates that it would take away,
 * and what the declaration of its identifier stays for, without whose end no profile comes. Each is waited for.
 */
export function awaitedFirst(item: GrantedItem, situation: Situation): readonly GrantedItem[] {
  const isKept = item.kind === "Profile" && isDeclared(item.id, situation.observed);
  const entry = isKept ? awaitingHeirs(situation).find((one) => one.of === item.id) : undefined;
  const heir = entry && heirOf(entry, situation);
  return [awaitedBefore(item, situation) ?? [], heir ?? []].flat();
}

/** Why an item does not go to the device yet, as the end of a sentence; undefined when it may. */
export function waitsFirst(item: GrantedItem, { type }: ItemState, situation: Situation): string | undefined {
  if (type !== "missing") return undefined;
  const [first] = awaitedFirst(item, situation);
  if (first === undefined) return undefined;
  const isLink = first === awaitedBefore(item, situation);
  const why = isLink
    ? "it takes the place of a network or of certificates"
    : "until then its declaration stays";
  return `waits until ${first.key} is there: ${why}`;
}

/**
 * The items that an item waits for, each for the next one, where that leads back to it: they wait for ever. Undefined
 * where it does not.
 */
export function circleOf(item: GrantedItem, situation: Situation): readonly GrantedItem[] | undefined {
  const seen = new Set<GrantedItem>();
  const from = (step: GrantedItem): readonly GrantedItem[] | undefined => {
    seen.add(step);
    for (const next of awaitedFirst(step, situation)) {
      if (next === item) return [step];
      const rest = seen.has(next) ? undefined : from(next);
      if (rest !== undefined) return [step, ...rest];
    }
    return undefined;
  };
  return from(item);
}
