import { randomBytes } from "node:crypto";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { listGroups } from "./admission.ts";
import { findCertificate } from "./certificates.ts";
import { acquireLease } from "./leader.ts";
import { migrateServer, openStore } from "./open.ts";
import { claimPushes } from "./push.ts";
import { regrant } from "./regrant.ts";
import { setupRoles } from "./roles.ts";
import { changeOf, channelOf, enroll, grantedOf, sent, start } from "./test-fleet.ts";
import { postgres, testKey } from "./test-stores.ts";

const server = await postgres();

async function rows(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

/** An empty database beside the given one. */
async function emptyBeside(url: (role: "owner" | "app" | "superuser") => string) {
  const name = `reeve_empty_${randomBytes(4).toString("hex")}`;
  const admin = url("superuser");
  await rows(admin, `create database ${name}`);
  const at = (role: "owner" | "app" | "superuser") => {
    const address = new URL(url(role));
    address.pathname = `/${name}`;
    return address.href;
  };
  const drop = async () => void (await rows(admin, `drop database ${name} with (force)`));
  return { name, url: at, [Symbol.asyncDispose]: drop };
}

describe.runIf(server !== undefined)("a server", () => {
  it("is set up by the printed statements, as often as they are run, and migrated by many at once", async () => {
    await using database = await server!.fresh();
    await using empty = await emptyBeside(database.url);
    const statements = setupRoles({ database: empty.name });

    await rows(empty.url("superuser"), statements);
    await rows(empty.url("superuser"), statements);
    await Promise.all([1, 2, 3, 4].map(() => migrateServer(empty.url("owner"))));
    await using store = await openStore({ databaseUrl: empty.url("app") }, { key: testKey });

    expect(store.gate).toBe("enforced");
    const applied = await rows(empty.url("owner"), "select n from reeve.migration order by n");
    expect(applied.map((row) => row.n)).toEqual(applied.map((_, index) => index + 1));
  });

  it("tells the application's role who must migrate, and lets a lone owner migrate by itself", async () => {
    await using database = await server!.fresh();
    await using empty = await emptyBeside(database.url);
    await rows(empty.url("superuser"), setupRoles({ database: empty.name }));

    const asApp = openStore({ databaseUrl: empty.url("app") }, { key: testKey });
    await expect(asApp).rejects.toMatchObject({ code: "schema-too-old" });
    await expect(migrateServer(empty.url("app"))).rejects.toMatchObject({
      name: "UserError",
      code: "not-owner",
      hint: expect.stringContaining("REEVE_STORE__OWNER_URL"),
    });
    await using store = await openStore({ databaseUrl: empty.url("owner") }, { key: testKey });

    expect(store.gate).toBe("advisory");
    await rows(empty.url("owner"), "update reeve.migration set digest = 'x' where n = 15");
    const changed = openStore({ databaseUrl: empty.url("app") }, { key: testKey });
    await expect(changed).rejects.toMatchObject({
      code: "schema-unknown",
      message: expect.stringContaining("0015-release.sql as this database has it"),
    });
    await rows(empty.url("owner"), "update reeve.migration set name = '0001-other.sql' where n = 1");
    const again = openStore({ databaseUrl: empty.url("app") }, { key: testKey });
    await expect(again).rejects.toMatchObject({ code: "schema-unknown" });
  });

  it("asks to come back later while it cannot be reached", async () => {
    const nowhere = openStore({ databaseUrl: "postgresql://a:b@127.0.0.1:1/c" }, { key: testKey });

    await expect(nowhere).rejects.toMatchObject({ name: "Retry", code: "database-unavailable" });
  });

  it("survives the loss of its connections", async () => {
    await using database = await server!.fresh();
    await using store = await database.open();
    await enroll(store, 1);
    await channelOf(store, "UDID-1");

    const kill =
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    await rows(database.url("superuser"), kill);
    const after = await store.channels.read("UDID-1").catch((error: { code?: string }) => error.code);
    const again = await store.channels.read("UDID-1");

    // The pool may have noticed already; if not, the error says that it is worth another try.
    expect(typeof after === "string" ? after : after?.id).toMatch(/database-unavailable|UDID-1/);
    expect(again?.id).toBe("UDID-1");
  });

  it("lets one of two replicas win each version of a channel, and neither lose what it wrote", async () => {
    await using database = await server!.fresh();
    await using one = await database.open();
    await using two = await database.open();
    for (let n = 0; n < 10; n += 1) await enroll(one, n);
    const [a, b] = await Promise.all([channelOf(one, "UDID-0"), channelOf(two, "UDID-0")]);
    const both = await Promise.all([one.channels.write(changeOf(a)), two.channels.write(changeOf(b))]);

    const work = async (store: typeof one, name: string) => {
      for (let round = 0; round < 10; round += 1) {
        await Promise.all(
          Array.from({ length: 10 }, async (_, n) => {
            for (let done = false; !done; ) {
              const row = await channelOf(store, `UDID-${n}`);
              const command = sent(`${name}-${n}-${round}`, { type: "query", section: "device" });
              const result = await store.channels.write(changeOf(row, { ledger: [command] }));
              done = result.type === "written";
            }
          }),
        );
      }
    };
    await Promise.all([work(one, "one"), work(two, "two")]);

    const [row] = await one.query<{ n: number }>("select count(*) as n from reeve.command");
    const versions = await one.query<{ version: number }>(
      "select distinct version from reeve.channel where id <> 'UDID-0'",
    );
    expect(both.map((result) => result.type).sort()).toEqual(["lost", "written"]);
    expect(row?.n).toBe(200);
    expect(versions).toEqual([{ version: 22 }]);
  });

  it("gives each due channel to one replica", async () => {
    await using database = await server!.fresh();
    await using one = await database.open();
    await using two = await database.open();
    for (let n = 0; n < 30; n += 1) await enroll(one, n);
    const claim = { at: start, limit: 5, retryMs: 1000, maxRetryMs: 1000 };

    const claims = await Promise.all(
      Array.from({ length: 8 }, (_, n) => claimPushes(n % 2 ? one : two, claim)),
    );
    const rest = await claimPushes(one, { ...claim, limit: 30 });
    const channels = [...claims.flat(), ...rest].map((push) => push.channel);

    expect(new Set(channels).size).toBe(channels.length);
    expect(channels).toHaveLength(30);
  });

  it("lets a leader that was replaced grant nothing any more", async () => {
    await using database = await server!.fresh();
    await using store = await database.open();
    await enroll(store, 1);
    const [group] = await listGroups(store);
    const old = await acquireLease(store, { name: "leader", holder: "a", ttlMs: 1 });
    await store.query("select pg_sleep(0.01)");
    const now = await acquireLease(store, { name: "leader", holder: "b", ttlMs: 60_000 });
    const request = [{ group: group!, granted: grantedOf("a") }];
    const at = { dueAt: start, at: start };

    expect(await regrant(store, request, { ...at, lease: old! })).toEqual([0]);
    expect(await regrant(store, request, { ...at, lease: now! })).toEqual([1]);
  });

  it("finds devices, identities and what is due by an index, however many there are", async () => {
    await using database = await server!.fresh();
    await using store = await database.open();
    for (let n = 0; n < 3; n++) await enroll(store, n);
    const row = await channelOf(store, "UDID-1");
    await store.channels.write(
      changeOf(row, { ledger: [sent("c-1", { type: "query", section: "device" })] }),
    );
    await findCertificate(store, "cert-1");
    await claimPushes(store, { at: start, limit: 4, retryMs: 1_000, maxRetryMs: 3_000 });
    const known = await store.query<{ name: string; statement: string }>(
      "select name, statement from pg_prepared_statements where name ~ '^(certificates|channels|push|epochs|tokens)-'",
    );
    const client = new pg.Client(database.url("superuser"));
    await client.connect();
    // Small tables are read whole; without that, only what has no index is, such as the handful of latches.
    await client.query("set enable_seqscan = off");
    const whole: string[] = [];
    for (const { name, statement } of known) {
      const plan = (await client.query(`explain (generic_plan) ${statement}`)).rows as Record<
        string,
        string
      >[];
      const lines = plan.map((row) => row["QUERY PLAN"] ?? "");
      whole.push(
        ...lines
          .filter((line) => line.includes("Seq Scan on") && !line.includes("on latch"))
          .map((line) => `${name}: ${line.trim()}`),
      );
    }
    await client.end();
    expect(known.map((one) => one.name)).toEqual(
      expect.arrayContaining(["certificates-find", "channels-read", "channels-write", "push-claim"]),
    );
    expect(whole).toEqual([]);
  });

  it("lets go of no shared state that somebody begins to use meanwhile", async () => {
    await using database = await server!.fresh();
    await using store = await database.open();
    await enroll(store, 1);
    for (const use of [
      "update reeve.device set facts_id = 'old'",
      "update reeve.channel set granted_id = 'old'",
      "update reeve.channel set observed_id = 'old'",
      `update reeve.channel set state = jsonb_set(state, '{declared}', '{"set": "old"}')`,
    ]) {
      await store.query("insert into reeve.interned values ('old', '{}', 1) on conflict do nothing");
      const pruning = await store.transaction(async (db) => {
        // As every writer does that means to use it.
        await db.query("insert into reeve.interned values ('old', '{}', 1) on conflict do nothing");
        const gone = store.query("select reeve.prune_slice('interned', 10, null) as gone");
        const waits = "select from pg_locks where relation = 'reeve.interned'::regclass and not granted";
        while ((await db.query(waits)).length === 0);
        await db.query(use);
        return { gone };
      });
      expect([use, await pruning.gone]).toEqual([use, [{ gone: 0 }]]);
      await store.query("update reeve.device set facts_id = null");
      await store.query(
        "update reeve.channel set granted_id = null, observed_id = null, state = state - 'declared'",
      );
    }
    expect(await store.query("select reeve.prune_slice('interned', 10, null) as gone")).toEqual([
      { gone: 1 },
    ]);
  });

  it("fails a wrong key before anything else is done", async () => {
    await using database = await server!.fresh();
    await (await database.open()).close();

    await expect(database.open({ key: Buffer.alloc(32, 9) })).rejects.toMatchObject({ code: "wrong-key" });
  });
});
