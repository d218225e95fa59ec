import type { Condition } from "./condition.ts";
import type { Granted, GrantedItem } from "./granted.ts";
import { waitingOn } from "./sent-within.ts";
import type { Situation } from "./situation.ts";
import { vainWait } from "./vain-waits.ts";

export type Reason = Pick<Condition, "reason" | "message">;

/** True of what stays for a window only; another item of its name may wait for one as well. */
function isLate({ key, retained }: GrantedItem, { waiting = [] }: Granted): boolean {
  return waiting.some((one) => one.key === key && one.reason === retained);
}

/** What a guard holds back on a device that has all that it was granted; undefined when that is nothing. */
export function heldReason(situation: Situation, now: number): Reason | undefined {
  const { granted, acts, allows, halted } = situation;
  if (allows === "queries")
    return {
      reason: "Quarantined",
      message: "only asked questions until its enrollment is complete or released",
    };
  const act = acts.find((one) => one.status === "held");
  if (act !== undefined)
    return {
      reason: "AwaitsApproval",
      message: `${act.verb} (${act.name}) waits for approval, or cools off after it: reeve holds`,
    };
  const put = acts.find((one) => one.status === "ready" && one.note !== undefined);
  if (put !== undefined)
    return { reason: "AwaitsGate", message: `${put.verb} (${put.name}) is due; ${put.note}` };
  if (granted?.because !== undefined) return { reason: "QueriesOnly", message: granted.because };
  const retained = granted?.items.find((item) => item.retained !== undefined && !isLate(item, granted));
  if (retained !== undefined)
    return { reason: "RemovalHeld", message: `${retained.key} stays: ${retained.retained}` };
  const [withheld] = granted?.withheld ?? [];
  if (withheld !== undefined)
    return { reason: "RemovalHeld", message: `${withheld.key} is held back: ${withheld.reason}` };
  const vain = granted === undefined ? undefined : vainWait(granted, situation);
  if (vain !== undefined) return { reason: "RemovalHeld", message: vain };
  const [next] = waitingOn(situation, now);
  if (next !== undefined) return { reason: "AwaitsWindow", message: next.join(" ") };
  // What came into force since then has not been compared with it.
  return halted ? { reason: "Halted", message: "the kill switch is on: nothing is sent to it" } : undefined;
}
