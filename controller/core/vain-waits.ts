import { awaitingHeirs } from "./declared-heirs.ts";
import type { Granted } from "./granted.ts";
import { awaitedHeir, leavers } from "./heirs.ts";
import { isSettled, itemState } from "./item-state.ts";
import type { Situation } from "./situation.ts";
import { nameOf } from "./transition.ts";

/**
 * Why a device keeps what should have left, where that waits for another item that is not there and that nothing more is
 * done about; undefined where nothing waits so.
 */
export function vainWait(granted: Granted, situation: Situation): string | undefined {
  const declared = awaitingHeirs(situation).map(({ item }) => item);
  for (const key of [...leavers(granted, situation).map(([key]) => key), ...declared]) {
    const heir = awaitedHeir(key, situation);
    if (heir === undefined) continue;
    const judged = itemState(heir, situation.observed, situation.state);
    if (!isSettled(judged)) continue;
    const why =
      judged.type === "lapsed" ? "its time is over" : "its user has removed it, and that is left so";
    return `${nameOf(key)} stays until ${heir.key} is there; ${why}`;
  }
  return undefined;
}
