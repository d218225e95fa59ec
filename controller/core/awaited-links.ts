import type { Effects } from "./effects.ts";
import type { GrantedItem, Left } from "./granted.ts";
import { awaitedFor } from "./heirs.ts";
import { hasIdOf } from "./replaced-by.ts";
import { connectsFor, loses, trustsFor } from "./risk.ts";
import type { Situation } from "./situation.ts";

type Looked = Pick<Situation, "granted" | "observed" | "state" | "declared">;

/**
 * What must be there before an item may go over a network, or certificates, that the device may have under its identifier
 * and that it has not itself: it would take them away while what comes in their place is not there.
 */
export function awaitedBefore(item: GrantedItem, situation: Looked): GrantedItem | undefined {
  const isHis = (left: Left, heir: GrantedItem): boolean =>
    isTaken(left, item, heir, situation) && mayBeHere(left, item, situation);
  return awaitedFor(isHis, situation);
}

/** True when an item goes over a network, or certificates, that the device may have and that another came for. */
export function goesOverLink(item: GrantedItem, situation: Looked): boolean {
  const { items = [] } = situation.granted ?? {};
  return items.some((heir) =>
    heir.inPlaceOf?.some((left) => isTaken(left, item, heir, situation) && mayBeHere(left, item, situation)),
  );
}

/** True when the device has a version under the identifier that did not come after what left. */
function mayBeHere({ since = [] }: Left, item: GrantedItem, situation: Looked): boolean {
  return versionsOf(item, situation).some((digest) => !since.includes(digest));
}

/** True when an item would take away of what left what another came for. */
function isTaken(left: Left, item: GrantedItem, heir: GrantedItem, situation: Looked): boolean {
  if (!hasIdOf(item, left)) return false;
  const { network, trust } = left.effects ?? {};
  const isLost = (effects: Effects): boolean => loses({ effects }, item, []);
  const isCut = network !== undefined && isLost({ network }) && connectsFor(heir, left);
  const isUntrusted = trust !== undefined && isLost({ trust }) && isTrusted(heir, left, situation);
  return isCut || isUntrusted;
}

/** True of another copy of certificates, and, where none came for them, of the others that were put in their place. */
function isTrusted(heir: GrantedItem, left: Left, { granted }: Looked): boolean {
  const { items = [] } = granted ?? {};
  const cameFor = (one: GrantedItem): boolean =>
    one.inPlaceOf?.some((other) => hasIdOf(other, left)) === true;
  const hasCopy = (): boolean => items.some((one) => cameFor(one) && trustsFor(one, left));
  return trustsFor(heir, left) || (heir.effects?.trust !== undefined && !hasCopy());
}

/** The contents that the device has under the identifier of an item, by its own word or by what it was handed. */
function versionsOf(item: GrantedItem, { observed, declared }: Looked): readonly string[] {
  const owned = Object.values(observed.owned).filter((one) => hasIdOf(one, item));
  const handed = (declared?.entries ?? []).filter((one) => one.of === item.id);
  return [...owned.map(({ digest }) => digest), ...handed.flatMap(({ digest }) => digest ?? [])];
}
