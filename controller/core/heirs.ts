import { type Granted, type GrantedItem, isLeftAlone } from "./granted.ts";
import { isSettled, itemState } from "./item-state.ts";
import { keptIds } from "./kept.ts";
import type { Situation } from "./situation.ts";
import { nameOf } from "./transition.ts";

/**
 * The granted item that takes the place of what is owned under a key: the same item, the one it was renamed to, or the
 * network that came for it.
 */
export function heirOf(key: string, granted: Granted): GrantedItem | undefined {
  const name = nameOf(key);
  return granted.items.find(
    ({ key, formerly, inPlaceOf }) =>
      key === name || [formerly, inPlaceOf].some((names) => names?.includes(name)),
  );
}

/** What the old one waits for, which goes when the same item under a new id or name is verified. */
export function awaitedHeir(
  key: string,
  { granted, observed, state }: Pick<Situation, "granted" | "observed" | "state">,
): GrantedItem | undefined {
  const item = granted === undefined ? undefined : heirOf(key, granted);
  return item === undefined || isSettled(itemState(item, observed, state)) ? undefined : item;
}

/** True of what is owned and to be removed now: neither granted nor left alone, and waiting for nothing. */
export function isLeaving(key: string, situation: Situation): boolean {
  const { granted, observed } = situation;
  const owned = observed.owned[key];
  if (owned === undefined || granted === undefined || isLeftAlone(granted, key)) return false;
  if (owned.onLeave === "keep" || keptIds(granted).has(`${owned.kind}/${owned.id}`)) return false;
  return awaitedHeir(key, situation) === undefined;
}
