import { backoffMs } from "./backoff.ts";
import { uuidFrom } from "./canonical.ts";
import type { Sent } from "./channel.ts";
import type { Decision } from "./connect.ts";
import type { DeviceError } from "./report.ts";
import type { Situation } from "./situation.ts";
import { type Transition, unchanged, withProgress } from "./transition.ts";
import { isWithin } from "./within.ts";

/** What progress of giving a device its policy is kept under. */
export const assigningKey = "policy";

/** The command that gives a device a policy, written to the ledger before it leaves (devices.patch of Google's API). */
export function assign(
  situation: Situation,
  policy: string,
  now: number,
): Decision & { readonly command: Sent } {
  const { state, observed } = situation;
  const handed = (state.handed ?? 0) + 1;
  const known = state.progress[assigningKey];
  const attempt = (known?.digest === policy ? known.attempts : 0) + 1;
  const name = `${assigningKey}/${policy}/${attempt}/${handed}`;
  const id = uuidFrom(`${situation.channel}/${situation.epoch}`, name);
  const command: Sent = { id, intent: { type: "assign", policy }, attempt, at: now };
  const progress = { digest: policy, attempts: attempt, phase: "sent", at: now } as const;
  const started = unchanged({ ...withProgress(state, assigningKey, progress), handed }, observed);
  const { intent } = command;
  const sent = {
    type: "sent",
    id,
    intent,
    requestType: "devices.patch",
    class: "converge",
    attempt,
    at: now,
  } as const;
  return { ...started, ledger: [sent], command, dueAt: undefined };
}

/** How that command went. Google has the device's policy now; whether the device has it, only the device says. */
export function assigned(
  situation: Situation,
  sent: Sent,
  outcome:
    | { readonly status: "executed" }
    | { readonly status: "failed"; readonly errors: readonly DeviceError[] },
  now: number,
): Transition {
  const { state, observed } = situation;
  const closed = { type: "closed", id: sent.id, at: now, ...outcome } as const;
  const start: Transition = { ...unchanged(state, observed), ledger: [closed] };
  if (outcome.status === "executed") return { ...start, state: withProgress(state, assigningKey, undefined) };
  const wait = backoffMs(sent.attempt, `${situation.channel}/${assigningKey}`);
  const digest = sent.intent.type === "assign" ? sent.intent.policy : "";
  const progress = {
    digest,
    attempts: sent.attempt,
    phase: "failed",
    at: now,
    retryAt: now + wait,
    errors: outcome.errors,
  } as const;
  return { ...start, state: withProgress(state, assigningKey, progress) };
}

/** True while an earlier attempt to give this policy failed so lately that it is not tried again. */
export function isPutOff({ progress }: Situation["state"], policy: string, now: number): boolean {
  const known = progress[assigningKey];
  if (known?.digest !== policy || known.phase !== "failed" || known.retryAt === undefined) return false;
  return isWithin(known.retryAt - known.at, known.at, now);
}
