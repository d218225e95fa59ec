import { saysTheSame } from "../../android/same-policy.ts";
import { backoffMs } from "../../core/backoff.ts";
import { describe, Retry, Stalled } from "../../errors.ts";
import {
  intendPolicy,
  type PolicyRow,
  policyNotWritten,
  policyWritten,
  type Rendering,
} from "../../store/android-policies.ts";
import type { DeviceVariables } from "../substitute.ts";
import { fillPolicy } from "./fill-policy.ts";
import type { Patience } from "./patience.ts";
import type { AndroidPorts } from "./ports.ts";

const firstWaitMs = 60_000;
const mostWaitMs = 24 * 3_600_000;
/** Google may answer again at any time. */
const unanswered = { firstMs: 5_000, mostMs: 5 * 60_000 };

/** One policy to write. */
export interface PolicyWrite {
  readonly id: string;
  readonly rendering: Rendering;
  readonly device?: DeviceVariables | undefined;
  /** What is known of it. */
  readonly row: PolicyRow | undefined;
  /** Why it must not be written, asked right before it leaves; undefined when it may. */
  readonly stopped: () => Promise<string | undefined>;
}

/** True while this very content was refused, or not answered, so lately that it is not tried again. */
export function isPutOff(row: PolicyRow | undefined, hash: string, now: number): boolean {
  if (row === undefined || row.hash !== hash || !row.writing) return false;
  // What lies further ahead was set by a clock that has been put back since.
  return row.retryAt > now && row.retryAt - now <= mostWaitMs;
}

/**
 * Writes a policy; what it is to hold is remembered before. One whose answer was lost is read first, and is not written
 * again when Google has it. Gives the reason why it is not there: then nobody is moved to it. One that is stopped while
 * it waits for the quota is not written, and that is no failure. One that was refused is
 * tried again when its content changes, or much later; one that Google did not answer about, soon. Throws when no other
 * would fare better, after which it is written again in any case.
 */
export async function writePolicy(
  ports: AndroidPorts,
  write: PolicyWrite,
  patience: Patience,
): Promise<string | undefined> {
  const { store, clock, google } = ports;
  const { id, rendering, row } = write;
  const { hash } = rendering;
  const isAmbiguous = row?.writing === true && row.hash === hash;
  await intendPolicy(store, { id, rendering, at: clock() });
  let stopped: string | undefined;
  const mayLeave = async (): Promise<boolean> => {
    stopped = await write.stopped();
    return stopped === undefined;
  };
  try {
    const { body, secrets } = fillPolicy(rendering, ports.secrets(), write.device);
    const held = isAmbiguous ? await google.readPolicy(id) : undefined;
    const isThere = held !== undefined && saysTheSame(held.body, body);
    const version = isThere ? held.version : await google.writePolicy(id, body, secrets, mayLeave);
    patience.answered();
    const at = clock();
    const message = `version ${version}${isThere ? ", found there" : ""}`;
    await policyWritten(store, { id, hash, version, at }, [
      { type: "policy.written", at, subject: id, message },
    ]);
    return undefined;
  } catch (error) {
    // Nothing was done, and nothing is wrong with it: it is written when it may be.
    if (stopped !== undefined) return stopped;
    return notWritten(ports, write, error, patience);
  }
}

async function notWritten(
  ports: AndroidPorts,
  { id, rendering: { hash }, row }: PolicyWrite,
  error: unknown,
  patience: Patience,
): Promise<string> {
  const attempts = (row?.hash === hash ? row.attempts : 0) + 1;
  const isRefused = error instanceof Stalled;
  if (!isRefused && !(error instanceof Retry)) throw error;
  const wait = isRefused
    ? backoffMs(attempts, id, firstWaitMs, mostWaitMs)
    : backoffMs(attempts, id, unanswered.firstMs, unanswered.mostMs);
  const refusal = describe(error).slice(0, 1_024);
  // What ends the round is no matter of this policy, and does not put it off.
  if (isRefused) patience.answered();
  else patience.failed(error);
  const at = ports.clock();
  const isNews = row?.refusal !== refusal || row.hash !== hash;
  const type = isRefused ? "policy.refused" : "policy.unanswered";
  const told = isNews ? [{ type, at, subject: id, message: refusal }] : [];
  await policyNotWritten(ports.store, { id, hash, refusal, retryAt: at + wait }, told);
  return refusal;
}
