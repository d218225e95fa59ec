import { backoffMs } from "../../core/backoff.ts";
import { describe, Stalled } from "../../errors.ts";
import {
  intendPolicy,
  type PolicyRow,
  policyNotWritten,
  policyWritten,
  type Rendering,
} from "../../store/android-policies.ts";
import { appendEvents } from "../../store/events.ts";
import type { DeviceVariables } from "../substitute.ts";
import { fillPolicy } from "./fill-policy.ts";
import type { AndroidPorts } from "./ports.ts";

const firstWaitMs = 60_000;
const mostWaitMs = 24 * 3_600_000;

/** One policy to write. */
export interface PolicyWrite {
  readonly id: string;
  readonly rendering: Rendering;
  readonly device?: DeviceVariables | undefined;
  /** What is known of it. */
  readonly row: PolicyRow | undefined;
}

/** True while Google, or a missing secret, refused this very content so lately that it is not tried again. */
export function isRefused(row: PolicyRow | undefined, hash: string, now: number): boolean {
  return row !== undefined && row.hash === hash && row.writing && row.retryAt > now;
}

/**
 * Writes a policy; what it is to hold is remembered before. False when it was refused: then nobody is moved to it, and
 * it is tried again when its content changes, or much later. Throws Retry and UserError, after which it is written
 * again in any case.
 */
export async function writePolicy(ports: AndroidPorts, write: PolicyWrite): Promise<boolean> {
  const { store, clock, google } = ports;
  const { id, rendering, row } = write;
  const { hash } = rendering;
  await intendPolicy(store, { id, rendering, at: clock() });
  try {
    const { body, secrets } = fillPolicy(rendering, ports.secrets(), write.device);
    const version = await google.writePolicy(id, body, secrets);
    await policyWritten(store, { id, hash, version, at: clock() });
    await say(ports, "policy.written", id, `version ${version}`);
    return true;
  } catch (error) {
    if (!(error instanceof Stalled)) throw error;
    const attempts = row?.hash === hash ? row.attempts : 0;
    const retryAt = clock() + backoffMs(attempts + 1, id, firstWaitMs, mostWaitMs);
    const refusal = describe(error).slice(0, 1_024);
    await policyNotWritten(store, { id, hash, refusal, retryAt });
    if (row?.refusal !== refusal || row.hash !== hash) await say(ports, "policy.refused", id, refusal);
    return false;
  }
}

async function say(
  { store, clock }: AndroidPorts,
  type: string,
  subject: string,
  message: string,
): Promise<void> {
  await appendEvents(store, [{ type, at: clock(), subject, message }]);
}
