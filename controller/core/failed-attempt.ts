import { backoffMs } from "./backoff.ts";
import type { Progress } from "./channel.ts";
import type { DeviceError } from "./report.ts";
import type { Situation } from "./situation.ts";

/** The progress of an attempt that came to nothing: tried again after a back-off of its own. */
export function failedAttempt(
  { digest, attempts }: Progress,
  errors: readonly DeviceError[],
  { channel }: Pick<Situation, "channel">,
  key: string,
  now: number,
): Progress {
  return {
    digest,
    attempts,
    phase: "failed",
    at: now,
    retryAt: now + backoffMs(attempts, `${channel}/${key}`),
    errors,
  };
}
