import { freezeAct } from "./acts.ts";
import { wipeOf } from "./contract-guards.ts";
import { start } from "./test-fleet.ts";
import { day, hour, scene } from "./test-scene.ts";
import type { TestStores } from "./test-stores.ts";

/** A scene in which every act sets these parameters on its devices, each its own, and anybody says what came of it. */
export async function afterwards(stores: TestStores, count: number, coolOffMs = 0) {
  const made = await scene(stores, count, { coolOffMs });
  const { store, clock, devices } = made;
  const frozen = async (name: string, which: readonly number[], parameters: readonly object[]) =>
    (await freezeAct(
      store,
      wipeOf([], {
        name: `Deprovision/${name}@1`,
        expiresAt: start + 30 * day,
        targets: which.map((n, index) => ({
          ...devices[n - 1]!,
          verb: "wipe",
          parameters: parameters[index] ?? parameters[0]!,
        })),
      }),
    ))!;
  return {
    ...made,
    id: (n: number) => devices[n - 1]!.device,
    approved: async (name: string, which: readonly number[], ...parameters: object[]) => {
      const act = await frozen(name, which, parameters);
      await made.by(act, "boss", { ttlMs: hour });
      return act;
    },
    held: frozen,
    say: ({ id }: { id: string }, n: number, status = "executed", epoch = 1) =>
      store.query(
        "update reeve.act_target set status = $4, updated_at = $5 where act = $1 and device = $2 and epoch = $3",
        [id, devices[n - 1]!.device, epoch, status, clock.now],
      ),
  };
}
