import { type Granted, type GrantedItem, isLeftAlone } from "./granted.ts";
import { isSettled, itemState } from "./item-state.ts";
import { keptIds } from "./kept.ts";
import type { Owned } from "./observed.ts";
import { loses } from "./risk.ts";
import type { Situation } from "./situation.ts";
import { nameOf } from "./transition.ts";

/**
 * The first of the items that what is owned under a key waits for: the same item under a new id, the one that it was
 * renamed to, and the networks and certificates that are granted in its place. Networks and certificates must be there;
 * of others it is enough that nothing more is to be done about them. What merely came for it is not waited for where
 * another granted item does the same by now. What is left alone may never have come to a device: it is waited for until
 * policies agree.
 */
export function awaitedHeir(
  key: string,
  { granted, observed, state }: Pick<Situation, "granted" | "observed" | "state">,
): GrantedItem | undefined {
  const name = nameOf(key);
  const items = granted?.items ?? [];
  const isThere = (item: GrantedItem): boolean => itemState(item, observed, state).type === "verified";
  const isAwaited = (item: GrantedItem): boolean =>
    isLink(item) ? !isThere(item) : !isSettled(itemState(item, observed, state));
  const isSame = ({ key, formerly }: GrantedItem): boolean =>
    key === name || formerly?.includes(name) === true;
  const comesFor = ({ inPlaceOf }: GrantedItem): boolean => inPlaceOf?.includes(name) === true;
  const isServed = (item: GrantedItem): boolean => {
    const others = items.filter((one) => one.lasts === undefined && isThere(one));
    return isLink(item) && !loses(item, undefined, others);
  };
  const isHeir = (item: GrantedItem): boolean => isSame(item) || comesFor(item);
  const found = items.find((item) => isHeir(item) && isAwaited(item) && (isSame(item) || !isServed(item)));
  return found ?? granted?.leftAlone?.find((item) => isHeir(item) && isAwaited(item));
}

function isLink({ effects }: GrantedItem): boolean {
  return effects?.network !== undefined || effects?.trust !== undefined;
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
