import type { ChannelState, Sent } from "./channel.ts";
import { finishAct } from "./finish-act.ts";
import { classOf, isRepeatable } from "./intent.ts";
import { stepEnded } from "./renewal.ts";
import type { Situation } from "./situation.ts";
import { afterReports, type Transition, withoutOutstanding, withProgress } from "./transition.ts";

/**
 * What a device's Idle says about a command that was outstanding and is not offered again: a `once` command
 * may or may not have been carried out and is never resent by itself, one that has a cost waits for an observation;
 * the others are simply not due any more.
 */
export function giveUpOutstanding(start: Transition, situation: Situation, now: number): Transition {
  const { outstanding } = start.state;
  if (outstanding === undefined) return start;
  const state: ChannelState = withoutOutstanding(start.state);
  const isUnknown = !isRepeatable(outstanding.intent);
  const closed: Transition = {
    ...start,
    state: isUnknown ? withUnknown(state, outstanding, now) : state,
    ledger: [
      ...start.ledger,
      { type: "closed", id: outstanding.id, status: isUnknown ? "unknown" : "abandoned", at: now },
    ],
  };
  if (classOf(outstanding.intent) === "once")
    return finishAct(closed, outstanding, "unknown", now, "no answer; not sent again by itself");
  return isUnknown ? stepEnded(closed, situation, outstanding, { phase: "unknown" }, now) : closed;
}

/** The attempt may have succeeded: a look at the device decides, before there is another. */
function withUnknown(state: ChannelState, { intent, attempt }: Sent, now: number): ChannelState {
  if (intent.type !== "install") return state;
  const at = afterReports(state, now);
  return withProgress(state, intent.item, { digest: intent.digest, attempts: attempt, phase: "unknown", at });
}
