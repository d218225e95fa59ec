import { digestOf } from "./canonical.ts";
import type { ChannelState } from "./channel.ts";
import { innermostOf } from "./reason.ts";

type AllProgress = ChannelState["progress"];

/** No condition tells more attempts apart than these. */
const mostAttempts = 4;

/**
 * What a condition takes from progress, and nothing else: times and further attempts are left out. Devices whose
 * standing is the same, and their records too, have the same condition.
 */
export function standingOf(progress: AllProgress): AllProgress {
  const standing = Object.entries(progress).map(([key, { digest, attempts, phase, errors }]) => {
    const told = innermostOf(errors);
    const error = told === undefined ? {} : { errors: [{ domain: told.domain, code: 0, text: told.text }] };
    return [key, { digest, attempts: Math.min(attempts, mostAttempts), phase, at: 0, ...error }] as const;
  });
  return Object.fromEntries(standing);
}

/** A word for the standing, by which the store groups devices; empty when nothing is under way. */
export function standingDigest(progress: AllProgress): string {
  return Object.keys(progress).length === 0 ? "" : digestOf(standingOf(progress));
}
