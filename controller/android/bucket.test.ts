import { expect, test } from "vitest";
import {
  type Bucket,
  defaultQuota,
  exhausted,
  fullBucket,
  type Quota,
  take,
  type Urgency,
} from "./bucket.ts";
import { throttle } from "./throttle.ts";

/** Takes as often as it is granted at one time; how often that was. */
function drain(bucket: Bucket, urgency: Urgency, at: number, quota: Quota = defaultQuota): [number, Bucket] {
  let left = bucket;
  for (let count = 0; ; count++) {
    const taken = take(left, quota, urgency, at);
    left = taken.bucket;
    if (taken.type === "refused") return [count, left];
  }
}

const wait = (bucket: Bucket, urgency: Urgency, at: number): number => {
  const taken = take(bucket, defaultQuota, urgency, at);
  return taken.type === "refused" ? taken.waitMs : 0;
};

test("each urgency leaves its part to those before it", () => {
  const [sweeps, afterSweeps] = drain(fullBucket(defaultQuota, 0), "sweep", 0);
  const [syncs, afterSyncs] = drain(afterSweeps, "sync", 0);
  const [commands, afterCommands] = drain(afterSyncs, "command", 0);
  const [locks, empty] = drain(afterCommands, "lock", 0);
  expect([sweeps, syncs, commands, locks]).toEqual([600, 200, 150, 50]);
  // Ten calls come back each second.
  expect(wait(empty, "lock", 0)).toBe(100);
  expect(drain(empty, "lock", 1_000)[0]).toBe(10);
  expect(drain(empty, "sync", 20_000)[0]).toBe(0);
  expect(wait(empty, "sync", 20_000)).toBe(100);
});

test("never more than the quota in any time of its length", () => {
  const quota = { calls: 10, perMs: 1_000 };
  const [first, left] = drain(fullBucket(quota, 0), "lock", 0, quota);
  expect(first).toBe(10);
  expect(drain(left, "lock", 999, quota)[0]).toBe(9);
  expect(drain(left, "lock", 1_000_000, quota)[0]).toBe(10);
});

test("a used up quota closes the bucket for a minute, also for a lock, and longer when Google says so", () => {
  const closed = exhausted(fullBucket(defaultQuota, 0), 5_000);
  expect(wait(closed, "lock", 5_000)).toBe(60_100);
  expect(wait(closed, "lock", 64_999)).toBe(101);
  expect(wait(closed, "lock", 65_100)).toBe(0);
  expect(drain(closed, "lock", 66_000)[0]).toBe(10);
  expect(wait(exhausted(closed, 5_000, 90_000), "lock", 65_000)).toBe(30_100);
  // A shorter word does not open what was closed for longer.
  expect(wait(exhausted(exhausted(closed, 5_000, 90_000), 6_000), "lock", 65_000)).toBe(30_100);
});

test("a clock that goes back neither refills nor opens", () => {
  const [, empty] = drain(fullBucket(defaultQuota, 10_000), "lock", 10_000);
  expect(drain(empty, "lock", 0)[0]).toBe(0);
  expect(wait(exhausted(empty, 0), "lock", 0)).toBe(60_100);
});

test("a clock that stood a year ahead and is put back keeps nobody waiting for a year", () => {
  const year = 365 * 24 * 3_600_000;
  const [, empty] = drain(fullBucket(defaultQuota, year), "lock", year);
  const [, put] = drain(empty, "lock", 0);
  expect(drain(put, "lock", 1_000)[0]).toBe(10);
  expect(wait(exhausted(empty, year), "lock", 0)).toBe(100);
  expect(wait(exhausted(exhausted(empty, year), 0), "lock", 0)).toBe(60_100);
});

/** A throttle whose time stands still until it is moved. */
function still(quota: Quota) {
  let now = 0;
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  const parts = {
    quota,
    clock: () => now,
    wait: (ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        const sleeper = { until: now + ms, wake: resolve };
        sleepers.add(sleeper);
        signal.addEventListener("abort", () => {
          sleepers.delete(sleeper);
          resolve();
        });
      }),
  };
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    throttle: throttle(parts),
    settle,
    advance: async (ms: number) => {
      now += ms;
      for (const sleeper of sleepers)
        if (sleeper.until <= now) {
          sleepers.delete(sleeper);
          sleeper.wake();
        }
      await settle();
    },
  };
}

test("who waits is let go by urgency, then in the order of coming", async () => {
  const { throttle: gate, advance, settle } = still({ calls: 1, perMs: 1_000 });
  const gone: string[] = [];
  const ask = (name: string, urgency: Urgency): void => void gate.take(urgency).then(() => gone.push(name));
  ask("first", "sync");
  await settle();
  ask("sync a", "sync");
  ask("sync b", "sync");
  ask("lock", "lock");
  await settle();
  expect(gone).toEqual(["first"]);
  await advance(1_000);
  expect(gone).toEqual(["first", "lock"]);
  await advance(1_000);
  await advance(1_000);
  expect(gone).toEqual(["first", "lock", "sync a", "sync b"]);
});

test("after a refusal for the quota everybody waits, and who gives up is forgotten", async () => {
  const { throttle: gate, advance } = still({ calls: 10, perMs: 1_000 });
  gate.exhausted();
  const gone: string[] = [];
  const stop = new AbortController();
  const given = gate.take("lock", stop.signal).catch((reason: unknown) => gone.push(String(reason)));
  void gate.take("command").then(() => gone.push("command"));
  await advance(59_000);
  expect(gone).toEqual([]);
  stop.abort("gave up");
  await given;
  await advance(2_000);
  expect(gone).toEqual(["gave up", "command"]);
  await expect(gate.take("lock", AbortSignal.abort("late"))).rejects.toBe("late");
});
