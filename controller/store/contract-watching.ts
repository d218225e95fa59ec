import { expect, it } from "vitest";
import { operate } from "./contract-disruption.ts";
import { engage } from "./control.ts";
import { hour, minute, pass, scene } from "./test-scene.ts";
import type { TestStores } from "./test-stores.ts";

/** What the breaker looks at, and what it leaves alone. */
export function watchingContract(stores: TestStores): void {
  it("engages again for what comes after it was lifted, and for what was refused within the hour alone", async () => {
    await using house = await scene(stores, 1);
    const { store, clock } = house;
    const act = await house.file("Deprovision/one@1", house.devices, { author: "ann" });
    const refuse = async (times: number) => {
      for (let n = 0; n < times; n += 1) await house.by(act, "ann");
    };
    await engage(store, { name: "kill-switch", reason: "r", by: "ops", at: clock.now });

    await refuse(3);
    await pass(store, clock, hour);
    await refuse(3);
    expect(await house.breaker()).toBeUndefined();
    await refuse(3);
    expect(await house.breaker()).toBe("more than five approvals were refused within an hour");
    expect(await house.lifted("boss")).toBe("lifted");
    clock.now += 1;
    await refuse(5);
    expect(await house.breaker()).toBeUndefined();
    await refuse(1);
    expect(await house.breaker()).toBe("more than five approvals were refused within an hour");
  });

  it("counts each act that destroys once, by approvals of one person that still hold and are new", async () => {
    await using house = await scene(stores, 7);
    const { store, clock, devices } = house;
    const wipes: { id: string; digest: string }[] = [];
    for (const [n, device] of devices.entries())
      wipes.push(await house.file(`Deprovision/d${n}@1`, [device]));
    const approveAll = async (numbers: readonly number[], more: object = {}) => {
      for (const n of numbers) await house.by(wipes[n]!, "boss", more);
    };

    for (const [n, device] of devices.entries())
      await house.by(await operate(store, `lock-${n}`, [device], { held: true }), "boss");
    await approveAll([0, 1, 2]);
    await pass(store, clock, 19 * minute);
    await approveAll([3], { ttlMs: minute });
    await pass(store, clock, minute);
    await approveAll([4, 4, 5, 6, 0, 1]);
    expect(await house.breaker()).toBeUndefined();
    await approveAll([2]);
    expect(await house.breaker()).toBe("boss approved 6 acts that destroy within 20 minutes");

    expect(await house.lifted("deputy")).toBe("lifted");
    clock.now += 1;
    for (const n of [0, 1]) await house.by(wipes[n]!, "ann");
    await approveAll([0, 1, 2]);
    await house.asOwner("update reeve.setting set value = '1' where name = 'approvals-in-a-row'");
    await pass(store, clock, 1);
    expect(await house.breaker()).toBe("boss approved 3 acts that destroy within 20 minutes");
  });

  it("counts what is open and destroys since it was lifted, and takes for behind it who stands for that", async () => {
    await using house = await scene(stores, 11);
    const { store, clock, devices } = house;
    await house.asOwner("update reeve.ceiling set devices = 1, percent = 0 where name = 'daily'");
    const over = await house.file("Deprovision/over@1", devices.slice(10), { author: "Eve" });
    await store.query("update reeve.act_target set status = 'executed' where act = $1", [over.id]);
    await operate(store, "lock", devices.slice(0, 3), { held: true });
    const ten = await house.file("Deprovision/ten@1", devices.slice(0, 10), {
      author: "Ann",
      verified: true,
    });
    await house.by(ten, "boss");
    expect(await house.breaker()).toBeUndefined();
    await house.file("Deprovision/more@1", devices.slice(10), { author: "Bob", verified: true });
    await pass(store, clock, 1);

    expect(await house.breaker()).toBe("11 devices are to be destroyed, and 10 is what may be in ten days");
    for (const person of ["ann", "bob"]) expect(await house.lifted(person)).toBe("own");
    expect(await house.lifted("boss")).toBe("lifted");
    await store.query("update reeve.act_target set status = 'held' where act = $1", [over.id]);
    await house.file("Deprovision/then@1", devices.slice(10), { author: "Carol", verified: true });
    clock.now += 1;
    await house.file("Deprovision/all@1", devices, { author: "Ann", verified: true });
    await pass(store, clock, 1);
    expect(await house.breaker()).toBe("11 devices are to be destroyed, and 10 is what may be in ten days");
    expect(await house.lifted("ann")).toBe("own");
    expect(await house.lifted("carol")).toBe("lifted");
  });
}
