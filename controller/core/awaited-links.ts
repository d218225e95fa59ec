import { identifiersOf } from "./declared-identifiers.ts";
import type { GrantedItem, Left } from "./granted.ts";
import { awaitedFor } from "./heirs.ts";
import type { ItemState } from "./item-state.ts";
import { hasIdOf } from "./replaced-by.ts";
import { loses } from "./risk.ts";
import type { Situation } from "./situation.ts";

type Looked = Pick<Situation, "granted" | "observed" | "state" | "declared">;

/**
 * What must be there before an item may go over a network, or certificates, that the device may have under its identifier
 * and that it has not itself: it would take them away while what comes in their place is not there.
 */
export function awaitedBefore(item: GrantedItem, situation: Looked): GrantedItem | undefined {
  const takes = (left: Left): boolean => hasIdOf(item, left) && loses(left, item, []);
  const isHere = ({ since = [] }: Left): boolean =>
    versionsOf(item, situation).some((digest) => !since.includes(digest));
  return awaitedFor((left) => takes(left) && isHere(left), situation);
}

/** Why an item does not go to the device yet, as the end of a sentence; undefined when it may. */
export function waitsForLink(item: GrantedItem, { type }: ItemState, situation: Looked): string | undefined {
  const first = type === "missing" ? awaitedBefore(item, situation) : undefined;
  return first && `waits until ${first.key} is there: it takes the place of a network or of certificates`;
}

/** The contents that the device has under the identifier of an item, by its own word or by what it was handed. */
function versionsOf(item: GrantedItem, { observed, declared }: Looked): readonly string[] {
  const owned = Object.values(observed.owned).filter((one) => hasIdOf(one, item));
  const names = identifiersOf(item);
  const handed = (declared?.entries ?? []).filter(({ identifier }) => names.has(identifier));
  return [...owned.map(({ digest }) => digest), ...handed.flatMap(({ digest }) => digest ?? [])];
}
