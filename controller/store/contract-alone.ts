import { expect, it } from "vitest";
import { operate, trySending } from "./contract-disruption.ts";
import { tryWipe } from "./contract-guards.ts";
import { listEvents } from "./events.ts";
import { actsOnDevices } from "./report-rows.ts";
import { channelOf } from "./test-fleet.ts";
import { day, hour, minute, pass, scene } from "./test-scene.ts";
import type { TestStores } from "./test-stores.ts";

/** What one person may do alone. */
export function aloneContract(stores: TestStores): void {
  it("lets one approver break the glass for one device in 24 hours, his own act too, without a cool-off", async () => {
    await using house = await scene(stores, 4, { coolOffMs: 15 * minute });
    const { store, clock, devices } = house;
    const many = await house.file("Deprovision/many@1", devices.slice(2));
    const one = await house.file("Deprovision/one@1", devices.slice(0, 1), { author: "boss", approvals: 2 });
    const two = await house.file("Deprovision/two@1", devices.slice(1, 2), { author: "boss", approvals: 2 });
    const glass = { breakGlass: true, note: "nobody else is awake" };

    expect(await house.by(many, "boss", glass)).toEqual({ type: "refused", reason: "break-glass-one" });
    expect(await house.by(one, "boss", glass)).toEqual({ type: "approved", ready: true });
    expect(await house.by(two, "boss", glass)).toEqual({ type: "refused", reason: "break-glass-used" });
    expect(await house.by(two, "deputy", glass)).toEqual({ type: "refused", reason: "break-glass-used" });
    expect(await tryWipe(store, 1, one.id)).toEqual({ type: "written" });
    clock.now += day;
    expect(await house.by(two, "deputy", glass)).toEqual({ type: "approved", ready: true });
    expect(await tryWipe(store, 2, two.id)).toEqual({ type: "written" });
    const told = await listEvents(store, { limit: 10, types: ["gate.break-glass"] });
    expect(told.map((event) => [event.subject, event.by, event.message])).toEqual([
      ["Deprovision/two@1", "deputy", "nobody else is awake"],
      ["Deprovision/one@1", "boss", "nobody else is awake"],
    ]);
    const acts = await actsOnDevices(
      store,
      devices.slice(0, 2).map(({ device }) => device),
      0,
    );
    expect(acts.map((act) => [act.act, act.approvedBy])).toEqual([
      ["Deprovision/one@1", ["boss (break-glass)"]],
      ["Deprovision/two@1", ["deputy (break-glass)"]],
    ]);
    await house.asOwner("update reeve.setting set value = 'off' where name = 'break-glass'");
    expect(await house.by(many, "boss", glass)).toEqual({ type: "refused", reason: "break-glass-off" });
  });

  it("counts the 24 hours from when a device went by broken glass, and holds nothing else up by that", async () => {
    await using house = await scene(stores, 3);
    const { store, clock, devices } = house;
    const [one, two, three] = await Promise.all(
      devices.map((device, n) => house.file(`Deprovision/d${n}@1`, [device])),
    );
    await house.by(one!, "boss", { breakGlass: true });
    clock.now += day - 1;
    expect(await tryWipe(store, 1, one!.id)).toEqual({ type: "written" });
    clock.now += 1;
    await house.by(three!, "deputy");
    expect(await tryWipe(store, 3, three!.id)).toEqual({ type: "written" });
    expect(await house.by(two!, "boss", { breakGlass: true })).toEqual({ type: "approved", ready: true });
    clock.now += day - 2;
    expect(await tryWipe(store, 2, two!.id)).toEqual({ type: "refused", reason: "break-glass-used" });
    clock.now += 1;
    expect(await tryWipe(store, 2, two!.id)).toEqual({ type: "written" });
  });

  it("lets an author approve alone only where the owner said solo: an hour later, one device in an hour", async () => {
    await using house = await scene(stores, 4, { solo: true });
    const { store, clock, devices } = house;
    const act = await house.file("Deprovision/both@1", devices.slice(0, 2), { author: "boss", approvals: 2 });
    // What destroys nothing goes to all of them at once.
    const lock = await operate(store, "lock", devices.slice(2), { held: true });
    expect(await house.by(lock, "it-lead@acme.example")).toEqual({ type: "approved", ready: true });
    for (const n of [3, 4]) expect(await trySending(store, n, lock.id)).toEqual({ type: "written" });

    expect(await house.by(act, "boss")).toEqual({ type: "approved", ready: false, leavesIn: hour });
    await pass(store, clock, hour - 1);
    expect((await channelOf(store, "UDID-1")).acts).toMatchObject([{ status: "held" }]);
    await pass(store, clock, 1);
    expect(await tryWipe(store, 1, act.id)).toEqual({ type: "written" });
    expect(await tryWipe(store, 2, act.id)).toEqual({ type: "refused", reason: "solo" });
    const other = await house.file("Deprovision/other@1", devices.slice(2));
    await house.by(other, "deputy");
    expect(await tryWipe(store, 3, other.id)).toEqual({ type: "written" });
    await house.asOwner("update reeve.setting set value = 'off' where name = 'solo'");
    await pass(store, clock, hour);
    expect(await tryWipe(store, 2, act.id)).toEqual({ type: "refused", reason: "not-approved" });
    expect(await house.by(act, "boss")).toEqual({ type: "refused", reason: "own-act" });
    expect(await tryWipe(store, 4, other.id)).toEqual({ type: "written" });
    await house.asOwner("update reeve.setting set value = 'on' where name = 'solo'");
    expect(await tryWipe(store, 2, act.id)).toEqual({ type: "written" });
    expect(await tryWipe(store, 2, act.id)).toEqual({ type: "refused", reason: "over: sent" });
  });
}
