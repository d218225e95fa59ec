import { exhausted, exhaustedMs, fullBucket, type Quota, reserveOf, take, type Urgency } from "./bucket.ts";

/** Where the calls of a quota come from: this process alone, or something that several share. */
export interface Supply {
  /**
   * Takes up to `wanted` calls for this urgency. With none, `waitMs` is the soonest that it can be asked again, if
   * nobody else takes anything.
   */
  readonly draw: (urgency: Urgency, wanted: number) => Promise<Draw> | Draw;
  /** Google refused a call for its quota. */
  readonly exhausted: (retryAfterMs?: number) => Promise<void> | void;
  /** How many calls are drawn at once. */
  readonly batch: number;
}

export interface Draw {
  readonly calls: number;
  readonly waitMs: number;
}

/** The calls of a process that has a quota to itself. */
export function ownSupply(quota: Quota, clock: () => number): Supply {
  let bucket = fullBucket(quota, clock());
  return {
    batch: 1,
    draw: (urgency) => {
      const taken = take(bucket, quota, urgency, clock());
      bucket = taken.bucket;
      return taken.type === "granted" ? { calls: 1, waitMs: 0 } : { calls: 0, waitMs: taken.waitMs };
    },
    exhausted: (retryAfterMs) => {
      bucket = exhausted(bucket, clock(), retryAfterMs);
    },
  };
}

/** A bucket that others take from as well, by a clock of its own. */
export interface SharedBucket {
  readonly draw: (wish: { readonly wanted: number; readonly reserve: number }) => Promise<{
    readonly taken: number;
    readonly left: number;
    readonly at: number;
    readonly closedUntil: number;
  }>;
  /** Nothing is taken for so long. */
  readonly close: (forMs: number) => Promise<void>;
}

/** The calls of a process that shares a quota: some at once, so that not each of them is a question. */
export function sharedSupply(quota: Quota, bucket: SharedBucket): Supply {
  return {
    batch: Math.max(1, Math.floor(quota.calls / 100)),
    draw: async (urgency, wanted) => {
      const { taken, ...after } = await bucket.draw({ wanted, reserve: reserveOf(quota, urgency) });
      if (taken > 0) return { calls: taken, waitMs: 0 };
      const asked = take(after, quota, urgency, after.at);
      return { calls: 0, waitMs: asked.type === "refused" ? asked.waitMs : 1 };
    },
    exhausted: (retryAfterMs = 0) => bucket.close(Math.max(exhaustedMs, retryAfterMs)),
  };
}
