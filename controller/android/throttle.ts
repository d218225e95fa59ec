import { type Quota, type Urgency, urgencies } from "./bucket.ts";
import { ownSupply, type Supply } from "./supply.ts";

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
  /** Where calls come from; this process alone when absent. */
  readonly supply?: Supply;
}

interface Waiter {
  readonly urgency: Urgency;
  readonly go: () => void;
  readonly fail: (error: unknown) => void;
}

/** A throttle. Among equals of this process who came first goes first. `take` rejects when the supply cannot be asked. */
export function throttle(parts: ThrottleParts): Throttle {
  const { quota, clock, wait, supply = ownSupply(quota, clock) } = parts;
  const drawn = createDrawn(clock);
  const waiters: Waiter[] = [];
  let pause: AbortController | undefined;
  let running = false;
  let closing: Promise<void> | void;

  const mostUrgent = (): Waiter | undefined =>
    urgencies.flatMap((one) => waiters.find(({ urgency }) => urgency === one) ?? [])[0];

  async function run(): Promise<void> {
    if (running) return;
    running = true;
    try {
      for (let next = mostUrgent(); next !== undefined; next = mostUrgent()) {
        if (drawn.spend(next.urgency)) {
          waiters.splice(waiters.indexOf(next), 1);
          next.go();
        } else await drawFor(next);
      }
    } finally {
      running = false;
    }
  }

  async function drawFor(waiter: Waiter): Promise<void> {
    // Whoever comes from now on, also while the supply is asked, ends the wait.
    const news = new AbortController();
    pause = news;
    try {
      await closing;
      const { calls, waitMs } = await supply.draw(waiter.urgency, supply.batch);
      drawn.add(waiter.urgency, calls);
      if (calls === 0 && !news.signal.aborted) await wait(waitMs, news.signal);
    } catch (error) {
      if (!waiters.includes(waiter)) return;
      waiters.splice(waiters.indexOf(waiter), 1);
      waiter.fail(error);
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
        const done = (): void => signal?.removeEventListener("abort", leave);
        const go = (): void => {
          done();
          resolve();
        };
        const fail = (error: unknown): void => {
          done();
          reject(error);
        };
        const waiter: Waiter = { urgency, go, fail };
        waiters.push(waiter);
        signal?.addEventListener("abort", leave, { once: true });
        // Whoever waits may wait for less than what came now.
        pause?.abort();
        void run();
      }),
    exhausted: (retryAfterMs) => {
      drawn.clear();
      // Who cannot be told now is asked before the next call, and fails then.
      closing = Promise.resolve(supply.exhausted(retryAfterMs)).catch(() => {});
    },
  };
}

/** After this time a call that was drawn and not made is given up: the quota has filled up meanwhile. */
const keptMs = 5_000;

/** Calls that were drawn and are still to be made. Those for something less urgent may be used for anything more urgent. */
function createDrawn(clock: () => number) {
  const kept = new Map<Urgency, { calls: number; readonly until: number }>();
  return {
    add(urgency: Urgency, calls: number): void {
      if (calls > 0) kept.set(urgency, { calls, until: clock() + keptMs });
    },
    spend(urgency: Urgency): boolean {
      const fitting = urgencies.slice(urgencies.indexOf(urgency)).toReversed();
      const found = fitting.map((one) => kept.get(one)).find((one) => isLeft(one, clock()));
      if (found === undefined) return false;
      found.calls--;
      return true;
    },
    clear: (): void => kept.clear(),
  };
}

function isLeft(one: { readonly calls: number; readonly until: number } | undefined, now: number): boolean {
  return one !== undefined && one.calls > 0 && one.until >= now;
}
