import { expect, it } from "vitest";
import { freezeAct } from "./acts.ts";
import { approve, listHolds, watchGate } from "./approvals.ts";
import { tryWipe, wipeOf } from "./contract-guards.ts";
import { engagedLatches, lift } from "./control.ts";
import { listEvents } from "./events.ts";
import type { Store, StoreOptions } from "./open.ts";
import { channelOf, enroll, start } from "./test-fleet.ts";
import type { TestStores } from "./test-stores.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** What time, repetition and amount decide at the last gate. */
export function breakerContract(stores: TestStores): void {
  async function scene(count: number, options: Partial<StoreOptions> = {}) {
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

  async function pass(store: Store, clock: { now: number }, ms: number): Promise<void> {
    clock.now += ms;
    await watchGate(store, clock.now);
  }

  it("lets an act on several devices cool off after its last approval, and one device go at once", async () => {
    await using house = await scene(4, { coolOffMs: 15 * minute });
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
    await using house = await scene(2, { coolOffMs: minute });
    const act = await house.file("Deprovision/many@1", house.devices, { coolOffMs: hour });

    expect(await house.by(act, "boss")).toMatchObject({ leavesIn: hour });
  });

  it("neither cools off nor refills a budget of minutes by a clock that jumps", async () => {
    await using house = await scene(3, {
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
    await using house = await scene(12);
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
    await using house = await scene(4);
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

  it("engages the breaker when approvals are refused again and again, and who asked does not lift it", async () => {
    await using house = await scene(2);
    const act = await house.file("Deprovision/one@1", house.devices.slice(0, 1), {
      persons: ["ann", "ann@acme.example"],
    });
    const ann = { identities: ["ann@acme.example"] };
    for (let n = 0; n < 5; n += 1) await house.by(act, "token-7", ann);
    expect(await house.breaker()).toBeUndefined();
    await house.by(act, "token-7", ann);
    expect(await house.breaker()).toBe("more than five approvals were refused within an hour");

    await house.by(act, "boss");
    expect(await tryWipe(house.store, 1, act.id)).toEqual({ type: "refused", reason: "stopped: breaker" });
    expect(await house.lifted("Token-7")).toBe("own");
    expect(await house.lifted("ann", ["ann", "ann@acme.example"])).toBe("own");
    expect(await house.lifted("other", ["ann@acme.example"])).toBe("own");
    expect(await house.lifted("boss")).toBe("lifted");
    expect(await tryWipe(house.store, 1, act.id)).toEqual({ type: "written" });
    const told = await listEvents(house.store, { limit: 10, types: ["gate."] });
    expect(told.map((one) => one.type).toSorted()).toEqual(["gate.breaker", "gate.lifted"]);
  });

  it("engages it when one person approves act after act, and not when two do", async () => {
    await using house = await scene(7);
    const acts = [];
    for (const [n, device] of house.devices.entries())
      acts.push(await house.file(`Deprovision/d${n}@1`, [device]));

    for (const act of acts.slice(0, 3)) await house.by(act, "boss");
    for (const act of acts.slice(3, 5)) await house.by(act, "deputy");
    await pass(house.store, house.clock, 20 * minute);
    for (const act of acts.slice(0, 5)) await house.by(act, "boss");
    expect(await house.breaker()).toBeUndefined();
    await house.by(acts[5]!, "Boss");

    expect(await house.breaker()).toBe("boss approved 6 acts that destroy within 20 minutes");
    expect(await house.lifted("boss")).toBe("own");
    expect(await house.lifted("deputy")).toBe("lifted");
    await pass(house.store, house.clock, 1);
    expect(await house.breaker()).toBeUndefined();
  });

  it("engages it when more is to be destroyed than may be in ten days, approved or not", async () => {
    await using house = await scene(11);
    await house.asOwner("update reeve.ceiling set devices = 1, percent = 0 where name = 'daily'");
    await house.file("Deprovision/ten@1", house.devices.slice(0, 10), {
      author: "Ann",
      persons: ["ann lee", "boss"],
      verified: true,
    });
    await pass(house.store, house.clock, 1);
    expect(await house.breaker()).toBeUndefined();
    await house.file("Deprovision/more@1", house.devices.slice(10), { author: "Bob", verified: true });
    await pass(house.store, house.clock, 1);

    expect(await house.breaker()).toBe("11 devices are to be destroyed, and 10 is what may be in ten days");
    for (const person of ["ann", "Bob"]) expect(await house.lifted(person)).toBe("own");
    expect(await house.lifted("boss")).toBe("lifted");
    await pass(house.store, house.clock, 1);
    expect(await house.breaker()).toBeUndefined();
  });

  it("lets nobody shut out those who lift it by names that commits only claim: two of them lift it then", async () => {
    await using house = await scene(11);
    await house.asOwner("update reeve.ceiling set devices = 1, percent = 0 where name = 'daily'");
    await house.file("Deprovision/all@1", house.devices, { author: "boss", persons: ["boss", "deputy"] });
    await pass(house.store, house.clock, 1);

    expect(await house.breaker()).toBe("11 devices are to be destroyed, and 10 is what may be in ten days");
    expect(await house.lifted("boss", ["boss"])).toBe("another");
    expect(await house.lifted("boss", ["boss"])).toBe("another");
    expect(await house.lifted("deputy", ["deputy"])).toBe("lifted");
  });

  it("engages it for an act that calls itself ready and that nobody approved; two persons lift it then", async () => {
    await using house = await scene(1);
    const { store } = house;
    const act = await house.file("Deprovision/one@1", house.devices);
    await store.query("update reeve.act_target set status = 'ready'");

    const [row] = await store.query<{ found: boolean }>("select reeve.check_act($1, null) as found", [
      act.id,
    ]);
    expect(row?.found).toBe(true);
    expect(await house.breaker()).toBe("Deprovision/one@1 calls itself ready, and nobody ever approved it");
    expect(await house.lifted("boss")).toBe("another");
    expect(await house.lifted("Boss")).toBe("another");
    await pass(store, house.clock, day);
    expect(await house.lifted("deputy")).toBe("another");
    expect(await house.lifted("boss")).toBe("lifted");
    expect(await house.lifted("boss")).toBe("not-engaged");
  });

  it("voids an approval by any change of what was approved, and by nothing that has nothing to do with it", async () => {
    const changes = [
      "act set content = '{}'",
      "act set author = 'another'",
      "act set approvals = 2",
      "act set expires_at = expires_at + 1",
      "act set persons = '{another}'",
      "act set reason = 'another'",
      "act set revision = 'another'",
      "act set created_at = created_at - 1",
      "act set cool_off_ms = 1",
      "act set mac = null",
      "act_target set verb = 'unenroll'",
      "act_target set parameters = '{}'",
      "act_target set epoch = 2",
      "act_target set device = (select max(id) from reeve.device)",
    ];
    await using house = await scene(changes.length + 2);
    const { store, devices } = house;
    for (const [n, change] of changes.entries()) {
      const act = await house.file(`Deprovision/d${n}@1`, [devices[n]!]);
      await house.by(act, `boss-${n}`);
      const key = change.startsWith("act ") ? "id" : "act";
      await house.asOwner(`update reeve.${change} where ${key} = '${act.id}'`);
      await house.store.query("select reeve.check_act($1, null)", [act.id]);
      const [row] = await store.query("select reeve.is_vouched($1) as vouched", [act.id]);

      expect([change, row, await house.breaker()]).toEqual([
        change,
        { vouched: false },
        `the record of Deprovision/d${n}@1 is not what reeve has filed`,
      ]);
      for (const person of ["ann", "bob"]) await house.lifted(person);
    }
    const kept = await house.file("Deprovision/kept@1", [devices[changes.length]!]);
    await house.by(kept, "boss");
    await house.file("Deprovision/other@1", [devices[0]!]);
    await store.query("update reeve.device set alias = 'x', named = '{y}'");
    await store.query("update reeve.act_target set note = 'z', updated_at = 1 where act = $1", [kept.id]);

    expect(await tryWipe(store, changes.length + 1, kept.id)).toEqual({ type: "written" });
  });

  it("lets nobody take up again what was withdrawn or has run out", async () => {
    await using house = await scene(1);
    await house.file("Deprovision/one@1", house.devices);
    for (const over of ["cancelled", "expired", "refused"]) {
      await house.store.query("update reeve.act_target set status = $1", [over]);
      for (const open of ["held", "ready", "sent"])
        await house.store.query("update reeve.act_target set status = $1", [open]);
      expect(await house.store.query("select status from reeve.act_target")).toEqual([{ status: over }]);
    }
  });

  it("lets one approver break the glass for one device in 24 hours, his own act too, without a cool-off", async () => {
    await using house = await scene(4, { coolOffMs: 15 * minute });
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
    await house.asOwner("update reeve.setting set value = 'off' where name = 'break-glass'");
    expect(await house.by(many, "boss", glass)).toEqual({ type: "refused", reason: "break-glass-off" });
  });

  it("lets an author approve alone only where the owner said solo: an hour later, one device in an hour", async () => {
    await using house = await scene(2, { solo: true });
    const { store, clock, devices } = house;
    const act = await house.file("Deprovision/both@1", devices, { author: "boss", approvals: 2 });

    expect(await house.by(act, "boss")).toEqual({ type: "approved", ready: false, leavesIn: hour });
    await pass(store, clock, hour - 1);
    expect((await channelOf(store, "UDID-1")).acts).toMatchObject([{ status: "held" }]);
    await pass(store, clock, 1);
    expect(await tryWipe(store, 1, act.id)).toEqual({ type: "written" });
    expect(await tryWipe(store, 2, act.id)).toEqual({ type: "refused", reason: "solo" });
    await house.asOwner("update reeve.setting set value = 'off' where name = 'solo'");
    await pass(store, clock, hour);
    expect(await tryWipe(store, 2, act.id)).toEqual({ type: "refused", reason: "not-approved" });
    expect(await house.by(act, "boss")).toEqual({ type: "refused", reason: "own-act" });
    await house.asOwner("update reeve.setting set value = 'on' where name = 'solo'");
    expect(await tryWipe(store, 2, act.id)).toEqual({ type: "written" });
    expect(await tryWipe(store, 2, act.id)).toEqual({ type: "refused", reason: "over: sent" });
  });
}
