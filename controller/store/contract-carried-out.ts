import { expect, it } from "vitest";
import { freezeAct } from "./acts.ts";
import { approve } from "./approvals.ts";
import { roomy, tryWipe, wipeOf } from "./contract-guards.ts";
import { engagedLatches } from "./control.ts";
import { deleteDeparted } from "./deletion.ts";
import { eraseRetired } from "./erasure.ts";
import { appendEvents, listEvents } from "./events.ts";
import { countLifecycles } from "./lifecycle.ts";
import type { Store } from "./open.ts";
import { channelOf, enroll, start } from "./test-fleet.ts";
import type { TestStores } from "./test-stores.ts";

const day = 86_400_000;
const hour = 3_600_000;
const afterwards = {
  record: "retired",
  mayEnroll: false,
  erased: true,
  releases: [],
  ownership: "company",
  platform: "ios",
};

const fails = (error: unknown): never => {
  throw error;
};

/** What becomes of records because of an act, and what does not. */
export function carriedOutContract(stores: TestStores): void {
  const retired = async (store: Store) =>
    (await store.query<{ device: string }>("select device from reeve.lifecycle")).map(({ device }) => device);
  const say = (store: Store, act: string, device: string) =>
    store.query(
      "update reeve.act_target set status = 'executed', updated_at = $3 where act = $1 and device = $2",
      [act, device, start],
    );
  const retiring = (devices: readonly { device: string; epoch: number }[], name = "Deprovision/end@1") =>
    wipeOf(devices, {
      name,
      expiresAt: start + 200 * day,
      targets: devices.map((one) => ({ ...one, verb: "wipe", parameters: { afterwards } })),
    });

  it("retires no device because somebody with the database says that it has carried out an act", async () => {
    await using database = await stores.fresh();
    await using store = await database.open(roomy(() => start));
    const [one, two] = [await enroll(store, 1), await enroll(store, 2)];
    const genuine = (await freezeAct(store, retiring([one])))!;

    // By which the id of its command cannot be told beforehand.
    expect((await channelOf(store, "UDID-1")).acts).toMatchObject([
      { mark: expect.stringMatching(/^[0-9a-f]{16}$/) },
    ]);
    await say(store, genuine.id, one.device);
    expect([await retired(store), await engagedLatches(store)]).toEqual([[], []]);
    await store.query(`insert into reeve.act (id, name, content, author, reason, expires_at, created_at)
      values ('evil', 'evil', '{}', 'x', 'x', 9e15, 1)`);
    await store.query(
      `insert into reeve.act_target (act, device, epoch, verb, parameters, status, updated_at)
       values ('evil', $1, $2, 'wipe', $3, 'sent', 1)`,
      [two.device, two.epoch, JSON.stringify({ afterwards })],
    );
    await say(store, "evil", two.device);

    expect(await retired(store)).toEqual([]);
    expect(await engagedLatches(store)).toMatchObject([
      { name: "breaker", reason: "the record of evil is not what reeve has filed" },
    ]);
  });

  it("erases the others when some records cannot be erased, says so once, and tries those again after an hour", async () => {
    const clock = { now: start };
    await using database = await stores.fresh();
    await using store = await database.open({ now: () => clock.now });
    const stuck = [];
    for (let n = 1; n <= 7; n += 1) stuck.push((await enroll(store, n)).device);
    const [other, ...fine] = [stuck.pop(), stuck.pop()];
    // The place that is kept for what stays of each is taken.
    await database.asOwner(`update reeve.channel set status = 'left';
      insert into reeve.channel (id, device, epoch, kind, status, certificate, topic, last_seen_at)
      select 'erased:' || d.id, '${other}', 1, 'user', 'left', '', '', 1 from reeve.device d where d.id = any('{${stuck}}');
      insert into reeve.lifecycle (device, epoch, state, ownership, since, may_enroll, erase_at)
      select d.id, 1, 'retired', 'company', 1, false, case when d.id = any('{${stuck}}') then 1 else 2 end
      from reeve.device d where d.id <> '${other}'`);
    const erased = async () =>
      (
        await store.query<{ device: string }>(
          "select device from reeve.lifecycle where erased_at is not null",
        )
      ).map(({ device }) => device);
    const told = async () =>
      (await listEvents(store, { limit: 99, types: ["lifecycle.erasure-failed"] })).map(
        ({ device }) => device,
      );
    /** How many were erased, and which could not be. */
    const erase = async () => {
      const failed: string[] = [];
      const count = await eraseRetired(store, (error, device) => {
        expect(String(error)).toMatch(/unique/);
        failed.push(device);
      });
      return [count, failed.sort()];
    };
    const unerased = async () => (await countLifecycles(store, clock.now)).unerased;
    const all = stuck.toSorted();

    expect([await erase(), await erased(), await unerased()]).toEqual([[0, all], [], 5]);
    expect((await told()).sort()).toEqual(all);
    expect([await erase(), await erased()]).toEqual([[1, []], fine]);
    clock.now += 3_600_000 - 1;
    expect(await erase()).toEqual([0, []]);
    clock.now += 1;
    expect(await erase()).toEqual([0, all]);
    expect(await told()).toHaveLength(5);
    await database.asOwner("delete from reeve.channel where kind = 'user'");
    // Whoever may write when it failed does not put it off for ever.
    await store.query("update reeve.lifecycle set erase_failed_at = 9e15 where erase_failed_at is not null");
    expect([await erase(), (await erased()).length, await unerased()]).toEqual([[5, []], 6, 0]);
  });

  it("tries to delete again after an hour what could not be deleted, and not before", async () => {
    const clock = { now: start };
    await using database = await stores.fresh();
    await using store = await database.open({ now: () => clock.now });
    const { device } = await enroll(store, 1);
    await database.asOwner(`update reeve.channel set status = 'left';
      insert into reeve.deletion (device, epoch, act, by_person, reason, at)
      values ('${device}', 1, 'Direct/delete@1', 'boss', 'sold', 1);
      alter table reeve.silent rename to away`);
    const failed: string[] = [];
    const remove = async (afterMs: number) => {
      clock.now += afterMs;
      await deleteDeparted(store, clock.now, (_error, which) => failed.push(which));
      const deleted = await listEvents(store, { limit: 9, types: ["device.deleted"] });
      return [failed.length, deleted.map((one) => one.device)];
    };

    expect(await remove(0)).toEqual([1, []]);
    expect(await remove(hour - 1)).toEqual([1, []]);
    expect(await remove(1)).toEqual([2, []]);
    await database.asOwner("alter table reeve.away rename to silent");
    expect(await remove(hour)).toEqual([2, [device]]);
  });

  it("notes by the database's clock, where no other is given, what cannot be erased", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const [{ device }, { device: other }] = [await enroll(store, 1), await enroll(store, 2)];
    await database.asOwner(`update reeve.channel set status = 'left';
      insert into reeve.channel (id, device, epoch, kind, status, certificate, topic, last_seen_at)
      values ('erased:${device}', '${other}', 1, 'user', 'left', '', '', 1);
      insert into reeve.lifecycle (device, epoch, state, ownership, since, may_enroll, erase_at)
      values ('${device}', 1, 'retired', 'company', 1, false, 1)`);
    const failed: string[] = [];
    const erase = () => eraseRetired(store, (error) => failed.push(String(error)));

    expect(await erase()).toBe(0);
    expect(failed).toEqual([expect.stringMatching(/unique/)]);
    expect(await listEvents(store, { limit: 9, types: ["lifecycle.erasure-failed"] })).toMatchObject([
      { device, at: expect.toSatisfy((at: number) => Math.abs(at - Date.now()) < hour) },
    ]);
    expect([await erase(), failed.length]).toEqual([0, 1]);
  });

  it("erases what is a retired device's own: no words of others, no act that may still leave, nothing in use", async () => {
    const clock = { now: start };
    await using database = await stores.fresh();
    await using store = await database.open({ ...roomy(() => clock.now), now: () => clock.now });
    const [one, two] = [await enroll(store, 1), await enroll(store, 2)];
    const both = (await freezeAct(
      store,
      wipeOf([one, two], {
        name: "Operation/both@1",
        expiresAt: start + 200 * day,
        targets: [one, two].map((each) => ({ ...each, verb: "lock", parameters: { message: "x" } })),
        held: true,
      }),
    ))!;
    const end = (await freezeAct(store, retiring([one])))!;
    await approve(store, { act: end.id, digest: end.digest, by: "boss", ttlMs: day, at: start });
    expect(await tryWipe(store, 1, end.id)).toEqual({ type: "written" });
    await say(store, end.id, one.device);
    await store.query("update reeve.act_target set status = 'cancelled' where act = $1 and device = $2", [
      both.id,
      one.device,
    ]);
    expect(await retired(store)).toEqual([one.device]);
    // A device and its users choose what they are called.
    await store.query("update reeve.channel set user_name = 'admin' where id = 'UDID-1'");
    await appendEvents(store, [
      { type: "suspended", at: start, device: two.device, message: "admin's Mac", words: ["admin's Mac"] },
      {
        type: "concern.began",
        at: start,
        message: "admin waits since May",
        words: ["admin waits since May"],
      },
    ]);
    const told = async () =>
      (await listEvents(store, { limit: 9, types: ["suspended", "concern."] })).map((e) => e.message);
    const vouched = () => store.query("select reeve.is_vouched($1) as vouched", [both.id]);
    clock.now = start + 91 * day;

    expect(await eraseRetired(store, fails)).toBe(0);
    await store.query("update reeve.channel set status = 'left' where id = 'UDID-1'");
    // Somebody had asked for its deletion before it was retired: that comes to nothing, and he is told, once.
    await database.asOwner(
      `insert into reeve.deletion (device, epoch, act, by_person, reason, at)
       values ('${one.device}', ${one.epoch}, '${end.id}', 'boss', 'sold', ${start})`,
    );
    await deleteDeparted(store, clock.now, fails);
    await deleteDeparted(store, clock.now, fails);
    expect(await listEvents(store, { limit: 9, types: ["device.kept"] })).toMatchObject([
      { device: one.device, by: "boss", message: expect.stringContaining("it was retired meanwhile") },
    ]);
    expect(await eraseRetired(store, fails)).toBe(1);
    expect(await told()).toEqual(["(erased) waits since May", "admin's Mac"]);
    expect(await vouched()).toEqual([{ vouched: true }]);
  });
}
