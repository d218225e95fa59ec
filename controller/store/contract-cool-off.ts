import { expect, it } from "vitest";
import { listHolds } from "./approvals.ts";
import { tryWipe } from "./contract-guards.ts";
import { channelOf } from "./test-fleet.ts";
import { hour, minute, pass, scene } from "./test-scene.ts";
import type { TestStores } from "./test-stores.ts";

/** What time decides at the last gate: cool-off, canary, the ceiling of a day. */
export function coolOffContract(stores: TestStores): void {
  it("lets an act on several devices cool off after its last approval, and one device go at once", async () => {
    await using house = await scene(stores, 4, { coolOffMs: 15 * minute });
    const { store, clock, devices } = house;
    const single = await house.file("Deprovision/one@1", devices.slice(0, 1));
    const many = await house.file("Deprovision/many@1", devices.slice(1, 3), { approvals: 2 });
    const next = await house.file("Deprovision/next@1", devices.slice(3));

    expect(await house.by(single, "boss")).toEqual({ type: "approved", ready: true });
    expect(await tryWipe(store, 1, single.id)).toEqual({ type: "written" });
    await house.by(many, "boss");
    clock.now += 10 * minute;
    expect(await house.by(many, "deputy")).toEqual({ type: "approved", ready: false, leavesIn: 15 * minute });
    // Another one so soon after the first is no single device any more.
    expect(await house.by(next, "boss")).toMatchObject({ ready: false, leavesIn: 15 * minute });
    expect(await listHolds(store)).toMatchObject([{ readyIn: 15 * minute }, { readyIn: 15 * minute }]);
    await pass(store, clock, 15 * minute - 1);
    expect((await channelOf(store, "UDID-2")).acts).toMatchObject([{ status: "held" }]);
    await store.query("update reeve.act_target set status = 'ready' where act = $1", [many.id]);
    expect(await tryWipe(store, 2, many.id)).toEqual({ type: "refused", reason: "cool-off" });
    await pass(store, clock, 1);

    expect(await channelOf(store, "UDID-4")).toMatchObject({ dueAt: 0, acts: [{ status: "ready" }] });
    expect(await tryWipe(store, 2, many.id)).toEqual({ type: "written" });
    expect(await tryWipe(store, 4, next.id)).toEqual({ type: "written" });
  });

  it("waits as long as the daemon says, if that is longer than the database does", async () => {
    await using house = await scene(stores, 2, { coolOffMs: minute });
    const act = await house.file("Deprovision/many@1", house.devices, { coolOffMs: hour });

    expect(await house.by(act, "boss")).toMatchObject({ leavesIn: hour });
  });

  it("neither cools off nor refills a budget of minutes by a clock that jumps", async () => {
    await using house = await scene(stores, 3, {
      coolOffMs: 15 * minute,
      ceiling: { devices: 1, percent: 100, windowMs: 20 * minute },
    });
    const { store, clock, devices } = house;
    await house.asOwner("insert into reeve.setting values ('clock-step-ms', '300000')");
    const act = await house.file("Deprovision/many@1", devices);
    await house.by(act, "boss");

    await pass(store, clock, 12 * hour);
    expect(await tryWipe(store, 1, act.id)).toEqual({ type: "refused", reason: "cool-off" });
    await pass(store, clock, -12 * hour);
    await pass(store, clock, 5 * minute);
    expect(await tryWipe(store, 1, act.id)).toEqual({ type: "refused", reason: "cool-off" });
    await pass(store, clock, 5 * minute);
    expect(await tryWipe(store, 1, act.id)).toEqual({ type: "written" });
    expect(await tryWipe(store, 2, act.id)).toEqual({ type: "refused", reason: "budget" });
    await pass(store, clock, 10 * hour);
    expect(await tryWipe(store, 2, act.id)).toEqual({ type: "refused", reason: "budget" });
    for (let step = 0; step < 3; step += 1) await pass(store, clock, 5 * minute);
    expect(await tryWipe(store, 2, act.id)).toEqual({ type: "written" });
  });

  it("sends the first of many devices ahead, and the others when it is known what became of it", async () => {
    await using house = await scene(stores, 12);
    const { store, clock, devices } = house;
    const act = await house.file("Deprovision/many@1", devices);
    await house.by(act, "boss");

    expect(await tryWipe(store, 1, act.id)).toEqual({ type: "written" });
    expect(await tryWipe(store, 2, act.id)).toEqual({ type: "refused", reason: "canary" });
    await store.query("update reeve.act_target set status = 'executed' where device = $1", [
      devices[0]!.device,
    ]);
    expect(await tryWipe(store, 2, act.id)).toEqual({ type: "written" });
    await store.query("update reeve.act_target set status = 'unknown' where status = 'executed'");
    expect(await tryWipe(store, 3, act.id)).toEqual({ type: "refused", reason: "canary" });
    await pass(store, clock, hour);
    expect(await tryWipe(store, 3, act.id)).toEqual({ type: "written" });
  });

  it("keeps within the ceiling of a day", async () => {
    await using house = await scene(stores, 4);
    const { store, clock, devices } = house;
    await house.asOwner("update reeve.ceiling set devices = 2, percent = 1 where name = 'daily'");
    const act = await house.file("Deprovision/many@1", devices);
    await house.by(act, "boss");

    const first = [await tryWipe(store, 1, act.id), await tryWipe(store, 2, act.id)];
    await pass(store, clock, 23 * hour);
    expect(await tryWipe(store, 3, act.id)).toEqual({ type: "refused", reason: "daily" });
    await house.by(act, "boss");
    await pass(store, clock, hour);
    expect(first).toEqual([{ type: "written" }, { type: "written" }]);
    expect(await tryWipe(store, 3, act.id)).toEqual({ type: "written" });
  });
}
