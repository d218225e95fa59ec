import { type Granted, type GrantedItem, isLeftAlone } from "./granted.ts";
import { isSettled, itemState } from "./item-state.ts";
import { keptIds } from "./kept.ts";
import type { Owned } from "./observed.ts";
import type { Situation } from "./situation.ts";
import { nameOf } from "./transition.ts";

/**
 * The first of the items that what is owned under a key waits for: the same item under a new id, the one that it was
 * renamed to, and the networks and certificates that are granted in its place. Networks and certificates must be there;
 * of others it is enough that nothing more is to be done about them. What is left alone may never have come to a device:
 * it is waited for until policies agree.
 */
export function awaitedHeir(
  key: string,
  { granted, observed, state }: Pick<Situation, "granted" | "observed" | "state">,
): GrantedItem | undefined {
  const name = nameOf(key);
  return [...(granted?.items ?? []), ...(granted?.leftAlone ?? [])].find((item) => {
    if (item.key !== name && ![item.formerly, item.inPlaceOf].some((names) => names?.includes(name)))
      return false;
    const judged = itemState(item, observed, state);
    const isLink = item.effects?.network !== undefined || item.effects?.trust !== undefined;
    return isLink ? judged.type !== "verified" : !isSettled(judged);
  });
}

type OwnedItems = readonly (readonly [key: string, owned: Owned])[];

/** What is owned and to leave: neither granted nor left alone. */
export function leavers(granted: Granted, { observed }: Pick<Situation, "observed">): OwnedItems {
  const kept = keptIds(granted);
  return Object.entries(observed.owned).filter(
    ([key, { kind, id, onLeave }]) =>
      onLeave !== "keep" && !kept.has(`${kind}/${id}`) && !isLeftAlone(granted, key),
  );
}

/** What is to be removed now: it leaves, and waits for nothing. */
export function goingNow(granted: Granted, situation: Situation): OwnedItems {
  return leavers(granted, situation).filter(([key]) => awaitedHeir(key, situation) === undefined);
}
