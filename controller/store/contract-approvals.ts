import { expect, it } from "vitest";
import { tryWipe } from "./contract-guards.ts";
import { listEvents } from "./events.ts";
import { day, minute, pass, scene } from "./test-scene.ts";
import type { TestStores } from "./test-stores.ts";

/** Who may approve, and what an approval is worth. */
export function approvalsContract(stores: TestStores): void {
  it("takes approvals of persons who are known, of others than the authors, for a day and of what reeve has filed", async () => {
    await using house = await scene(stores, 4);
    const { devices, asOwner, store } = house;
    const file = (name: string, n: number, change: object) =>
      house.file(`Deprovision/${name}@1`, devices.slice(n, n + 1), change);
    const named = await file("named", 0, { author: "Ann" });
    const nameless = await file("nameless", 1, { author: " ", persons: ["carol"] });
    const long = await file("long", 2, {});
    const approved = { type: "approved", ready: true };
    const refused = (reason: string) => ({ type: "refused", reason });
    const glass = { breakGlass: true };

    expect(await house.by(named, "token-7", { identities: ["ann"] })).toEqual(refused("own-act"));
    expect(await house.by(nameless, "Carol")).toEqual(refused("own-act"));
    expect(await house.by(nameless, "boss")).toEqual(approved);
    expect(await house.by(long, "boss", { ttlMs: 2 * day })).toEqual(approved);
    const [row] = await store.query("select expires_at - at as ms from reeve.approval where act = $1", [
      long.id,
    ]);
    expect(row).toEqual({ ms: day });

    // What others approved uses up no glass, and the one device may be approved again.
    expect(await house.by(named, " ", glass)).toEqual(refused("own-act"));
    const told = await listEvents(store, { types: ["act.approved"], limit: 10 });
    expect(told.map((one) => [one.subject, one.message.length]).toReversed()).toEqual([
      ["Deprovision/nameless@1", "digest 7be2-91c4-e0aa".length],
      ["Deprovision/long@1", "digest 7be2-91c4-e0aa".length],
    ]);
    expect(await house.by(named, "boss", glass)).toEqual(approved);
    expect(await house.by(named, "boss", glass)).toMatchObject({ type: "approved" });
    await asOwner("update reeve.setting set value = 'on' where name = 'solo'");
    expect(await house.by(named, " ")).toEqual(refused("own-act"));

    await asOwner(`update reeve.act set reason = 'another' where id = '${long.id}'`);
    expect(await house.by(long, "deputy")).toEqual(refused("unvouched"));
    expect(await house.breaker()).toBe("the record of Deprovision/long@1 is not what reeve has filed");
  });

  it("takes none of an act of which nothing may leave any more, and says so", async () => {
    await using house = await scene(stores, 1);
    const { store, devices } = house;
    const still = ["held", "ready", "sent", "unknown"];
    const over = ["executed", "failed", "expired", "cancelled", "refused"];
    // Another act's devices are nothing to it.
    await house.file("Deprovision/another@1", devices);
    for (const status of [...still, ...over]) {
      const act = await house.file(`Deprovision/${status}@1`, devices);
      await store.query("update reeve.act_target set status = $2 where act = $1", [act.id, status]);
      const isOver = over.includes(status);
      expect([status, await house.by(act, "boss")]).toMatchObject([
        status,
        isOver ? { type: "refused", reason: "over" } : { type: "approved" },
      ]);
    }
    expect(await listEvents(store, { types: ["act.approved"], limit: 10 })).toHaveLength(still.length);
    expect(await house.breaker()).toBeUndefined();
  });

  it("counts others than the authors, from when there were enough of them, while they stand for what is filed", async () => {
    await using house = await scene(stores, 4, { coolOffMs: 15 * minute });
    const { store, clock, devices, asOwner } = house;
    const notApproved = { type: "refused", reason: "not-approved" };
    const written = { type: "written" };
    const two = await house.file("Deprovision/two@1", devices.slice(0, 2), { approvals: 2 });
    await house.by(two, "boss");
    await pass(store, clock, 10 * minute);
    await house.by(two, "deputy");
    await pass(store, clock, 2 * minute);
    await house.by(two, "carol");
    expect(await house.by(two, "boss")).toMatchObject({ leavesIn: 13 * minute });
    // Each approval is an event of the same transaction.
    const digest = `digest ${two.digest.slice(0, 4)}-${two.digest.slice(4, 8)}-${two.digest.slice(8, 12)}`;
    const cooling = "it is approved, cools off and then leaves: reeve holds says when, and how to stop it";
    const told = await listEvents(store, { types: ["act.approved"], limit: 10 });
    expect(told.map((one) => [one.subject, one.by, one.message]).toReversed()).toEqual([
      ["Deprovision/two@1", "boss", `${digest}; more approvals are needed`],
      ...["deputy", "carol", "boss"].map((by) => ["Deprovision/two@1", by, `${digest}; ${cooling}`]),
    ]);
    await pass(store, clock, 13 * minute);
    expect(await tryWipe(store, 1, two.id)).toEqual(written);
    expect(
      await store.query(`select r.approval = (select max(a.id) from reeve.approval a) as last, r.path
        from reeve.release r`),
    ).toEqual([{ last: true, path: "persons" }]);

    // Of what its authors say, and of what was approved before the owner vouched for another content, nothing counts.
    const own = await house.file("Deprovision/own@1", devices.slice(2, 3), {
      author: "Ann",
      persons: ["ann lee"],
    });
    for (const person of ["ANN", "Ann Lee"])
      await asOwner(`insert into reeve.approval (act, digest, by_person, at, elapsed, expires_at)
        values ('${own.id}', '${own.digest}', '${person}', ${clock.now}, 1, ${clock.now + day})`);
    expect(await tryWipe(store, 3, own.id)).toEqual(notApproved);
    await house.by(own, "boss", { ttlMs: minute });
    await house.by(own, "boss", { breakGlass: true, ttlMs: minute });
    await asOwner(`update reeve.act set content = '{}', mac = null where id = '${own.id}';
      update reeve.act set known_digest = reeve.act_digest(id) where id = '${own.id}'`);
    expect(await tryWipe(store, 3, own.id)).toEqual(notApproved);
    await asOwner(`update reeve.act set content = '${JSON.stringify({ a: 1 })}' where id = '${own.id}';
      update reeve.act set known_digest = reeve.act_digest(id) where id = '${own.id}';
      update reeve.approval a set digest = reeve.act_digest(a.act) where act = '${own.id}'`);
    await pass(store, clock, minute);
    expect(await tryWipe(store, 3, own.id)).toEqual(notApproved);
  });

  it("takes broken glass before one's own approval, and for one attempt", async () => {
    await using house = await scene(stores, 1, { coolOffMs: 15 * minute, solo: true });
    const act = await house.file("Deprovision/one@1", house.devices, { author: "boss" });
    expect(await house.by(act, "boss")).toMatchObject({ ready: false });
    expect(await house.by(act, "boss", { breakGlass: true })).toEqual({ type: "approved", ready: true });
    expect(await tryWipe(house.store, 1, act.id)).toEqual({ type: "written" });
    await house.store.query("update reeve.act_target set status = 'held'");
    expect(await tryWipe(house.store, 1, act.id)).toEqual({ type: "refused", reason: "not-approved" });
  });
}
