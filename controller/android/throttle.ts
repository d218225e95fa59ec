import { type Bucket, exhausted, fullBucket, type Quota, take, type Urgency, urgencies } from "./bucket.ts";

/** Lets calls go when the quota has room, the most urgent first. */
export interface Throttle {
  /** Resolves when a call may be made; rejects with the signal's reason when it is aborted before. */
  readonly take: (urgency: Urgency, signal?: AbortSignal) => Promise<void>;
  /** Google refused a call for its quota. */
  readonly exhausted: (retryAfterMs?: number) => void;
}

export interface ThrottleParts {
  readonly quota: Quota;
  readonly clock: () => number;
  /** Resolves after the time, or at once when the signal is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

interface Waiter {
  readonly urgency: Urgency;
  readonly go: () => void;
}

/** A throttle of this process alone. Among equals who came first goes first. */
export function throttle({ quota, clock, wait }: ThrottleParts): Throttle {
  let bucket: Bucket = fullBucket(quota, clock());
  const waiters: Waiter[] = [];
  let pause: AbortController | undefined;
  let running = false;

  const mostUrgent = (): Waiter | undefined =>
    urgencies.flatMap((one) => waiters.find(({ urgency }) => urgency === one) ?? [])[0];

  async function run(): Promise<void> {
    if (running) return;
    running = true;
    try {
      for (let next = mostUrgent(); next !== undefined; next = mostUrgent()) {
        const taken = take(bucket, quota, next.urgency, clock());
        bucket = taken.bucket;
        if (taken.type === "granted") {
          waiters.splice(waiters.indexOf(next), 1);
          next.go();
          continue;
        }
        pause = new AbortController();
        await wait(taken.waitMs, pause.signal);
        pause = undefined;
      }
    } finally {
      running = false;
    }
  }

  return {
    take: (urgency, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(signal.reason);
          return;
        }
        const leave = (): void => {
          waiters.splice(waiters.indexOf(waiter), 1);
          pause?.abort();
          reject(signal?.reason);
        };
        const go = (): void => {
          signal?.removeEventListener("abort", leave);
          resolve();
        };
        const waiter: Waiter = { urgency, go };
        waiters.push(waiter);
        signal?.addEventListener("abort", leave, { once: true });
        // Whoever waits may wait for less than what came now.
        pause?.abort();
        void run();
      }),
    exhausted: (retryAfterMs) => {
      bucket = exhausted(bucket, clock(), retryAfterMs);
    },
  };
}
