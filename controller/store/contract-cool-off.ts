import { expect, it } from "vitest";
import { listHolds } from "./approvals.ts";
import { operate, trySending } from "./contract-disruption.ts";
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

  it("cools off for what destroys or locks out alone, and counts what else was destroyed within the hour", async () => {
    await using house = await scene(stores, 3, { coolOffMs: 15 * minute });
    const { store, clock, devices } = house;
    const atOnce = { type: "approved", ready: true };
    const lock = await operate(store, "lock", devices, { held: true });
    expect(await house.by(lock, "boss")).toEqual(atOnce);
    expect(await trySending(store, 2, lock.id)).toEqual({ type: "written" });
    const pin = { held: true, parameters: { pin: "123456" } };
    expect(await house.by(await operate(store, "pin", devices.slice(1), pin), "boss")).toMatchObject({
      leavesIn: 15 * minute,
    });

    const one = await house.file("Deprovision/one@1", devices.slice(0, 1));
    expect(await house.by(one, "boss")).toEqual(atOnce);
    expect(await tryWipe(store, 1, one.id)).toEqual({ type: "written" });
    // Another attempt of the same act is nothing else.
    await store.query("update reeve.act_target set status = 'held' where act = $1", [one.id]);
    expect(await house.by(one, "deputy")).toEqual(atOnce);
    const glass = await house.file("Deprovision/two@1", devices.slice(1, 2));
    expect(await house.by(glass, "deputy", { breakGlass: true })).toEqual(atOnce);
    await pass(store, clock, hour);
    const next = await house.file("Deprovision/three@1", devices.slice(2));
    expect(await house.by(next, "boss")).toEqual(atOnce);
  });

  it("waits as long as the daemon says, if that is longer than the database does", async () => {
    await using house = await scene(stores, 2, { coolOffMs: minute });
    await house.file("Deprovision/other@1", house.devices, { coolOffMs: 2 * hour });
    const act = await house.file("Deprovision/many@1", house.devices, { coolOffMs: hour });

    expect(await house.by(act, "boss")).toMatchObject({ leavesIn: hour });
  });

  it("neither cools off nor refills a budget of minutes by a clock that jumps", async () => {
    await using house = await scene(stores, 3, {
      coolOffMs: 15 * minute,
      ceiling: { devices: 1, percent: 100, windowMs: hour },
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
    for (let step = 0; step < 11; step += 1) await pass(store, clock, 5 * minute);
    expect(await tryWipe(store, 2, act.id)).toEqual({ type: "written" });
    // What is longer than an hour goes by the clock on the wall.
    await house.asOwner("update reeve.ceiling set window_ms = 7200000 where window_ms = 3600000");
    expect(await tryWipe(store, 3, act.id)).toEqual({ type: "refused", reason: "budget" });
    await pass(store, clock, 2 * hour);
    expect(await tryWipe(store, 3, act.id)).toEqual({ type: "written" });
  });

  it("takes time in which nobody looked for five minutes", async () => {
    await using house = await scene(stores, 2, { coolOffMs: 15 * minute });
    const act = await house.file("Deprovision/both@1", house.devices);
    await house.by(act, "boss");
    await house.asOwner(`update reeve.setting set value = 'database' where name = 'clock';
      update reeve.gate_clock set seen = 5;
      update reeve.approval set at = ${Date.now()}, expires_at = ${Date.now() + hour}`);
    const asked = await house.store.query<{ ms: number }>("select reeve.ready_in($1, null) as ms", [act.id]);
    expect(asked).toEqual([{ ms: 10 * minute }]);
  });

  it("sends the first of many devices ahead, and the others when it is known what became of it", async () => {
    await using house = await scene(stores, 5);
    const { store, clock, devices } = house;
    await house.asOwner("update reeve.setting set value = '2' where name = 'canary'");
    const act = await house.file("Deprovision/many@1", devices);
    await house.by(act, "boss");
    const few = await house.file("Deprovision/few@1", devices.slice(3));
    await house.by(few, "boss");

    for (const n of [4, 5]) expect(await tryWipe(store, n, few.id)).toEqual({ type: "written" });
    expect(await tryWipe(store, 1, act.id)).toEqual({ type: "written" });
    expect(await tryWipe(store, 2, act.id)).toEqual({ type: "refused", reason: "canary" });
    await pass(store, clock, hour / 2);
    await store.query("update reeve.act_target set status = 'executed' where device = $1", [
      devices[0]!.device,
    ]);
    expect(await tryWipe(store, 2, act.id)).toEqual({ type: "written" });
    await store.query("update reeve.act_target set status = 'unknown' where status = 'executed'");
    expect(await tryWipe(store, 3, act.id)).toEqual({ type: "refused", reason: "canary" });
    await pass(store, clock, hour / 2);
    expect(await tryWipe(store, 3, act.id)).toEqual({ type: "written" });
    // Another act waits for its own first one.
    const next = await house.file("Deprovision/next@1", devices);
    await house.by(next, "deputy");
    await store.query("update reeve.act_target set status = 'executed' where act = $1", [act.id]);
    expect(await tryWipe(store, 1, next.id, "next-1")).toEqual({ type: "written" });
    expect(await tryWipe(store, 2, next.id, "next-2")).toEqual({ type: "refused", reason: "canary" });
  });

  it("counts for a ceiling in percent what is managed, and lets one go where that is none", async () => {
    await using house = await scene(stores, 8, { ceiling: { devices: 10, percent: 1, windowMs: hour } });
    const { store, devices, asOwner } = house;
    await asOwner(`update reeve.channel set status = 'quarantined' where id = 'UDID-4';
      update reeve.channel set status = 'left' where id in ('UDID-5', 'UDID-6');
      update reeve.channel set kind = 'user' where id in ('UDID-7', 'UDID-8')`);
    const act = await house.file("Deprovision/many@1", devices.slice(0, 3));
    await house.by(act, "boss");
    const lock = await operate(store, "lock", devices.slice(0, 3));
    for (const n of [2, 3]) expect(await trySending(store, n, lock.id)).toEqual({ type: "written" });
    const over = { type: "refused", reason: "budget" };
    const ceiling = (change: string) =>
      asOwner(`update reeve.ceiling set ${change} where name in ('advisory', 'enforced')`);

    // The ceilings of a day and of what disrupts count the same.
    for (const [percent, limit] of [
      [25, 1],
      [50, 2],
    ]) {
      await asOwner(
        `update reeve.ceiling set devices = 0, percent = ${percent} where name in ('daily', 'disruptive')`,
      );
      const asked = "select reeve.daily_limit()::int as daily, reeve.disruptive_limit()::int as disruptive";
      expect(await store.query(asked)).toEqual([{ daily: limit, disruptive: limit }]);
    }
    await asOwner(`update reeve.ceiling set devices = 10 where name in ('daily', 'disruptive')`);

    await ceiling("devices = 0");
    expect(await tryWipe(store, 1, act.id)).toEqual(over);
    await ceiling("devices = 10");
    expect(await tryWipe(store, 1, act.id)).toEqual({ type: "written" });
    expect(await tryWipe(store, 2, act.id)).toEqual(over);
    await ceiling("percent = 50");
    expect(await tryWipe(store, 2, act.id)).toEqual({ type: "written" });
    expect(await tryWipe(store, 3, act.id)).toEqual(over);

    // One in a hundred of the four and 96 more.
    await asOwner(`insert into reeve.channel (id, device, epoch, kind, status, certificate, topic, last_seen_at)
        select 'MORE-' || n, d.id, 1 + n, 'device', 'enrolled', '', '', 1
        from generate_series(1, 96) n, (select min(id) as id from reeve.device) d;
      update reeve.ceiling set devices = 0, percent = 1 where name = 'disruptive'`);
    expect(await store.query("select reeve.disruptive_limit()::int as devices")).toEqual([{ devices: 1 }]);
  });

  it("keeps within the ceiling of a day", async () => {
    await using house = await scene(stores, 4);
    const { store, clock, devices } = house;
    await house.asOwner("update reeve.ceiling set devices = 2, percent = 1 where name = 'daily'");
    const act = await house.file("Deprovision/many@1", devices);
    await house.by(act, "boss");
    const lock = await operate(store, "lock", devices);
    for (const n of [3, 4]) expect(await trySending(store, n, lock.id)).toEqual({ type: "written" });

    const first = [await tryWipe(store, 1, act.id), await tryWipe(store, 2, act.id)];
    await pass(store, clock, 23 * hour);
    expect(await tryWipe(store, 3, act.id)).toEqual({ type: "refused", reason: "daily" });
    await house.by(act, "boss");
    await pass(store, clock, hour);
    expect(first).toEqual([{ type: "written" }, { type: "written" }]);
    expect(await tryWipe(store, 3, act.id)).toEqual({ type: "written" });
  });
}
