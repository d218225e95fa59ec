import { expect, it } from "vitest";
import { tryWipe } from "./contract-guards.ts";
import { afterwards } from "./test-afterwards.ts";
import { enroll, start } from "./test-fleet.ts";
import type { TestStores } from "./test-stores.ts";

/** When the record of a device goes with its management: by an act that was approved to delete it. */
export function deletionContract(stores: TestStores): void {
  it("lets the record go with the management, if that was approved, once and of the enrollment that was meant", async () => {
    await using scene = await afterwards(stores, 4);
    const { store, say, id } = scene;
    const forget = { forget: true };
    const waits = await scene.held("waits", [2], [forget]);
    const ended = await scene.approved("ended", [1], forget);
    const back = await scene.approved("back", [3], forget);
    const keeps = await scene.approved("keeps", [4], { forget: false });
    const wishes = () => store.query("select * from reeve.deletion");

    for (const [n, act] of [
      [1, ended],
      [3, back],
    ] as const)
      expect(await tryWipe(store, n, act.id)).toEqual({ type: "written" });
    expect(await wishes()).toEqual([]);
    await enroll(store, 3);
    for (const [act, n] of [
      [ended, 1],
      [waits, 2],
      [back, 3],
      [keeps, 4],
    ] as const)
      await say(act, n);
    expect(await wishes()).toEqual([
      {
        device: id(1),
        epoch: 1,
        act: "Deprovision/ended@1",
        by_person: "it-lead@acme.example",
        reason: "stolen",
        at: start,
        failed_at: null,
      },
    ]);
    // The wish came to nothing: that it is said once more is no new one.
    await scene.asOwner("delete from reeve.deletion");
    await say(ended, 1);
    expect(await wishes()).toEqual([]);
  });
}
