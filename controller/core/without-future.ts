import type { ChannelState, Progress } from "./channel.ts";

/** Clocks of replicas differ by less. */
const toleranceMs = 10 * 60_000;

/**
 * A channel's state without times that lie ahead of `now`: a clock was wrong when they were written, and they must not
 * keep a device from being looked at, or an item from being tried, until that time comes. What had run out by that time
 * has not yet. The same object when there are none.
 */
export function withoutFuture(state: ChannelState, now: number): ChannelState {
  const latest = now + toleranceMs;
  const collected = Object.entries(state.collected);
  const progress = Object.entries(state.progress);
  const askedAhead = (state.askedAt ?? 0) > latest;
  const isAhead =
    askedAhead ||
    collected.some(([, at]) => at > latest) ||
    progress.some(([, one]) => one.at > latest) ||
    state.aside.some((one) => one.last > latest);
  if (!isAhead) return state;
  return {
    ...state,
    ...(askedAhead ? { askedAt: now } : {}),
    collected: Object.fromEntries(collected.filter(([, at]) => at <= latest)),
    progress: Object.fromEntries(
      progress.flatMap(([key, one]) => {
        if (one.at <= latest) return [[key, one]];
        return one.phase === "lapsed" ? [] : [[key, atNow(one, now)]];
      }),
    ),
    aside: state.aside.map((one) => (one.last > latest ? { ...one, last: now } : one)),
  };
}

function atNow({ retryAt: _retryAt, ...progress }: Progress, now: number): Progress {
  return { ...progress, at: now };
}
