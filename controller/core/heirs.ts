import { type Granted, type GrantedItem, isLeftAlone } from "./granted.ts";
import { isSettled, itemState } from "./item-state.ts";
import { keptIds } from "./kept.ts";
import type { Owned } from "./observed.ts";
import type { Situation } from "./situation.ts";
import { nameOf } from "./transition.ts";

/**
 * The first of the items that what is owned under a key waits for: the same item under a new id, the one that it was
 * renamed to, and the networks and certificates that came for it, until these are there; a renamed one, until nothing
 * more is to be done about it. What is left alone may never have come to a device: it is waited for until policies
 * agree.
 */
export function awaitedHeir(
  key: string,
  { granted, observed, state }: Pick<Situation, "granted" | "observed" | "state">,
): GrantedItem | undefined {
  const name = nameOf(key);
  return [...(granted?.items ?? []), ...(granted?.leftAlone ?? [])].find((item) => {
    const isLink = item.inPlaceOf?.includes(name) === true;
    if (!isLink && item.key !== name && item.formerly?.includes(name) !== true) return false;
    const judged = itemState(item, observed, state);
    return isLink ? judged.type !== "verified" : !isSettled(judged);
  });
}

/** What is owned and to be removed now: neither granted nor left alone, and waiting for nothing. */
export function goingNow(
  granted: Granted,
  situation: Situation,
): readonly (readonly [key: string, owned: Owned])[] {
  const kept = keptIds(granted);
  return Object.entries(situation.observed.owned).filter(
    ([key, { kind, id, onLeave }]) =>
      onLeave !== "keep" &&
      !kept.has(`${kind}/${id}`) &&
      !isLeftAlone(granted, key) &&
      awaitedHeir(key, situation) === undefined,
  );
}
