import { freezeAct } from "./acts.ts";
import { approve, watchGate } from "./approvals.ts";
import { wipeOf } from "./contract-guards.ts";
import { engagedLatches, lift } from "./control.ts";
import type { Store, StoreOptions } from "./open.ts";
import { enroll, start } from "./test-fleet.ts";
import type { TestStores } from "./test-stores.ts";

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

/** A store with a clock that the test turns, a number of devices, and room to wipe all of them. */
export async function scene(stores: TestStores, count: number, options: Partial<StoreOptions> = {}) {
  const clock = { now: start };
  const database = await stores.fresh();
  const store = await database.open({
    now: () => clock.now,
    ceiling: { devices: 100, percent: 100, windowMs: 20 * minute },
    ...options,
  });
  const devices: { device: string; epoch: number }[] = [];
  for (let n = 1; n <= count; n += 1) devices.push(await enroll(store, n));
  return {
    clock,
    store,
    devices,
    asOwner: database.asOwner,
    file: async (name: string, which: typeof devices, change: Parameters<typeof wipeOf>[1] = {}) =>
      (await freezeAct(
        store,
        wipeOf(which, { name, at: clock.now, expiresAt: start + 30 * day, ...change }),
      ))!,
    by: (act: { id: string; digest: string }, by: string, more: object = {}) =>
      approve(store, { act: act.id, digest: act.digest, by, ttlMs: day, at: clock.now, ...more }),
    lifted: (by: string, identities: readonly string[] = []) =>
      lift(store, { name: "breaker", reason: "looked into it", by, identities, at: clock.now }),
    breaker: async () => (await engagedLatches(store)).find((one) => one.name === "breaker")?.reason,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Time passes, and the gate looks. */
export async function pass(store: Store, clock: { now: number }, ms: number): Promise<void> {
  clock.now += ms;
  await watchGate(store, clock.now);
}
