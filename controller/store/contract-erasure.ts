import { expect, it } from "vitest";
import { engagedLatches } from "./control.ts";
import { deleteDevice } from "./deletion.ts";
import { listEvents } from "./events.ts";
import { enroll, start } from "./test-fleet.ts";
import { actsOf, fill, said } from "./test-records.ts";
import type { TestStores } from "./test-stores.ts";

/** What is erased of a device, when, and what stays. */
export function erasureContract(stores: TestStores): void {
  it("erases everything of a device and nothing of another, and keeps what may still leave as it was", async () => {
    await using database = await stores.fresh();
    await using store = await database.open({ now: () => start });
    await enroll(store, 3);
    const one = await fill(database, store, 1);
    const two = await fill(database, store, 2);
    const [facts] = await store.query<{ id: string }>(
      "select facts_id as id from reeve.device where id = $1",
      [one],
    );
    await database.asOwner(`${actsOf(one, two)};
      update reeve.channel set observed_id = 'observed-000001' where id = 'UDID-000002';
      update reeve.device set facts_id = '${facts?.id}' where id = '${two}';
      update reeve.device set awaiting = true;
      insert into reeve.channel (id, device, epoch, kind, status, certificate, topic, last_seen_at)
      values ('BEFORE', '${one}', 0, 'device', 'left', 'c', 't', 1);
      insert into reeve.lifecycle (device, epoch, state, ownership, since, act, may_enroll, erase_at)
      values ('${one}', 1, 'retired', 'company', 1, 'own', false, ${start});
      insert into reeve.lifecycle (device, epoch, state, ownership, since, may_enroll, erase_at, ended_at)
      values ('${two}', 1, 'retired', 'company', 1, false, ${start}, 1);
      update reeve.channel set status = 'left' where device = '${two}' or kind = 'user'`);
    const erase = async (device = one) => {
      const values = [device, ["mark"], start];
      return (
        await store.query<{ done: boolean }>("select reeve.erase_device($1, $2, $3) as done", values)
      )[0]?.done;
    };
    const others = await said(store, 2);

    expect(others.length).toBeGreaterThan(30);
    expect(await erase(two)).toBe(false);
    for (const status of ["enrolled", "quarantined"]) {
      await store.query("update reeve.channel set status = $1 where id = 'UDID-000001'", [status]);
      expect(await erase()).toBe(false);
    }
    await store.query("update reeve.channel set status = 'left' where device = $1", [one]);
    for (const change of ["ended_at = 1", "erased_at = 1", "may_enroll = true", `erase_at = ${start + 1}`]) {
      await database.asOwner(`update reeve.lifecycle set ${change} where device = '${one}'`);
      expect([change, await erase()]).toEqual([change, false]);
      await database.asOwner(
        `update reeve.lifecycle set ended_at = null, erased_at = null, may_enroll = false, erase_at = ${start}
         where device = '${one}'`,
      );
    }
    const [{ version } = { version: 0 }] = await store.query<{ version: number }>(
      "select version from reeve.channel where id = 'UDID-000001'",
    );
    expect(await erase()).toBe(true);
    expect(await erase()).toBe(false);

    expect((await said(store, 1)).map((row) => row.split(" ")[0])).toEqual([
      "act",
      "act_target",
      "channel",
      "enrollment_device",
      "erasure_owed",
      "event_word",
      "interned",
      "interned",
    ]);
    expect(await store.query("select id, content from reeve.act order by id")).toEqual([
      { id: "open", content: '{"of":["SERIAL-000001","UDID-000001","SERIAL-000002"]}' },
      { id: "over", content: '{"of":["erased","erased","SERIAL-000002"]}' },
      { id: "own", content: "{}" },
    ]);
    expect(
      await store.query("select act, parameters, note from reeve.act_target where device = $1 order by act", [
        one,
      ]),
    ).toEqual([
      { act: "open", parameters: '{"message":"to-000001"}', note: null },
      { act: "over", parameters: "{}", note: null },
      { act: "own", parameters: '{"afterwards":{}}', note: null },
    ]);
    expect(
      await store.query("select token, word from reeve.event_word where token like '%1' order by token"),
    ).toEqual([
      { token: "among1", word: "of (erased)s and others" },
      { token: "chosen1", word: "the alias-000001 of another" },
      { token: "other1", word: "a friend of (erased)" },
    ]);
    expect(
      await store.query("select id, channel, status from reeve.command where device = $1", [one]),
    ).toEqual([{ id: "wipe1", channel: "erased", status: "sent" }]);
    expect(
      await store.query("select id, kind, status, token_dead, version from reeve.channel where device = $1", [
        one,
      ]),
    ).toEqual([
      { id: `erased:${one}`, kind: "device", status: "left", token_dead: true, version: version + 1 },
    ]);
    // Nothing is to be decided for it any more, and a portal goes on saying that it has it.
    expect(await store.query("select serial, awaiting from reeve.device where id = $1", [one])).toEqual([
      { serial: null, awaiting: false },
    ]);
    expect(
      await store.query("select server from reeve.enrollment_device where serial = 'SERIAL-000001'"),
    ).toEqual([{ server: "present1" }]);
    expect(await store.query("select id from reeve.interned where id = $1", [facts?.id])).toHaveLength(1);
    expect(await store.query("select marks, erased_at from reeve.lifecycle order by erased_at")).toEqual([
      { marks: ["mark"], erased_at: start },
      { marks: [], erased_at: null },
    ]);
    expect(await listEvents(store, { limit: 9, types: ["lifecycle."] })).toMatchObject([
      { type: "lifecycle.erased", device: one, at: start },
    ]);
    // The contents of acts are of both.
    const left = await said(store, 2);
    expect(left.filter((row) => !row.startsWith("act {"))).toEqual(
      others.filter((row) => !row.startsWith("act {")),
    );
  });

  it("deletes the record of a device in the enrollment that is meant, once it has ended, and says so", async () => {
    await using database = await stores.fresh();
    await using store = await database.open({ now: () => start });
    const two = await fill(database, store, 2);
    const one = await fill(database, store, 1);
    const { device: three } = await enroll(store, 3);
    await database.asOwner(`${actsOf(two, one)};
      insert into reeve.act_target (act, device, epoch, verb, parameters, status, updated_at)
      values ('own', '${one}', 1, 'lock', '{}', 'ready', 1), ('over', '${two}', 2, 'lock', '{}', 'held', 1);
      insert into reeve.deletion select id, 1, 'x', 'x', 'x', 1 from reeve.device;
      insert into reeve.lifecycle (device, epoch, state, ownership, since, may_enroll, ended_at)
      values ('${one}', 1, 'retired', 'company', 1, false, null), ('${two}', 1, 'in-stock', 'company', 1, true, null),
        ('${three}', 1, 'retired', 'company', 1, false, 1);
      update reeve.device set epoch = 5 where id = '${two}';
      update reeve.channel set epoch = 5 where id = 'UDID-000002';
      update reeve.device set awaiting = true where id = '${one}'`);
    const ask = (change: object = {}) =>
      deleteDevice(store, { device: one, epoch: 1, by: "ann", reason: "sold", ...change });
    const counted = async (table: string, device = one) =>
      (await store.query(`select from reeve.${table} where device = $1`, [device])).length;

    expect(await ask()).toBe("managed");
    expect(await counted("deletion")).toBe(1);
    // Somebody's channel of an enrollment before is no management of this one.
    await database.asOwner("update reeve.channel set epoch = 0 where id = 'USER-000001'");
    await store.query("update reeve.channel set status = 'left' where id = 'UDID-000001'");
    expect(await ask({ device: "d-none" })).toBe("unknown");
    expect(await ask({ epoch: 2 })).toBe("enrolled-again");
    expect(await ask()).toBe("retired");
    await store.query("update reeve.channel set status = 'left' where id = 'UDID-3'");
    expect(await ask({ device: three })).toBe("deleted");
    expect([await counted("deletion"), await counted("deletion", two)]).toEqual([0, 1]);
    const others = await said(store, 2);
    expect(await ask({ evenIfRetired: true })).toBe("deleted");
    expect(await ask()).toBe("unknown");

    for (const table of ["channel", "portal_release", "lifecycle", "silent", "deletion", "overdue"])
      expect([table, await counted(table)]).toEqual([table, 0]);
    for (const table of ["channel", "portal_release", "lifecycle", "silent", "deletion", "overdue"])
      expect([table, await counted(table, two)]).toEqual([table, table === "channel" ? 2 : 1]);
    expect(
      await store.query(
        "select act, status, updated_at from reeve.act_target where device = $1 or epoch = 2 order by act, epoch",
        [one],
      ),
    ).toEqual([
      { act: "open", status: "cancelled", updated_at: start },
      { act: "over", status: "executed", updated_at: 1 },
      { act: "over", status: "held", updated_at: 1 },
      { act: "own", status: "cancelled", updated_at: start },
    ]);
    expect(await listEvents(store, { limit: 9, types: ["device.deleted"] })).toMatchObject([
      { type: "device.deleted", device: one, by: "ann", message: "its record was deleted: sold" },
      { type: "device.deleted", device: three },
    ]);
    const notOfActs = (rows: readonly string[]) => rows.filter((row) => !row.startsWith("act"));
    expect(notOfActs(await said(store, 2))).toEqual(notOfActs(others));
    await store.query("update reeve.channel set status = 'left'");
    expect(await ask({ device: two, epoch: 5 })).toBe("deleted");

    // By whoever cannot make the mark, also where nobody can any more.
    const forge = async (mac: string | null) =>
      (
        await store.query("select reeve.forget_device($1, 1, true, 'x', 'x', $2, null) as answer", [one, mac])
      )[0];
    expect(await forge("0")).toEqual({ answer: "unvouched" });
    expect((await engagedLatches(store)).map(({ reason }) => reason)).toEqual([
      "somebody else than reeve wants the record of a device deleted",
    ]);
    await database.asOwner("delete from reeve.setting where name = 'vouch'");
    expect(await forge(null)).toEqual({ answer: "unvouched" });
  });
}
