import { expect, it } from "vitest";
import { tryWipe } from "./contract-guards.ts";
import { engage, engagedLatches, lift } from "./control.ts";
import { listEvents } from "./events.ts";
import { day, minute, pass, scene } from "./test-scene.ts";
import type { TestStores } from "./test-stores.ts";

/** What repetition and amount decide at the last gate, and who lifts the breaker. */
export function breakerContract(stores: TestStores): void {
  it("engages the breaker when approvals are refused again and again, and who asked does not lift it", async () => {
    await using house = await scene(stores, 2);
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
    await using house = await scene(stores, 7);
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
    await using house = await scene(stores, 11);
    await house.asOwner(`update reeve.ceiling set devices = 1, percent = 0 where name = 'daily';
      -- Of a clock that runs ahead, or written so that it lies after every lift.
      insert into reeve.act (id, name, content, author, reason, expires_at, created_at)
      values ('ahead', 'ahead', '{}', 'x', 'x', 9e15, ${house.clock.now + day});
      insert into reeve.act_target (act, device, epoch, verb, parameters, status, updated_at)
      select 'ahead', d.id, d.epoch, 'wipe', '{}', 'held', 1 from reeve.device d`);
    await house.file("Deprovision/ten@1", house.devices.slice(0, 10), {
      author: "Ann",
      persons: ["ann lee", "boss"],
      verified: true,
    });
    await pass(house.store, house.clock, 1);
    expect(await house.breaker()).toBeUndefined();
    const more = await house.file("Deprovision/more@1", house.devices.slice(10), {
      author: "Bob",
      verified: true,
    });
    expect(await tryWipe(house.store, 11, more.id)).toEqual({ type: "refused", reason: "stopped: breaker" });
    await pass(house.store, house.clock, 1);

    expect(await house.breaker()).toBe("11 devices are to be destroyed, and 10 is what may be in ten days");
    for (const person of ["ann", "Bob"]) expect(await house.lifted(person)).toBe("own");
    expect(await house.lifted("boss")).toBe("lifted");
    await pass(house.store, house.clock, 1);
    expect(await house.breaker()).toBeUndefined();
  });

  it("lets nobody shut out those who lift it by names that commits only claim: two of them lift it then", async () => {
    await using house = await scene(stores, 11);
    await house.asOwner("update reeve.ceiling set devices = 1, percent = 0 where name = 'daily'");
    await house.file("Deprovision/all@1", house.devices, { author: "boss", persons: ["boss", "deputy"] });
    await pass(house.store, house.clock, 1);

    expect(await house.breaker()).toBe("11 devices are to be destroyed, and 10 is what may be in ten days");
    expect(await house.lifted("boss", ["boss"])).toBe("another");
    expect(await house.lifted("boss", ["boss"])).toBe("another");
    expect(await house.lifted("deputy", ["deputy"])).toBe("lifted");

    // Nor by acts that reeve has not filed and that call themselves verified.
    house.clock.now += 1;
    await house.file("Deprovision/one@1", house.devices.slice(0, 1), { author: "boss", verified: true });
    await house.store.query(
      `insert into reeve.act (id, name, content, author, verified, approvals, reason, expires_at, created_at)
       values ('evil', 'evil', '{}', 'boss', true, 1, 'x', 9e15, $1), ('too', 'too', '{}', 'deputy', true, 1, 'x', 9e15, $1)`,
      [house.clock.now + 1],
    );
    await house.store.query(
      `insert into reeve.act_target (act, device, epoch, verb, parameters, status, updated_at)
       select a.id, d.id, d.epoch, 'wipe', '{}', 'held', 1 from reeve.act a, reeve.device d where a.id in ('evil', 'too')`,
    );
    await pass(house.store, house.clock, 1);
    expect(await house.breaker()).toBe("23 devices are to be destroyed, and 10 is what may be in ten days");
    expect(await house.lifted("boss")).toBe("another");
    expect(await house.lifted("deputy")).toBe("lifted");
  });

  it("engages it for an act that calls itself ready and that nobody approved; two persons lift it then", async () => {
    await using house = await scene(stores, 1);
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

  it("lifts the latch that is meant, and counts who wants that for this latch and this time alone", async () => {
    await using house = await scene(stores, 0);
    const { store, clock } = house;
    const by = (name: string, person: string) =>
      lift(store, { name, reason: "looked into it", by: person, at: clock.now });
    const engageAll = async (...names: string[]) => {
      for (const name of names) await engage(store, { name, reason: "test", by: "ops", at: clock.now });
    };

    expect(await by("armed", "boss")).toBe("not-engaged");
    await engageAll("kill-switch");
    expect(await by("armed", "boss")).toBe("not-engaged");
    await engageAll("kill-switch", "armed", "breaker");
    expect(await by("armed", " ")).toBe("own");
    expect(await by("armed", "boss")).toBe("another");
    expect(await by("breaker", "deputy")).toBe("another");
    // Engaged again in the same moment, for another reason: everybody is asked again for this one, and for no other.
    await engageAll("armed");
    expect(await by("armed", "deputy")).toBe("another");
    await engageAll("kill-switch");
    expect(await by("armed", "boss")).toBe("lifted");
    expect((await engagedLatches(store)).map(({ name }) => name)).toEqual(["breaker", "kill-switch"]);
    clock.now += minute;
    await engageAll("armed");
    expect(await by("armed", "boss")).toBe("another");
    expect(await by("kill-switch", "boss")).toBe("lifted");
    await house.asOwner("update reeve.setting set value = 'on' where name = 'solo'");
    expect(await by("armed", "boss")).toBe("lifted");
    const told = await listEvents(store, { limit: 9, types: ["gate."] });
    expect(told.map((event) => [event.type, event.message])).toEqual(
      ["armed", "kill-switch", "armed"].map((name) => ["gate.lifted", `${name}: looked into it`]),
    );
  });
}
