import type { ChannelState, Progress } from "./channel.ts";
import type { GrantedItem } from "./granted.ts";
import { isShown } from "./item-state.ts";
import type { Event } from "./ledger.ts";
import type { Situation } from "./situation.ts";
import { type Transition, withProgress } from "./transition.ts";

type Limited = Pick<GrantedItem, "id" | "digest" | "lasts">;

/** When a device takes an item away by itself, epoch ms; undefined while nothing says so. */
function endOf({ id, digest, lasts }: Limited, { ends }: ChannelState): number | undefined {
  const known = ends?.[id];
  const times = [lasts?.at, known?.digest === digest ? known.at : undefined].filter((at) => at !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** True when an item would be gone again at once: it is not sent any more. */
export function isOver(item: Limited, now: number): boolean {
  return item.lasts?.at !== undefined && item.lasts.at <= now;
}

/** Notes when what is being sent will go by itself; counted from the sending, for the device counts from its arrival. */
export function withEnd(state: ChannelState, item: Limited | undefined, now: number): ChannelState {
  if (item?.lasts?.afterMs === undefined) return state;
  return {
    ...state,
    ends: { ...state.ends, [item.id]: { digest: item.digest, at: now + item.lasts.afterMs } },
  };
}

/** Time-limited items that a list of profiles does not show and whose time has passed are done, and told once. */
export function settleLapsed(start: Transition, situation: Situation, now: number): Transition {
  const limited = (situation.granted?.items ?? []).filter((item) => item.lasts !== undefined);
  if (limited.length === 0 && start.state.ends === undefined) return start;
  let settled: Transition = { ...start, state: withoutStrangers(start.state, limited) };
  for (const item of limited) settled = settleOne(settled, item, situation, now);
  return settled;
}

function settleOne(start: Transition, item: GrantedItem, situation: Situation, now: number): Transition {
  const end = endOf(item, start.state);
  if (isShown(item, start.observed))
    // Sent by a memory that was lost: its time counts from here.
    return end === undefined ? { ...start, state: withEnd(start.state, item, now) } : start;
  if (end === undefined || end > now) return start;
  const { digest } = item;
  const before = start.state.progress[item.key];
  if (before?.phase === "lapsed" && before.digest === digest) return start;
  const lapsed: Progress = { digest, attempts: before?.attempts ?? 0, phase: "lapsed", at: now };
  const event: Event = {
    type: "item.lapsed",
    at: now,
    device: situation.device,
    subject: item.key,
    message: "its time is over: the device has removed it by itself, as declared",
  };
  return {
    ...start,
    state: withProgress(start.state, item.key, lapsed),
    events: [...start.events, event],
  };
}

function withoutStrangers(state: ChannelState, limited: readonly GrantedItem[]): ChannelState {
  const { ends, ...rest } = state;
  const kept = Object.entries(ends ?? {}).filter(([id]) => limited.some((item) => item.id === id));
  return kept.length === 0 ? rest : { ...rest, ends: Object.fromEntries(kept) };
}
