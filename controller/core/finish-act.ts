import type { Sent } from "./channel.ts";
import type { Verb } from "./intent.ts";
import { reasonOf } from "./reason.ts";
import type { DeviceError, KeptKind } from "./report.ts";
import type { Situation } from "./situation.ts";
import type { Transition } from "./transition.ts";

/**
 * Ends one device's part of an act, with an event; what a refused act would have set was never set. Of an outcome that
 * nobody knows the store tells by itself, whoever says so.
 */
export function finishAct(
  start: Transition,
  sent: Sent,
  status: "executed" | "failed" | "unknown",
  at: number,
  note?: string,
): Transition {
  if (sent.intent.type !== "act") return start;
  const { act, verb } = sent.intent;
  const kind = status === "failed" ? sets[verb] : undefined;
  const told =
    status === "unknown" ? [] : [{ type: `act.${status}`, at, subject: act, message: note ?? verb }];
  return {
    ...start,
    kept: kind === undefined ? start.kept : [...start.kept, { kind, source: sent.id }],
    acts: [...start.acts, { act, status, ...(note === undefined ? {} : { note }) }],
    events: [...start.events, ...told],
  };
}

/** What a device's refusal makes of an act: failed, or unknown where it may do it all the same. */
export function failAct(
  start: Transition,
  situation: Situation,
  sent: Sent,
  errors: readonly DeviceError[],
  now: number,
): Transition {
  const why = reasonOf(errors);
  if (sent.intent.type !== "act" || !mayErase(situation, sent.intent.act, errors))
    return finishAct(start, sent, "failed", now, why);
  return finishAct(start, sent, "unknown", now, `it may erase itself all the same: ${why ?? "it said no"}`);
}

/** What an act sets on a device, and is kept under the id of its command. */
const sets: Readonly<Partial<Record<Verb, KeptKind>>> = {
  lock: "unlock-pin",
  wipe: "unlock-pin",
  setRecoveryLock: "recovery-lock",
  setFirmwarePassword: "firmware-password",
  setAdminPassword: "admin-password",
};

/** A Mac that was told to obliterate itself if need be says Error and does it (Apple: EraseDevice, `Default`). */
function mayErase({ acts }: Situation, id: string, errors: readonly DeviceError[]): boolean {
  const act = acts.find((one) => one.act === id);
  const own = errors[0]?.domain === "reeve";
  return act?.verb === "wipe" && act.parameters.obliteration === "default" && !own;
}
