/** How urgent a call to Google is. Each leaves a part of the quota to those before it. */
export const urgencies = ["lock", "command", "sync", "sweep"] as const;
/**
 * `lock`: acts that protect a device, such as a lock or a wipe. `command`: other acts and enrollment. `sync`: policies
 * and where devices belong. `sweep`: reading all devices.
 */
export type Urgency = (typeof urgencies)[number];

/** So many calls in so long a time. Google's default for a project is 1,000 in 100 seconds. */
export interface Quota {
  readonly calls: number;
  readonly perMs: number;
}

export const defaultQuota: Quota = { calls: 1_000, perMs: 100_000 };

/** What may be called at a time. Times are epoch milliseconds. */
export interface Bucket {
  /** Calls that are left, not always whole. */
  readonly left: number;
  readonly at: number;
  /** Before this time nothing is called, because Google said so. */
  readonly closedUntil: number;
}

/** The part of the quota that each leaves alone. */
const reserves: Readonly<Record<Urgency, number>> = { lock: 0, command: 0.05, sync: 0.2, sweep: 0.4 };

/** How many calls of a quota are left to those that are more urgent. */
export function reserveOf(quota: Quota, urgency: Urgency): number {
  return Math.floor(quota.calls * reserves[urgency]);
}

/** A bucket with everything in it. */
export function fullBucket(quota: Quota, at: number): Bucket {
  return { left: quota.calls, at, closedUntil: at };
}

export type Taken =
  | { readonly type: "granted"; readonly bucket: Bucket }
  /** `waitMs` is the soonest that it can be asked again, if nobody else takes anything. */
  | { readonly type: "refused"; readonly bucket: Bucket; readonly waitMs: number };

/** Takes one call out of the bucket, if there is one for this urgency. A clock that goes back refills nothing. */
export function take(bucket: Bucket, quota: Quota, urgency: Urgency, at: number): Taken {
  const now = refilled(bucket, quota, at);
  const closedMs = now.closedUntil - now.at;
  const needed = reserveOf(quota, urgency) + 1;
  if (closedMs <= 0 && now.left >= needed) return { type: "granted", bucket: { ...now, left: now.left - 1 } };
  const refillMs = (Math.max(0, needed - now.left) * quota.perMs) / quota.calls;
  return { type: "refused", bucket: now, waitMs: Math.ceil(Math.max(0, closedMs) + refillMs) };
}

/** Least time to wait after Google said that the quota is used up. */
export const exhaustedMs = 60_000;

/**
 * After Google refused a call for its quota: what was counted here is wrong, so nothing is left, and nothing is called
 * for a minute, or for as long as Google asks.
 */
export function exhausted(bucket: Bucket, at: number, retryAfterMs = 0): Bucket {
  const last = righted(bucket, at);
  const from = Math.max(last.at, at);
  const closedUntil = Math.max(last.closedUntil, from + Math.max(exhaustedMs, retryAfterMs));
  return { left: 0, at: from, closedUntil };
}

/** Nothing comes back while the bucket is closed. */
function refilled(bucket: Bucket, { calls, perMs }: Quota, at: number): Bucket {
  const { left: before, closedUntil, at: last } = righted(bucket, at);
  const now = Math.max(last, at);
  const since = Math.max(last, Math.min(now, closedUntil));
  const left = Math.min(calls, before + ((now - since) * calls) / perMs);
  return { left, at: now, closedUntil };
}

/** Google asks for less patience, ms: what lies further ahead was written by a clock that has been put back since. */
const aheadMs = 2 * 24 * 3_600_000;

function righted({ left, at: last, closedUntil }: Bucket, at: number): Bucket {
  const right = (time: number): number => (time - at > aheadMs ? at : time);
  return { left, at: right(last), closedUntil: right(closedUntil) };
}
