import { awaitedIn, circleOf } from "./awaited-items.ts";
import { awaitingHeirs, heirOf } from "./declared-heirs.ts";
import type { Granted, GrantedItem } from "./granted.ts";
import { awaitedHeir, leavers } from "./heirs.ts";
import { isSettled, itemState } from "./item-state.ts";
import type { Situation } from "./situation.ts";
import { nameOf } from "./transition.ts";

/**
 * Why a device keeps what should have left, or should be another by now, where that waits for another item that is not
 * there and that nothing more is done about; undefined where nothing waits so.
 */
export function vainWait(granted: Granted, situation: Situation): string | undefined {
  const owned = leavers(granted, situation).map(
    ([key, owned]) => [key, awaitedHeir(key, owned, situation)] as const,
  );
  const declared = awaitingHeirs(situation).map((one) => [one.item, heirOf(one, situation)] as const);
  for (const [key, heir] of [...owned, ...declared]) {
    const why = vainReason(heir, situation);
    if (why !== undefined) return `${nameOf(key)} stays until ${why}`;
  }
  const missing = granted.items.filter(
    (item) => itemState(item, situation.observed, situation.state).type === "missing",
  );
  const awaited = awaitedIn(situation);
  for (const item of missing) {
    const first = awaited(item);
    const why = first.map((one) => vainReason(one, situation)).find((one) => one !== undefined);
    if (why !== undefined) return `${item.key} waits until ${why}`;
    const circle = circleOf(item, awaited)?.map(({ key }) => key);
    if (circle !== undefined)
      return `${inWords(circle)} wait for each other's place; give one of them another identifier`;
  }
  return undefined;
}

function vainReason(heir: GrantedItem | undefined, { observed, state }: Situation): string | undefined {
  if (heir === undefined) return undefined;
  const judged = itemState(heir, observed, state);
  if (!isSettled(judged)) return undefined;
  const why = judged.type === "lapsed" ? "its time is over" : "its user has removed it, and that is left so";
  return `${heir.key} is there; ${why}`;
}

function inWords(keys: readonly string[]): string {
  return `${keys.slice(0, -1).join(", ")} and ${keys.at(-1)}`;
}
