import { type Granted, type GrantedItem, isLeftAlone, type Left } from "./granted.ts";
import { isSettled, itemState } from "./item-state.ts";
import { keptIds } from "./kept.ts";
import type { Owned } from "./observed.ts";
import { hasIdOf } from "./replaced-by.ts";
import { isLink, loses } from "./risk.ts";
import type { Situation } from "./situation.ts";
import { nameOf } from "./transition.ts";

type Looked = Pick<Situation, "granted" | "observed" | "state">;

/**
 * The first of the items that what is owned under a key waits for: the networks and certificates that are granted in its
 * place, the same item under a new id, and the one that it was renamed to. Networks and certificates must be there; of
 * others it is enough that nothing more is to be done about them. What is left alone may never have come to a device: it
 * is waited for until policies agree.
 */
export function awaitedHeir(
  key: string,
  was: Pick<Owned, "kind" | "id">,
  situation: Looked,
): GrantedItem | undefined {
  const name = nameOf(key);
  // What has the identifier of a declaration is installed over it, or comes when that is gone.
  const isOther = (item: GrantedItem): boolean => item.id !== was.id || was.kind !== "Declarations";
  const isSame = (item: GrantedItem): boolean => item.key === name || item.formerly?.includes(name) === true;
  return (
    awaitedFor((left, heir) => hasIdOf(was, left) && isOther(heir), situation) ??
    open((item) => isSame(item) && isOther(item), situation)[0]
  );
}

/**
 * The first of the items that are waited for in the place of something that left: none where another granted item does
 * the same by now.
 */
export function awaitedFor(
  isIts: (left: Left, heir: GrantedItem) => boolean,
  situation: Looked,
): GrantedItem | undefined {
  const { items = [] } = situation.granted ?? {};
  const isServed = (item: GrantedItem): boolean => {
    const others = items.filter((one) => one.lasts === undefined && isThere(one, situation));
    return isLink(item) && !loses(item, undefined, others);
  };
  const comesFor = (heir: GrantedItem): boolean => heir.inPlaceOf?.some((left) => isIts(left, heir)) === true;
  return open(comesFor, situation).find((item) => !items.includes(item) || !isServed(item));
}

/** Of the items that are granted, and then of those left alone, what is waited for yet. */
function open(isHeir: (item: GrantedItem) => boolean, situation: Looked): readonly GrantedItem[] {
  const { items = [], leftAlone = [] } = situation.granted ?? {};
  return [...items, ...leftAlone].filter((item) => isHeir(item) && isAwaited(item, situation));
}

function isAwaited(item: GrantedItem, situation: Looked): boolean {
  if (isLink(item)) return !isThere(item, situation);
  return !isSettled(itemState(item, situation.observed, situation.state));
}

function isThere(item: GrantedItem, { observed, state }: Looked): boolean {
  return itemState(item, observed, state).type === "verified";
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
  return leavers(granted, situation).filter(
    ([key, owned]) => awaitedHeir(key, owned, situation) === undefined,
  );
}
