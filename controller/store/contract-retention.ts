import { expect, it } from "vitest";
import { freezeAct } from "./acts.ts";
import { approve } from "./approvals.ts";
import { listCommands } from "./commands.ts";
import { roomy, tryWipe, wipeOf } from "./contract-guards.ts";
import { sealEvents } from "./event-seals.ts";
import { appendEvents, listEvents } from "./events.ts";
import { prune } from "./retention.ts";
import { listActs } from "./test-acts.ts";
import { changeOf, channelOf, enroll, sent, start } from "./test-fleet.ts";
import type { TestStores } from "./test-stores.ts";

const day = 86_400_000;

export function retentionContract(stores: TestStores): void {
  it("prunes by retention class", async () => {
    let now = start;
    await using database = await stores.fresh();
    await using store = await database.open({ now: () => now });
    await enroll(store, 1);
    const row = await channelOf(store, "UDID-1");
    await store.channels.write(
      changeOf(row, {
        ledger: [sent("c", { type: "query", section: "device" })],
        details: [{ section: "device", detail: {}, at: start }],
        events: [
          { type: "item.verified", at: start, message: "" },
          { type: "act.executed", at: start, message: "" },
          { type: "halted", at: start, message: "" },
        ],
      }),
    );
    const next = await channelOf(store, "UDID-1");
    const closed = { type: "closed", id: "c", status: "executed", at: start } as const;
    await store.channels.write(changeOf(next, { ledger: [closed] }));

    await sealEvents(store, 10);
    now = start + 31 * day;
    await prune(store);
    const afterMonth = [
      await listCommands(store, { limit: 5 }),
      await store.query("select from reeve.detail"),
    ];
    now = start + 401 * day;
    await prune(store);

    expect(afterMonth.map((rows) => rows.length)).toEqual([1, 0]);
    expect(await listCommands(store, { limit: 5 })).toEqual([]);
    expect((await listEvents(store, { limit: 5 })).map((event) => event.type)).toEqual([
      "halted",
      "act.executed",
    ]);
    expect((await channelOf(store, "UDID-1")).facts?.body.platform?.value).toBe("ios");
  });

  it("prunes the oldest first, in slices, and goes on where another left off", async () => {
    let now = start;
    await using database = await stores.fresh();
    await using store = await database.open({ now: () => now });
    const events = Array.from({ length: 7 }, (_, n) => ({
      type: "item.failed",
      at: start + n,
      message: `${n}`,
    }));
    await appendEvents(store, [...events, { type: "act.approved", at: start, message: "for ever" }]);
    await sealEvents(store, 10);
    now = start + 401 * day;
    const left = async () => (await listEvents(store, { limit: 20 })).map((one) => one.message);
    let asked = 0;
    // Leadership is lost after two slices of events, before which come two empty classes.
    const goesOn = () => {
      asked += 1;
      return asked <= 4;
    };

    const first = await prune(store, { slice: 2, goesOn });
    const between = await left();
    const before = store.statements();
    const rest = await prune(store, { slice: 2 });

    expect(first).toBe(4);
    expect(between).toEqual(["for ever", "6", "5", "4"]);
    expect(rest).toBe(3);
    expect(await left()).toEqual(["for ever"]);
    // Eight classes, one of which needs a second slice; each a statement, and so a transaction, of its own.
    expect(store.statements() - before).toBe(9 + 1);
  });

  it("keeps what destroyed something for ever: command, act, approval and release", async () => {
    let now = start;
    await using database = await stores.fresh();
    await using store = await database.open(roomy(() => now));
    const begun = await enroll(store, 1);
    const frozen = await freezeAct(store, wipeOf([begun]));
    if (frozen === undefined) throw new Error("not frozen");
    await approve(store, { act: frozen.id, digest: frozen.digest, by: "boss", ttlMs: 60_000, at: start });
    expect(await tryWipe(store, 1, frozen.id)).toEqual({ type: "written" });
    const row = await channelOf(store, "UDID-1");
    const closed = { type: "closed", id: "wipe-1", status: "executed", at: start } as const;
    await store.channels.write(changeOf(row, { ledger: [closed] }));

    now = start + 4_000 * day;
    await prune(store, { slice: 1 });

    expect(await listCommands(store, { limit: 5 })).toMatchObject([{ id: "wipe-1", status: "executed" }]);
    expect(await listActs(store, 5)).toHaveLength(1);
    expect(await store.query("select from reeve.approval")).toHaveLength(1);
    expect(await store.query("select from reeve.release")).toHaveLength(1);
  });

  it("lets go of an event after 400 days and no sooner, once it is sealed, and never of one that lasts", async () => {
    const clock = { now: start };
    await using database = await stores.fresh();
    await using store = await database.open({ now: () => clock.now });
    const ordinary = { type: "item.failed", message: "ordinary" };
    await appendEvents(store, [
      { ...ordinary, at: start },
      { ...ordinary, at: start + 1 },
      { type: "act.approved", at: start, message: "for ever" },
    ]);
    await sealEvents(store, 10);
    await appendEvents(store, [{ ...ordinary, at: start, message: "not sealed" }]);
    const ask = async (limit: number) =>
      (await store.query("select reeve.prune_events($1, $2) as gone", [limit, clock.now]))[0];
    const left = async () => (await listEvents(store, { limit: 20 })).map(({ message }) => message).reverse();

    clock.now = start + 400 * day;
    expect(await ask(10)).toEqual({ gone: 0 });
    clock.now += 1;
    expect(await ask(10)).toEqual({ gone: 1 });
    expect(await left()).toEqual(["ordinary", "for ever", "not sealed"]);
    clock.now += 100 * day;
    expect(await ask(10)).toEqual({ gone: 1 });
    expect(await left()).toEqual(["for ever", "not sealed"]);
    await sealEvents(store, 10);
    expect(await ask(10)).toEqual({ gone: 1 });
    expect(await left()).toEqual(["for ever"]);

    await database.asOwner(
      `insert into reeve.event (at, type, message) select 1, 'item.failed', '' from generate_series(1, 1002);
       delete from reeve.unsealed`,
    );
    expect([await ask(1), await ask(5_000), await ask(5_000)]).toEqual([
      { gone: 1 },
      { gone: 1_000 },
      { gone: 1 },
    ]);
  });

  it("lets go of rows of each class after its time and no sooner, as many as it is asked to and 1000 at most", async () => {
    const clock = { now: start };
    await using database = await stores.fresh();
    await using store = await database.open({ now: () => clock.now });
    const { device } = await enroll(store, 1);
    // One and two milliseconds after the start; what goes never is older.
    await database.asOwner(`
      insert into reeve.detail select 'UDID-1', 'section ' || n, 'x', '{}', ${start} + n from generate_series(1, 2) n;
      insert into reeve.command (id, channel, device, epoch, intent, request_type, subject, class, attempt, status, sent_at)
      select id, 'UDID-1', '${device}', 1, '{"type": "query"}', request, 'x', 'query', 1, status, ${start} + n
      from (values (1, 'first', 'x', 'executed'), (2, 'second', 'x', 'failed'), (0, 'open', 'x', 'sent'),
        (0, 'wipe', 'EraseDevice', 'executed')) c(n, id, request, status);
      insert into reeve.quarantine (at, source, reason, size, raw)
      select ${start} + n, 'x', 'x', 1, 'x' from generate_series(1, 2) n;
      insert into reeve.challenge (hash, purpose, uses_left, expires_at, created_by, created_at)
      select n, 'x', 1, ${start} + n, 'x', 1 from generate_series(1, 2) n;
      insert into reeve.link (hash, label, uses_left, expires_at, created_by, created_at)
      select n, 'x', 1, ${start} + n, 'x', 1 from generate_series(1, 2) n;
      insert into reeve.budget_use (budget, device, subject, at)
      select 'x', '${device}', 'x', ${start} + n from generate_series(1, 2) n`);
    const ask = async (name: string, limit: number) =>
      (
        await store.query<{ gone: number }>("select reeve.prune_slice($1, $2, $3) as gone", [
          name,
          limit,
          clock.now,
        ])
      )[0]?.gone;

    for (const [name, days] of Object.entries({
      detail: 30,
      command: 400,
      quarantine: 30,
      challenge: 7,
      link: 30,
      budget: 7,
    })) {
      const gone = [];
      for (const ms of [1, 2, 3]) {
        clock.now = start + days * day + ms;
        gone.push(await ask(name, 10));
      }
      expect([name, ...gone]).toEqual([name, 0, 1, 1]);
    }
    expect(await store.query("select id from reeve.command order by id")).toEqual([
      { id: "open" },
      { id: "wipe" },
    ]);
    await database.asOwner(
      "insert into reeve.budget_use (budget, device, subject, at) select 'x', 'd', 'x', 1 from generate_series(1, 1002)",
    );
    expect([await ask("budget", 1), await ask("budget", 5_000), await ask("budget", 5_000)]).toEqual([
      1, 1_000, 1,
    ]);
  });

  it("lets go of a shared state after 30 days that nothing points to, and past those that are in use", async () => {
    const clock = { now: start };
    await using database = await stores.fresh();
    await using store = await database.open({ now: () => clock.now });
    await enroll(store, 1);
    await database.asOwner(`
      insert into reeve.interned select id, '{}', ${start} + n
      from (values (0, 'granted'), (0, 'observed'), (0, 'declared'), (1, 'first'), (1, 'second'), (3, 'young')) i(n, id);
      update reeve.interned set created_at = ${start} where id in (select facts_id from reeve.device);
      update reeve.channel set granted_id = 'granted', observed_id = 'observed',
        state = jsonb_set(state, '{declared}', '{"set": "declared"}')`);
    const ask = "select reeve.prune_slice('interned', $1, $2) as gone";
    const gone = async (limit: number) =>
      (await store.query<{ gone: number }>(ask, [limit, clock.now]))[0]?.gone;

    clock.now = start + 30 * day + 1;
    const [nothing, locks] = await store.transaction(async (db) => [
      await db.query(ask, [10, clock.now]),
      await db.query(
        "select from pg_locks where relation = 'reeve.interned'::regclass and mode = 'ShareRowExclusiveLock'",
      ),
    ]);
    // Where nothing goes, nobody who writes waits.
    expect([nothing, locks]).toEqual([[{ gone: 0 }], []]);
    clock.now += 1;
    expect([await gone(1), await gone(10), await gone(10)]).toEqual([1, 1, 0]);
    const left = await store.query<{ id: string }>("select id from reeve.interned where length(id) < 20");
    expect(left.map(({ id }) => id).sort()).toEqual(["declared", "granted", "observed", "young"]);
    expect((await channelOf(store, "UDID-1")).facts?.body.platform?.value).toBe("ios");
  });
}
