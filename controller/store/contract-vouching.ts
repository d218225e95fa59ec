import { expect, it } from "vitest";
import { operate } from "./contract-disruption.ts";
import { tryWipe } from "./contract-guards.ts";
import { listEvents } from "./events.ts";
import { scene } from "./test-scene.ts";
import type { TestStores } from "./test-stores.ts";

/** What approvals and records of acts are worth once somebody has changed them. */
export function vouchingContract(stores: TestStores): void {
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
    await using house = await scene(stores, changes.length + 2);
    const { store, devices } = house;
    for (const [n, change] of changes.entries()) {
      const act = await house.file(`Deprovision/d${n}@1`, [devices[n]!]);
      await house.by(act, `boss-${n}`);
      const key = change.startsWith("act ") ? "id" : "act";
      await house.asOwner(`update reeve.${change} where ${key} = '${act.id}'`);
      const [checked] = await house.store.query("select reeve.check_act($1, null) as found", [act.id]);
      const [row] = await store.query("select reeve.is_vouched($1) as vouched", [act.id]);

      expect([change, checked, row, await house.breaker()]).toEqual([
        change,
        { found: true },
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

  it("takes for tampered with what is ready to destroy and was not approved itself, and nothing else", async () => {
    await using house = await scene(stores, 3);
    const { store, devices } = house;
    const check = async (act: string) =>
      (await store.query<{ found: boolean }>("select reeve.check_act($1, null) as found", [act]))[0]?.found;
    const held = await house.file("Deprovision/held@1", devices.slice(0, 1));
    const approved = await house.file("Deprovision/approved@1", devices.slice(1, 2));
    const lock = await operate(store, "lock", devices.slice(2));
    await house.by(approved, "boss");
    expect(await check(held.id)).toBe(false);
    await store.query("update reeve.act_target set status = 'ready' where act = $1", [held.id]);

    for (const id of ["a-none", approved.id, lock.id]) expect([id, await check(id)]).toEqual([id, false]);
    expect(await house.breaker()).toBeUndefined();
    expect(await check(held.id)).toBe(true);
    // The owner may vouch for one without a mark, by its digest.
    const known = (digest: string) =>
      house.asOwner(
        `update reeve.act set mac = null, known_digest = '${digest}' where id = '${approved.id}'`,
      );
    await known(approved.digest);
    expect(await check(approved.id)).toBe(false);
    await known("another");
    expect(await check(approved.id)).toBe(true);
    // It is engaged, and for the first reason.
    expect(await house.breaker()).toBe("Deprovision/held@1 calls itself ready, and nobody ever approved it");
    expect(await listEvents(store, { limit: 9, types: ["gate.breaker"] })).toHaveLength(1);
  });

  it("takes nothing for the store's key that is none, and keeps the first that comes", async () => {
    await using house = await scene(stores, 0);
    const [one, two] = ["a".repeat(128), "b".repeat(128)];
    const vouch = async (inner: string, outer: string) =>
      (
        await house.store.query<{ known: boolean }>("select reeve.vouch_with($1, $2) as known", [
          inner,
          outer,
        ])
      )[0]?.known;
    await house.asOwner("delete from reeve.setting where name = 'vouch'");

    for (const [inner, outer] of [
      [one, "b"],
      ["a", two],
      [one.toUpperCase(), two],
    ] as const)
      expect(await vouch(inner, outer)).toBe(false);
    expect([await vouch(one, two), await vouch(two, one), await vouch(one, two)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it("asks no device again for what was withdrawn, which puts it off or says nothing, and keeps what came of it", async () => {
    const kept = ["unknown", "executed", "failed"];
    await using house = await scene(stores, 5);
    const { store, devices } = house;
    for (const [n, put] of ["sent", "held", ...kept].entries()) {
      const [act, other] = await Promise.all(
        ["one", "two"].map((name) => house.file(`Deprovision/${name}-${put}@1`, [devices[n]!])),
      );
      const turn = (status: string, id = act?.id) =>
        store.query("update reeve.act_target set status = $2 where act = $1", [id, status]);
      const statuses = async () =>
        (await store.query(
          "select status, note from reeve.act_target where act in ($1, $2) order by act = $1",
          [other?.id, act?.id],
        )) as { status: string; note: string | null }[];
      for (const id of [act?.id, other?.id]) await turn(put, id);
      // Without a word of the withdrawal itself: what had left may be held by nobody.
      await store.query("insert into reeve.act_withdrawal values ($1, 1, 'duty', 'enough')", [act?.id]);
      for (const id of [act?.id, other?.id]) for (const status of ["ready", "held"]) await turn(status, id);

      const ended = { status: "cancelled", note: "withdrawn, and put off by the device" };
      expect(await statuses()).toEqual([
        kept.includes(put) ? { status: put, note: null } : ended,
        { status: "held", note: null },
      ]);
      await house.by(act!, "boss");
      expect(await tryWipe(store, n + 1, act!.id)).toMatchObject({ type: "refused" });
    }
  });

  it("lets nobody take up again what was withdrawn or has run out, by whatever detour, or call it carried out", async () => {
    await using house = await scene(stores, 3);
    const { store, devices } = house;
    const overs = ["cancelled", "expired", "refused"];
    for (const [n, over] of overs.entries()) {
      const act = await house.file(`Deprovision/${over}@1`, [devices[n]!]);
      await house.by(act, "boss");
      await store.query("update reeve.act_target set status = $2 where act = $1", [act.id, over]);
      for (const status of ["executed", "failed", "sent", "unknown", "held", "ready"])
        await store.query("update reeve.act_target set status = $2 where act = $1", [act.id, status]);

      expect(await tryWipe(store, n + 1, act.id)).toEqual({ type: "refused", reason: `over: ${over}` });
      const found = await store.query("select status from reeve.act_target where act = $1", [act.id]);
      expect(found).toEqual([{ status: over }]);
    }
  });
}
