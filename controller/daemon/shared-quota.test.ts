import { expect, test } from "vitest";
import { exhausted, fullBucket, reserveOf, take, type Urgency, urgencies } from "../android/bucket.ts";
import { throttle } from "../android/throttle.ts";
import { closeQuota, drawCalls } from "../store/shared-quota.ts";
import { pglite, postgres, type TestStores } from "../store/test-stores.ts";
import { supplyOf } from "./android.ts";

const server: TestStores = (await postgres()) ?? pglite;
const quota = { calls: 1_000, perMs: 10_000 };
const soon = { timeout: 30_000 };
const year = 365 * 24 * 3_600_000;

test("replicas share one quota: never more than it has, a lock before a sync, closed for all", async () => {
  let now = 1_000_000;
  await using database = await server.fresh();
  const open = () => database.open({ now: () => now });
  await using one = await open();
  await using other = await (server === pglite ? one : open());
  const made = { sync: 0, lock: 0 };
  const gates = [one, other].map((store) =>
    throttle({
      quota,
      clock: () => now,
      // Nobody waits here: who would have to is left alone.
      wait: (_, signal) => new Promise((resolve) => signal.addEventListener("abort", resolve)),
      supply: supplyOf(store, quota),
    }),
  );
  const ask = (urgency: "sync" | "lock", times: number): AbortController => {
    const stop = new AbortController();
    for (let count = 0; count < times; count++)
      for (const gate of gates)
        gate.take(urgency, stop.signal).then(
          () => void made[urgency]++,
          () => {},
        );
    return stop;
  };
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await one.query("select pg_sleep(0.002)");
  };

  let waiting = ask("sync", 700);
  await expect.poll(() => made.sync, soon).toBe(800);
  const locks = ask("lock", 150);
  await expect.poll(() => made.lock, soon).toBe(200);
  await settle();
  expect(made).toEqual({ sync: 800, lock: 200 });
  // Some at once, and not a question for each.
  expect(one.statements() + other.statements()).toBeLessThan(250);
  for (const stop of [waiting, locks]) stop.abort();

  now += 1_000;
  waiting = ask("lock", 100);
  await expect.poll(() => made.lock, soon).toBe(300);
  await settle();
  expect(made).toEqual({ sync: 800, lock: 300 });
  waiting.abort();

  // One of them heard that the quota is used up.
  now += 10_000;
  gates[0]?.exhausted(90_000);
  await settle();
  now += 89_000;
  waiting = ask("lock", 1);
  await settle();
  expect(made.lock).toBe(300);
  waiting.abort();
  now += 2_000;
  waiting = ask("lock", 2);
  await expect.poll(() => made.lock, soon).toBe(304);
  waiting.abort();
});

test("what the database gives is what the bucket of one process would give", async () => {
  let now = 1_000_000;
  await using database = await server.fresh();
  await using store = await database.open({ now: () => now });
  const named = { name: "test", ...quota };
  let bucket = fullBucket(quota, now);
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % below;
  };
  for (let step = 0; step < 150; step++) {
    now += [0, 30, 700, 5_000, -200][random(5)] ?? 0;
    // A clock that stood a year ahead, and is put back.
    if (step === 70) now += year;
    if (step === 80) now -= year;
    if (random(40) === 0 || step === 75) {
      await closeQuota(store, named, 60_000);
      bucket = exhausted(bucket, now);
      now += 55_000;
    }
    const urgency = urgencies[random(urgencies.length)] as Urgency;
    const wanted = 1 + random(20);
    const drawn = await drawCalls(store, named, { wanted, reserve: reserveOf(quota, urgency) });
    let taken = 0;
    for (; taken < wanted; taken++) {
      const next = take(bucket, quota, urgency, now);
      bucket = next.bucket;
      if (next.type === "refused") break;
    }
    expect(drawn.taken).toBe(taken);
    expect(drawn.left).toBeCloseTo(bucket.left, 6);
    expect([drawn.at, drawn.closedUntil]).toEqual([bucket.at, bucket.closedUntil]);
  }
});
