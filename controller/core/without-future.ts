import type { ChannelState, Progress } from "./channel.ts";
import { isAhead } from "./within.ts";

/**
 * A channel's state without times that lie ahead of `now`: a clock was wrong when they were written, and they must not
 * keep a device from being looked at, or an item from being tried, until that time comes. What had run out by that time
 * has not yet. The same object when there are none.
 */
export function withoutFuture(state: ChannelState, now: number): ChannelState {
  const collected = Object.entries(state.collected);
  const progress = Object.entries(state.progress);
  const askedAhead = isAhead(state.askedAt ?? 0, now);
  const isAny =
    askedAhead ||
    collected.some(([, at]) => isAhead(at, now)) ||
    progress.some(([, one]) => isAhead(one.at, now)) ||
    state.aside.some((one) => isAhead(one.last, now));
  if (!isAny) return state;
  return {
    ...state,
    ...(askedAhead ? { askedAt: now } : {}),
    collected: Object.fromEntries(collected.filter(([, at]) => !isAhead(at, now))),
    progress: Object.fromEntries(
      progress.flatMap(([key, one]) => {
        if (!isAhead(one.at, now)) return [[key, one]];
        return one.phase === "lapsed" ? [] : [[key, atNow(one, now)]];
      }),
    ),
    aside: state.aside.map((one) => (isAhead(one.last, now) ? { ...one, last: now } : one)),
  };
}

function atNow({ retryAt: _retryAt, ...progress }: Progress, now: number): Progress {
  return { ...progress, at: now };
}
