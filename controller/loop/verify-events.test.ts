import pg from "pg";
import { describe, expect, it } from "vitest";
import type { PublishedHead } from "../core/check-chain.ts";
import { sealEvents, sealHead } from "../store/event-seals.ts";
import { appendEvents } from "../store/events.ts";
import type { Store } from "../store/open.ts";
import { prune } from "../store/retention.ts";
import { pglite, postgres, type TestDatabase, type TestStores } from "../store/test-stores.ts";
import { sealAll, type Verification, verifyEvents } from "./verify-events.ts";

const start = 1_750_000_000_000;
const day = 86_400_000;
const server = await postgres();

async function verified(
  store: Store,
  now = start,
  heads: readonly PublishedHead[] = [],
): Promise<Verification> {
  let last: Verification | undefined;
  for await (const step of verifyEvents(store, now, heads)) if ("head" in step) last = step;
  return last as Verification;
}

const told = ({ flaws }: Verification) =>
  flaws.map(({ flaw, event, seal }) => [flaw, event ?? `seal ${seal}`]);

const ordinary = (n: number, at = start) => ({
  type: "item.failed",
  at,
  device: "d",
  subject: `Ü${n}`,
  message: "",
});
const lasting = (n: number, at = start) => ({
  type: "act.held",
  at,
  message: `${n}`,
  by: "ann@acme.example",
});

const both: readonly TestStores[] = server === undefined ? [pglite] : [pglite, server];

describe.each(both)("$name: sealed events", (stores) => {
  it("are verified, nothing is sealed where nothing is, and what is let go after 400 days is no flaw", async () => {
    let now = start;
    await using database = await stores.fresh();
    await using store = await database.open({ now: () => now });
    const none = [await sealAll(store), await sealHead(store), (await verified(store)).seals];
    const mixed = Array.from({ length: 5 }, (_, n) => [
      ordinary(n),
      { ...lasting(n), revision: "abc" },
    ]).flat();
    await appendEvents(store, mixed);
    const sealed = [await sealEvents(store, 3), await sealEvents(store, 3), await sealEvents(store, 100)];
    const before = await verified(store);
    const head = await sealHead(store);
    now = start + 300 * day;
    await appendEvents(store, [ordinary(10, now), lasting(11, now)]);
    await sealAll(store);
    now = start + 401 * day;
    await prune(store);
    const after = await verified(store, now);

    expect(none).toEqual([0, undefined, 0]);
    expect(sealed).toEqual([3, 3, 4]);
    expect(before).toMatchObject({ seals: 3, events: 10, letGo: 0, flaws: [] });
    expect(head).toEqual({ ...before.head, at: start, waiting: 0 });
    expect(after).toMatchObject({ seals: 4, events: 7, letGo: 5, flaws: [] });
    // The head of before is one of its seals still.
    expect(told(await verified(store, now, [{ n: 3, hash: before.head.hash }]))).toEqual([]);
    expect(told(await verified(store, now, [{ n: 2, hash: before.head.hash }]))).toEqual([
      ["head-unknown", "seal 2"],
    ]);
  });
});

async function superuserOf(database: TestDatabase) {
  const client = new pg.Client(database.url("superuser"));
  client.on("error", () => {});
  await client.connect();
  return {
    query: (sql: string, values?: unknown[]) => client.query(sql, values),
    [Symbol.asyncDispose]: () => client.end(),
  };
}

describe.runIf(server !== undefined)("on PostgreSQL, as its superuser", () => {
  it("every way to tamper with the history is found and named", async () => {
    await using database = await server!.fresh();
    await using store = await database.open({ now: () => start });
    for (let n = 1; n <= 4; n += 1) {
      await appendEvents(store, [ordinary(n), lasting(n), ordinary(10 + n)]);
      await sealAll(store);
    }
    const head = (await sealHead(store))!;
    await using client = await superuserOf(database);

    /** Does it behind all triggers, verifies, and puts everything back as it was. */
    async function found(
      sql: string,
      heads: readonly PublishedHead[] = [],
      now: number = start,
    ): Promise<unknown> {
      await client.query(`begin; set local session_replication_role = replica;
        drop table if exists public.e, public.s;
        create table public.e as table reeve.event; create table public.s as table reeve.seal;
        ${sql}; commit`);
      const flaws = told(await verified(store, now, heads));
      await client.query(`begin; set local session_replication_role = replica; delete from reeve.event;
        delete from reeve.seal; insert into reeve.event overriding system value table public.e;
        insert into reeve.seal table public.s; commit`);
      return flaws;
    }

    expect(await found("select 1")).toEqual([]);
    expect(await found("update reeve.event set message = 'nothing' where seq = 5")).toEqual([
      ["event-changed", 5],
    ]);
    expect(await found("update reeve.event set by_person = 'bob' where seq = 2")).toEqual([
      ["event-changed", 2],
    ]);
    expect(await found("update reeve.event set device = null, subject = 'dÜ1' where seq = 1")).toEqual([
      ["event-changed", 1],
    ]);
    expect(await found("delete from reeve.event where seq = 8")).toEqual([["event-missing", 8]]);
    expect(await found("delete from reeve.event where seq = 7")).toEqual([["event-missing", 7]]);
    expect(
      await found(
        "insert into reeve.event (seq, at, type, message) overriding system value values (99, 1, 'x', 'x')",
      ),
    ).toEqual([["event-added", 99]]);
    expect(
      await found(`delete from reeve.event where seq in (4, 5);
        insert into reeve.event overriding system value select 9 - seq, at, type, device, subject, message, by_person, revision
        from public.e where seq in (4, 5)`),
    ).toEqual([
      ["event-changed", 4],
      ["event-changed", 5],
    ]);
    expect(await found("delete from reeve.seal where n = 2")).toEqual([
      ["seal-missing", "seal 3"],
      ["event-added", 4],
      ["event-added", 5],
      ["event-added", 6],
    ]);
    expect(await found("delete from reeve.seal where n = 4")).toEqual([
      ["event-added", 10],
      ["event-added", 11],
      ["event-added", 12],
    ]);
    expect(await found("update reeve.seal set at = at + 1 where n = 2")).toEqual([
      ["seal-changed", "seal 3"],
    ]);
    expect(await found("update reeve.seal set lasting = '{}' where n = 2")).toEqual([
      ["seal-changed", "seal 3"],
    ]);
    expect(
      await found("update reeve.seal set leaves = overlay(leaves placing '\\x00' from 1) where n = 3"),
    ).toEqual([["seal-changed", "seal 3"]]);
    // An event changed together with its leaf and root: the next seal does not follow.
    expect(
      await found(`update reeve.event set message = 'x' where seq = 4;
        update reeve.seal s set leaves = reeve.event_leaf(e) || substr(s.leaves, 33) from reeve.event e where s.n = 2 and e.seq = 4;
        update reeve.seal s set root = reeve.merkle_root(array[substr(leaves, 1, 32), substr(leaves, 33, 32), substr(leaves, 65)]) where n = 2`),
    ).toEqual([["seal-changed", "seal 3"]]);
    // The end of the history cut off, events and all, fits together; only a head that was published says it.
    const cut = "delete from reeve.seal where n = 4; delete from reeve.event where seq > 9";
    expect(await found(cut)).toEqual([]);
    expect(await found(cut, [head])).toEqual([["head-unknown", "seal 4"]]);
    expect(await found(cut, [{ n: undefined, hash: head.hash }])).toEqual([
      ["head-unknown", "seal undefined"],
    ]);
    expect(await found("select 1", [{ n: undefined, hash: head.hash }])).toEqual([]);
    // After 400 days, numbers that were never there do not stand in for one that is kept for ever.
    const late = start + 401 * day;
    expect(
      await found(
        "delete from reeve.event where seq in (5, 6); update reeve.seal set seqs = '{[4,5),[99,101)}' where n = 2",
        [],
        late,
      ),
    ).toEqual([["seal-changed", "seal 2"]]);
    // What a seal is said to cover does not hide what was added.
    const added = (seq: number) =>
      `insert into reeve.event (seq, at, type, message) overriding system value values (${seq}, 1, 'x', 'x')`;
    expect(
      await found(`${added(99)}; update reeve.seal set seqs = seqs + '{[50,)}'::int8multirange where n = 2`),
    ).toEqual([["seal-changed", "seal 2"]]);
    expect(
      await found(`${added(99)}; update reeve.seal set seqs = '{[4,100)}'::int8multirange where n = 2`),
    ).toEqual([["seal-changed", "seal 2"]]);
    expect(await found(added(-5))).toEqual([["event-added", -5]]);
    await client.query(`alter table reeve.seal drop constraint seal_n_check;
      alter table reeve.event drop constraint event_pkey cascade`);
    expect(await found(added(4))).toEqual([["event-added", 4]]);
    expect(
      await found(`${added(99)};
        insert into reeve.seal select 0, previous, root, count, at, oldest_at, '{[99,100)}', '{}', leaves from public.s where n = 1`),
    ).toEqual([["seal-changed", "seal undefined"]]);
  });

  it("an event that takes an old free number is told, also when it was sealed", async () => {
    let now = start;
    await using database = await server!.fresh();
    await using store = await database.open({ now: () => now });
    await using client = await superuserOf(database);
    await client.query("select nextval('reeve.event_seq_seq')");
    await appendEvents(store, [ordinary(1)]);
    await sealAll(store);
    now = start + 2 * 3_600_000;
    await client.query(
      "insert into reeve.event (seq, at, type, message) overriding system value values (1, $1, 'x', 'x')",
      [start],
    );
    expect(told(await verified(store, now))).toEqual([["event-added", 1]]);
  });

  it("a sealer whose connection is cut before its commit has sealed nothing, and another one seals it all once", async () => {
    await using database = await server!.fresh();
    await using store = await database.open({ now: () => start });
    await using client = await superuserOf(database);
    await appendEvents(store, [ordinary(1), lasting(2)]);
    let meanwhile: number | undefined;
    const cut = store.transaction(async (db) => {
      const [sealer] = await db.query<{ pid: number; n: number }>(
        "select pg_backend_pid() as pid, reeve.seal_events(10, null) as n",
      );
      meanwhile = await sealEvents(store, 10);
      await client.query("select pg_terminate_backend($1)", [sealer?.pid]);
      await db.query("select 1");
    });
    await expect(cut).rejects.toMatchObject({ code: "database-unavailable" });
    expect([meanwhile, await sealEvents(store, 10), await sealEvents(store, 10)]).toEqual([0, 2, 0]);
    expect(await verified(store)).toMatchObject({ seals: 1, events: 2, flaws: [] });
  });

  it("twenty writers at once, some of which roll back or commit late: none is skipped, none is sealed twice", async () => {
    await using database = await server!.fresh();
    await using store = await database.open({ poolSize: 24 });
    await using other = await database.open({ poolSize: 4 });
    let writing = true;
    const writers = Array.from({ length: 20 }, async (_, w) => {
      for (let round = 0; round < 6; round += 1)
        await store
          .transaction(async (db) => {
            await appendEvents(db, [ordinary(w), lasting(w)]);
            // A few statements long, so that others get their numbers later and commit earlier.
            for (let n = 0; n < (w + round) % 4; n += 1) await db.query("select 1");
            await appendEvents(db, [ordinary(w)]);
            if ((w + round) % 5 === 0) throw new Error("rolled back");
          })
          .catch((error: Error) => expect(error.message).toBe("rolled back"));
    });
    const sealers = [store, other].map(async (one) => {
      while (writing) await sealEvents(one, 7);
    });
    await Promise.all(writers);
    writing = false;
    await Promise.all(sealers);
    const checked = await verified(other);
    const [count] = await store.query<{ events: number; sealed: number; distinct: number }>(
      `select (select count(*) from reeve.event) as events, count(*) as sealed, count(distinct seq) as distinct
       from (select generate_series(lower(r), upper(r) - 1) as seq from reeve.seal s, unnest(s.seqs) r) x`,
    );
    expect(checked).toMatchObject({ events: 96 * 3, flaws: [] });
    expect(count).toEqual({ events: 96 * 3, sealed: 96 * 3, distinct: 96 * 3 });
  });
});
