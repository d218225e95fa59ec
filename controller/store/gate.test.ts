import { createHash } from "node:crypto";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { freezeAct } from "./acts.ts";
import { approve } from "./approvals.ts";
import { tryWipe, wipeOf } from "./contract-guards.ts";
import { engage, engagedLatches, lift, suspendDevices } from "./control.ts";
import type { Db } from "./db.ts";
import { beginEpoch } from "./enrollment.ts";
import { openStore, type Store } from "./open.ts";
import { authentication, changeOf, channelOf, enroll, sent, start } from "./test-fleet.ts";
import { postgres, type TestDatabase, testKey } from "./test-stores.ts";
import { readWindowClock } from "./window-clock.ts";

const server = await postgres();
const hour = 3_600_000;

/** Two phones, and an act that wipes the first: held, not approved. */
async function scene(database: TestDatabase) {
  const store = await database.open();
  const one = await enroll(store, 1);
  const two = await enroll(store, 2);
  const expiresAt = Date.now() + 24 * hour;
  const { id: act, digest } = (await freezeAct(store, wipeOf([one], { expiresAt })))!;
  return { store, one, two, act, digest };
}

/** What somebody who stole the application's database password can do. */
async function attackerOf(database: TestDatabase) {
  const client = new pg.Client(database.url("app"));
  client.on("error", () => {});
  await client.connect();
  const tried: string[] = [];
  return {
    /** The SQLSTATEs of what failed, or `ok`. */
    tried,
    attempt: async (sql: string, values: unknown[] = []) => {
      const result = await client.query(sql, values).catch((error: { code?: string }) => {
        tried.push(error.code ?? "error");
        return undefined;
      });
      if (result !== undefined) tried.push("ok");
      return result?.rows as Record<string, unknown>[] | undefined;
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}

/** A connection of the owner's, beside others of his. */
async function ownerOf(database: TestDatabase) {
  const client = new pg.Client(database.url("owner"));
  await client.connect();
  const query = async (sql: string, values: unknown[] = []) =>
    (await client.query<Record<string, unknown>>(sql, values)).rows;
  const pid = (await query("select pg_backend_pid() as pid"))[0]?.pid;
  const waits = "select pg_backend_pid() = any(pg_blocking_pids($1)) as waits";
  return {
    pid,
    query,
    /** Returns once the other one waits for what this one holds. */
    isWaitedForBy: async (other: { readonly pid: unknown }) => {
      while ((await query(waits, [other.pid]))[0]?.waits !== true);
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}

/** Asked of the superuser, whom no policy restricts. */
async function destructiveCommands(database: TestDatabase): Promise<number> {
  const client = new pg.Client(database.url("superuser"));
  await client.connect();
  const { rows } = await client.query<{ n: string }>(
    "select count(*)::int as n from reeve.command where destructive or request_type = 'EraseDevice'",
  );
  await client.end();
  return Number(rows[0]?.n);
}

function releaseCall(act: string, device: string, epoch: number, n = 1, verb = "wipe") {
  const command = { id: `evil-${n}`, intent: { type: "act", act, verb }, class: "once", attempt: 1, at: 0 };
  return {
    sql: "select reeve.release_act($1, $2, $3, $4, $5, $6) as answer",
    values: [
      act,
      `UDID-${n}`,
      device,
      epoch,
      JSON.stringify({ ...command, requestType: "EraseDevice" }),
      Date.now(),
    ],
  };
}

const approval = `(act, digest, by_person, at, expires_at)
  select 'ACT', 'DIGEST', 'boss', n, n + 3600000 from (select floor(extract(epoch from now()) * 1000)::bigint as n) t`;
const command =
  "(id, channel, device, epoch, intent, request_type, subject, class, attempt, status, sent_at) values ('evil', 'UDID-1', 'DEVICE', 1";
const wipeIntent = `'{"type": "act", "act": "ACT", "verb": "wipe"}'`;

/** Marks what the role may do, or could be allowed to: it prepares the next statement, or is harmless. */
const may = "/* may */ ";

/** Statements that would each, if they worked, open a way around the gate. Those without `may` must fail. */
const attacks: Record<string, string[]> = {
  "forging an approval": [
    `insert into reeve.approval ${approval}`,
    "select reeve.approve('ACT', 'DIGEST', 'boss', null, 1000000, null)",
    "update reeve.approval set digest = 'DIGEST'",
  ],
  "becoming another role": [
    "set role reeve_approver",
    "set role reeve_owner",
    "set session authorization reeve_owner",
    "set role postgres",
    "grant reeve_owner to reeve_app",
    "alter role reeve_app superuser",
    "create role evil in role reeve_owner",
    // Succeeds with a warning that no privileges were granted.
    `${may}grant insert on reeve.approval to reeve_app`,
    "reassign owned by reeve_owner to reeve_app",
  ],
  "inserting the command directly": [
    `insert into reeve.command ${command}, ${wipeIntent}, 'EraseDevice', 'x', 'once', 1, 'sent', 1)`,
    `insert into reeve.command ${command}, ${wipeIntent}, 'DeviceInformation', 'x', 'once', 1, 'sent', 1)`,
    `insert into reeve.command ${command}, '{"type": "query"}', 'EraseDevice', 'x', 'query', 1, 'sent', 1)`,
    `insert into reeve.command ${command}, '{"type": "ACT", "verb": "wipe"}', 'x', 'x', 'once', 1, 'sent', 1)`,
    `insert into reeve.command ${command}, '{"type": "act", "verb": ["lock"]}', 'x', 'x', 'once', 1, 'sent', 1)`,
    `insert into reeve.command ${command}, 'null', 'x', 'x', 'once', 1, 'sent', 1)`,
    `insert into reeve.command ${command}, ${wipeIntent}, 'x', 'x', 'once', 1, 'sent', 1) on conflict (id) do update set status = 'sent'`,
    `insert into reeve.command ${command}, '{"type": "act", "act": "ACT", "verb": "lock"}', 'DeviceLock', 'x', 'once', 1, 'sent', 1)`,
    `insert into reeve.command ${command}, '{"type": "act", "act": "ACT", "verb": "audit"}', 'x', 'x', 'query', 1, 'sent', 1)`,
    `insert into reeve.command ${command}, '{}', 'DeviceLock', 'x', 'once', 1, 'sent', 1)`,
    `insert into reeve.command (destructive, id) overriding user value values (false, 'evil')`,
    "copy reeve.command from program 'true'",
    `${may}set row_security = off`,
    `insert into reeve.command ${command}, ${wipeIntent}, 'EraseDevice', 'x', 'once', 1, 'sent', 1)`,
  ],
  "turning a harmless command into a destructive one": [
    `${may}insert into reeve.command ${command}, '{"type": "query", "section": "device"}', 'DeviceInformation', 'x', 'query', 1, 'sent', 1)`,
    `update reeve.command set intent = ${wipeIntent}`,
    "update reeve.command set request_type = 'EraseDevice'",
    "update reeve.command set device = 'DEVICE', channel = 'UDID-1', epoch = 1",
    "delete from reeve.command",
  ],
  "changing the act or its targets": [
    "update reeve.act set author = 'me', content = '{}', expires_at = 9e15, approvals = 1",
    "update reeve.act_target set device = 'OTHER'",
    "update reeve.act_target set parameters = '{}'",
    "update reeve.act_target set epoch = 1, verb = 'wipe'",
    `${may}update reeve.act_target set status = 'ready'`,
    "delete from reeve.act_target",
    "truncate reeve.act_target cascade",
  ],
  "letting go of history": [
    "select reeve.prune_slice('event', 10000, 9000000000000000)",
    "update reeve.event set at = 0",
    "update reeve.event_word set word = 'nobody'",
    "delete from reeve.event_word",
    "delete from reeve.unsealed",
    "insert into reeve.unsealed values (1)",
    "insert into reeve.seal select * from reeve.seal",
    "insert into reeve.lifecycle (device, epoch, state, ownership, since, may_enroll) values ('DEVICE', 1, 'retired', 'company', 1, false)",
    "update reeve.lifecycle set erase_at = 1",
  ],
  "raising the ceiling and moving the clock": [
    "update reeve.ceiling set devices = 1000000",
    "insert into reeve.ceiling values ('enforced', 100, 100, 1)",
    "delete from reeve.ceiling where name = 'disruptive'",
    "update reeve.setting set value = 'caller'",
    "update reeve.window_clock set latest = 4102444800000",
    "insert into reeve.window_clock values (true, 4102444800000)",
    "delete from reeve.window_clock",
    `${may}select reeve.window_tick(4102444800000, 'always')`,
    "delete from reeve.release",
    "insert into reeve.release (approval, act, device, epoch, command, digest, at) values (1, 'ACT', 'DEVICE', 1, 'x', 'x', 1)",
  ],
  "rewriting the database's code": [
    "create or replace function reeve.is_destructive_verb(verb text) returns boolean language sql return false",
    "create or replace function reeve.act_digest(p_act text) returns text language sql as $$ select 'DIGEST' $$",
    "alter function reeve.act_digest(text) owner to reeve_app",
    "drop function reeve.release_act(text, text, text, integer, jsonb, bigint)",
    "create function reeve.evil() returns int language sql as 'select 1'",
    "alter table reeve.command disable row level security",
    "drop policy command_insert on reeve.command",
    "create policy evil on reeve.command for insert with check (true)",
    "create rule evil as on insert to reeve.event do also delete from reeve.approval",
    "create trigger evil before insert on reeve.release for each row execute function suppress_redundant_updates_trigger()",
    "alter table reeve.command alter column intent drop expression",
    "create extension plpython3u",
    "set session_replication_role = replica",
  ],
  "shadowing names in a schema of one's own": [
    `${may}create temp table approval (id bigint, act text, digest text, by_person text, at bigint, expires_at bigint)`,
    `${may}insert into pg_temp.approval values (1, 'ACT', 'DIGEST', 'boss', 1, 9000000000000000)`,
    `${may}create temp table ceiling (name text)`,
    `${may}create function public.sha256(bytea) returns bytea language sql immutable as $$ select ''::bytea $$`,
    `${may}create function public.lower(text) returns text language sql immutable as $$ select gen_random_uuid()::text $$`,
    `${may}create function pg_temp.act_digest(text) returns text language sql as $$ select 'DIGEST' $$`,
    `${may}create function public.evil(bigint, bigint) returns boolean language sql as 'select true'`,
    `${may}create operator public.> (leftarg = bigint, rightarg = bigint, function = public.evil)`,
    `${may}set search_path = pg_temp, public, reeve, pg_catalog`,
  ],
  "pointing a channel or an epoch elsewhere": [
    "update reeve.channel set epoch = 77 where id = 'UDID-1'",
    "update reeve.channel set device = 'DEVICE', epoch = 1 where id = 'UDID-2'",
    "update reeve.channel set id = 'UDID-X' where id = 'UDID-1'",
    "update reeve.channel set kind = 'device'",
    "update reeve.device set epoch = epoch - 1",
    "update reeve.device set serial = 'SERIAL1', udid = 'UDID-1'",
    "delete from reeve.channel",
    "insert into reeve.device (id, epoch, enrolled_at) values ('d-evil', 1, 1)",
    "insert into reeve.channel (id, device, epoch, kind, status, certificate, topic, last_seen_at) values ('x', 'DEVICE', 1, 'device', 'enrolled', '', '', 1)",
  ],
};

describe.runIf(server !== undefined)("the gate, with the application's role in an attacker's hands", () => {
  it.each(Object.entries(attacks))("holds against %s", async (_name, statements) => {
    await using database = await server!.fresh();
    const { store, one, two, act, digest } = await scene(database);
    await using _store = store;
    await generous(database);
    await using attacker = await attackerOf(database);
    const fill = (sql: string) =>
      sql
        .replaceAll("ACT", act)
        .replaceAll("DIGEST", digest)
        .replaceAll("DEVICE", one.device)
        .replaceAll("OTHER", two.device);

    for (const sql of statements) {
      await attacker.attempt(fill(sql));
      const result = attacker.tried.at(-1);
      if (!sql.startsWith(may)) expect(`${sql}: ${result}`).not.toBe(`${sql}: ok`);
    }
    const call = releaseCall(act, one.device, one.epoch);
    const answer = await attacker.attempt(call.sql, call.values);

    const touched = _name === "changing the act or its targets";
    expect(answer?.[0]?.answer).toBe(touched ? "unvouched" : "not-approved");
    expect(await tryWipe(store, 1, act)).toEqual({
      type: "refused",
      reason: touched ? "unvouched" : "not-approved",
    });
    expect(await destructiveCommands(database)).toBe(0);
  });

  it("says that each forbidden statement lacks the right, so that the list above tests what it says", async () => {
    await using database = await server!.fresh();
    const { store } = await scene(database);
    await using _store = store;
    await using attacker = await attackerOf(database);

    for (const table of [
      "approval",
      "release",
      "ceiling",
      "setting",
      "gate_clock",
      "window_clock",
      "gate_refusal",
      "latch_lift",
    ]) {
      await attacker.attempt(`delete from reeve.${table}`);
      await attacker.attempt(`truncate reeve.${table} cascade`);
    }
    for (const table of ["event", "command", "act", "act_target", "channel", "device"]) {
      await attacker.attempt(`delete from reeve.${table}`);
    }
    await attacker.attempt("update reeve.event set message = 'nothing happened'");
    await attacker.attempt("select value from reeve.setting");

    expect(new Set(attacker.tried)).toEqual(new Set(["42501"]));
  });

  it("cannot disengage a latch, and the approver can", async () => {
    await using database = await server!.fresh();
    const { store, one, act, digest } = await scene(database);
    await using _store = store;
    await approve(store, { act, digest, by: "boss", ttlMs: hour, at: Date.now() });
    await engage(store, { name: "kill-switch", reason: "r", by: "ops", at: 1 });
    await using attacker = await attackerOf(database);

    await attacker.attempt("update reeve.latch set engaged = false");
    await attacker.attempt("update reeve.latch set name = 'other'");
    await attacker.attempt("delete from reeve.latch");
    await attacker.attempt(
      "insert into reeve.latch values ('kill-switch', false, '', '', 1) on conflict (name) do update set engaged = false",
    );
    expect(attacker.tried).toEqual(Array(4).fill("42501"));
    const call = releaseCall(act, one.device, one.epoch);
    const answer = await attacker.attempt(call.sql, call.values);

    expect(answer?.[0]?.answer).toBe("stopped: kill-switch");
    expect(await tryWipe(store, 1, act)).toMatchObject({ type: "refused" });
    await expect(store.approver.query("update reeve.latch set engaged = false")).rejects.toMatchObject({
      code: "42501",
    });
    const lifted = await lift(store, { name: "kill-switch", reason: "over", by: "boss", at: 1 });
    expect(lifted).toBe("lifted");
    expect(await tryWipe(store, 1, act)).toEqual({ type: "written" });
  });

  it("can neither set the time of windows and exemptions, nor keep a pass waiting over it", async () => {
    await using database = await server!.fresh();
    await using store = await database.open();
    await using attacker = await attackerOf(database);
    const distance = async () => {
      const { databaseNow, latest } = await readWindowClock(store, 4_102_444_800_000, "always");
      expect(Math.abs(databaseNow - Date.now())).toBeLessThan(hour);
      return databaseNow - latest;
    };
    expect(await distance()).toBe(0);

    await attacker.attempt(
      `insert into reeve.control (name, value, by_person, at) values ('window-clock', '{"latest":"x"}', 'x', 0)`,
    );
    for (const attempt of [
      "update reeve.window_clock set latest = 4102444800000",
      "update reeve.window_clock set leapt = 1",
      "delete from reeve.window_clock",
      "truncate reeve.window_clock",
      "select from reeve.window_clock for update",
      "do $$ begin lock table reeve.window_clock in exclusive mode; end $$",
    ])
      await attacker.attempt(attempt);
    await attacker.attempt("begin");
    const [row] = (await attacker.attempt(
      "select (t).latest - (t).clock as ahead from reeve.window_tick(4102444800000, 'always') t",
    ))!;

    expect(attacker.tried).toEqual(["ok", ...Array(6).fill("42501"), "ok", "ok"]);
    expect(Number(row?.ahead)).toBe(0);
    expect(await distance()).toBe(0);
    await attacker.attempt("rollback");
    expect(await distance()).toBe(0);
  });

  it("lets an approval be used for nothing but what was approved", async () => {
    await using database = await server!.fresh();
    const { store, one, two, act, digest } = await scene(database);
    await using _store = store;
    await approve(store, { act, digest, by: "boss", ttlMs: hour, at: Date.now() });
    await using attacker = await attackerOf(database);
    const ask = async (call: ReturnType<typeof releaseCall>) =>
      (await attacker.attempt(call.sql, call.values))?.[0]?.answer;
    const copy = `insert into reeve.act (id, name, content, author, approvals, reason, revision, expires_at, created_at, persons, cool_off_ms, mac)
      select 'copy', 'copy', content, author, approvals, reason, revision, expires_at, 1, persons, cool_off_ms, mac from reeve.act`;

    const otherDevice = await ask(releaseCall(act, two.device, two.epoch, 2));
    const otherChannel = await ask(releaseCall(act, one.device, one.epoch, 2));
    const otherVerb = await ask(releaseCall(act, one.device, one.epoch, 1, "unenroll"));
    await attacker.attempt(copy);
    await attacker.attempt(
      `insert into reeve.act_target (act, device, epoch, verb, parameters, status, updated_at) values ('copy', '${two.device}', 1, 'wipe', '{}', 'ready', 1)`,
    );
    const copied = await ask(releaseCall("copy", two.device, two.epoch, 2));
    await attacker.attempt(
      `insert into reeve.act_target (act, device, epoch, verb, parameters, status, updated_at) values ('${act}', '${two.device}', 1, 'wipe', '{}', 'ready', 1)`,
    );
    const added = await ask(releaseCall(act, two.device, two.epoch, 2));
    const void_ = await ask(releaseCall(act, one.device, one.epoch));

    expect(attacker.tried).toEqual(Array(9).fill("ok").slice(0, attacker.tried.length));
    expect([otherDevice, otherChannel, otherVerb]).toEqual(["not-a-target", "channel", "not-this-command"]);
    expect([copied, added, void_]).toEqual(["unvouched", "unvouched", "unvouched"]);
    expect(await destructiveCommands(database)).toBe(0);
    expect(await engagedLatches(store)).toMatchObject([{ name: "breaker" }]);
  });

  it("releases no act that somebody files with the database alone, and engages the breaker for the first", async () => {
    await using database = await server!.fresh();
    await using store = await database.open();
    const one = await enroll(store, 1);
    const { id: own } = (await freezeAct(
      store,
      wipeOf([], {
        name: "Operation/lock@1",
        expiresAt: Date.now() + hour,
        targets: [{ ...one, verb: "lock", parameters: {} }],
      }),
    ))!;
    const locked = (act: string) => releaseCall(act, one.device, one.epoch, 1, "lock");
    const lock = async (act: string) => {
      const { sql, values } = locked(act);
      values[4] = String(values[4]).replace("EraseDevice", "DeviceLock");
      return (await attacker.attempt(sql, values))?.[0]?.answer;
    };
    await using attacker = await attackerOf(database);
    // A mark that was seen once, of another act, and none at all.
    await attacker.attempt(`insert into reeve.act (id, name, content, author, reason, expires_at, created_at, mac)
      select 'copied', 'copied', content, author, reason, expires_at, created_at, mac from reeve.act`);
    await attacker.attempt(`insert into reeve.act (id, name, content, author, reason, expires_at, created_at)
      values ('bare', 'bare', '{}', 'x', 'x', 9e15, 1)`);
    await attacker.attempt(`insert into reeve.act (id, name, content, author, reason, expires_at, created_at, known_digest)
      values ('known', 'known', '{}', 'x', 'x', 9e15, 1, reeve.act_digest('known'))`);
    await attacker.attempt(`insert into reeve.act_target (act, device, epoch, verb, parameters, status, updated_at)
      select unnest(array['copied', 'bare']), '${one.device}', 1, 'lock', '{}', 'ready', 1`);

    expect(attacker.tried).toEqual(["ok", "ok", "42501", "ok"]);
    expect([await lock("copied"), await lock("bare")]).toEqual(["unvouched", "unvouched"]);
    expect(await engagedLatches(store)).toMatchObject([
      { name: "breaker", reason: "the record of copied is not what reeve has filed", by: "reeve" },
    ]);
    expect(await lock(own)).toBe("stopped: breaker");
    // Only the owner would take the key away that the gate believes.
    await attacker.attempt("select reeve.vouch_with(repeat('0', 128), repeat('0', 128))");
    expect(await lock("bare")).toBe("unvouched");
    await attacker.attempt("select reeve.lift('breaker', 'x', 'boss', '{}', null)");
    await attacker.attempt("select reeve.trip('x', '{boss}', null)");
    expect(attacker.tried.slice(-2)).toEqual(["42501", "42501"]);
  });

  it("hands a wipe out once more for each NotNow that the device answered, and for none that is only said", async () => {
    await using database = await server!.fresh();
    const { store, one, act, digest } = await scene(database);
    await using _store = store;
    await approve(store, { act, digest, by: "boss", ttlMs: hour, at: Date.now() });
    await using attacker = await attackerOf(database);
    const pretend = async (word: string | null) => {
      await attacker.attempt("update reeve.command set status = 'notNow', put_off = $1", [word]);
      await attacker.attempt("update reeve.act_target set status = 'ready'");
      const { sql, values } = releaseCall(act, one.device, one.epoch);
      const made = JSON.parse(values[4] as string);
      values[4] = JSON.stringify({
        ...made,
        id: "wipe-1",
        proof: createHash("sha256").update("x").digest("hex"),
      });
      const byHand = (await attacker.attempt(sql, values))?.[0]?.answer;
      return [byHand, await tryWipe(store, 1, act)];
    };
    const notNow = async (sentAt: number) => {
      const closed = { type: "closed", id: "wipe-1", status: "notNow", at: start, sentAt } as const;
      const row = await channelOf(store, "UDID-1");
      await store.channels.write(changeOf(row, { ledger: [closed], acts: [{ act, status: "ready" }] }));
      const [command] = await store.query<{ word: string }>("select put_off as word from reeve.command");
      return command?.word ?? "";
    };
    const refused = ["not-approved", { type: "refused", reason: "not-approved" }];

    expect(await tryWipe(store, 1, act)).toEqual({ type: "written" });
    for (const word of [null, "", "x", "wipe-1"]) expect(await pretend(word)).toEqual(refused);
    const [release] = await store.query<{ proof: string }>("select proof from reeve.release");
    expect(await pretend(release?.proof ?? "")).toEqual(refused);

    const word = await notNow(start);
    expect(word).toMatch(/^[0-9a-f]{64}$/);
    expect(await tryWipe(store, 1, act, "wipe-1", start + 1)).toEqual({ type: "written" });
    expect(await pretend(word)).toEqual(refused);
    await notNow(start);
    expect(await tryWipe(store, 1, act)).toEqual(refused[1]);
    await notNow(start + 1);
    expect(await tryWipe(store, 1, act, "wipe-1", start + 2)).toEqual({ type: "written" });
    expect(await destructiveCommands(database)).toBe(1);
  });

  it("hands a command out again under its id after a new approval, and takes no other row for it", async () => {
    await using database = await server!.fresh();
    const { store, one, act, digest } = await scene(database);
    await using _store = store;
    await superuser(database, "update reeve.ceiling set devices = 2, percent = 100 where name = 'enforced'");
    await approve(store, { act, digest, by: "boss", ttlMs: hour, at: Date.now() });
    expect(await tryWipe(store, 1, act)).toEqual({ type: "written" });
    await store.query("update reeve.command set status = 'abandoned'");
    await store.query("update reeve.act_target set status = 'held'");
    expect(await tryWipe(store, 1, act)).toMatchObject({ type: "refused", reason: "not-approved" });

    await store.query("select pg_sleep(0.002)");
    await approve(store, { act, digest, by: "deputy", ttlMs: hour, at: Date.now() });
    await using attacker = await attackerOf(database);
    await attacker.attempt(
      `insert into reeve.command ${command.replace("DEVICE", one.device).replace("'evil'", "'evil-1'")}, '{"type": "query", "section": "device"}', 'EraseDevice', 'x', 'query', 1, 'sent', 1)`,
    );
    await attacker.attempt(
      `insert into reeve.command ${command.replace("DEVICE", one.device).replace("'evil'", "'evil-1'")}, '{"type": "query", "section": "device"}', 'DeviceInformation', 'x', 'query', 1, 'sent', 1)`,
    );
    const call = releaseCall(act, one.device, one.epoch);
    expect((await attacker.attempt(call.sql, call.values))?.[0]?.answer).toBe("not-this-command");
    expect(attacker.tried).toEqual(["42501", "ok", "ok"]);
    await store.query("select pg_sleep(0.002)");
    expect(await tryWipe(store, 1, act)).toEqual({ type: "written" });
    const rows = await store.query("select status from reeve.command where destructive");
    expect(rows).toEqual([{ status: "sent" }]);
  });

  it("stops a replica that had read before the other one halted, and every report that it reads after", async () => {
    await using database = await server!.fresh();
    await using first = await database.open();
    await using second = await database.open();
    await enroll(first, 1);
    const row = await channelOf(second, "UDID-1");
    const query = sent("asked", { type: "query", section: "device" });

    await engage(first, { name: "kill-switch", reason: "r", by: "ops", at: 1 });
    const statements = second.statements();
    const written = await second.channels.write(changeOf(row, { ledger: [query] }));
    const again = await channelOf(second, "UDID-1");

    expect(written).toEqual({ type: "lost" });
    expect(again.stops).toEqual(["kill-switch"]);
    expect(second.statements() - statements).toBe(2);
    expect(await first.query("select from reeve.command")).toEqual([]);
  });

  it("lets nobody take over an approved device's place: a new epoch voids the approval", async () => {
    await using database = await server!.fresh();
    const { store, one, act, digest } = await scene(database);
    await using _store = store;
    await approve(store, { act, digest, by: "boss", ttlMs: hour, at: Date.now() });
    await using attacker = await attackerOf(database);
    const begin = (channel: string) =>
      attacker.attempt(
        "select * from reeve.begin_epoch($1, 'd-evil', 'c', 't', 'SERIAL1', $1, '{}', '{}', null, 1)",
        [channel],
      );

    const victim = await begin("UDID-2");
    const stranger = await begin("UDID-NEW");
    await attacker.attempt("update reeve.channel set status = 'enrolled'");
    const answers = [];
    for (const [n, epoch] of [
      [1, 1],
      [2, 1],
      [2, 2],
      ["NEW", 1],
      ["NEW", 2],
    ] as const) {
      const call = releaseCall(act, one.device, epoch, n as number);
      answers.push((await attacker.attempt(call.sql, call.values))?.[0]?.answer);
    }

    expect(victim?.[0]).not.toMatchObject({ device: one.device });
    // The serial number means whoever was given it last, and the device that had it has nothing open any more.
    expect(stranger?.[0]).toMatchObject({ device: victim?.[0]?.device, epoch: 3 });
    expect(answers).toEqual(
      ["epoch", "epoch", "not-a-target", "epoch", "not-a-target"].map((a) =>
        expect.stringMatching(`^(${a}|over: .*)$`),
      ),
    );
    expect(await destructiveCommands(database)).toBe(0);
  });

  it("releases once though many ask at once, and never from an old snapshot", async () => {
    await using database = await server!.fresh();
    const { store, one, act, digest } = await scene(database);
    await using _store = store;
    await approve(store, { act, digest, by: "boss", ttlMs: hour, at: Date.now() });
    await using attacker = await attackerOf(database);
    await attacker.attempt("begin isolation level repeatable read");
    const call = releaseCall(act, one.device, one.epoch);
    const snapshot = await attacker.attempt(call.sql, call.values);
    await attacker.attempt("rollback");
    const replicas = await Promise.all([1, 2, 3].map(() => database.open()));

    const results = await Promise.all(replicas.map((replica, n) => tryWipe(replica, 1, act, `wipe-${n}`)));
    for (const replica of replicas) await replica.close();

    expect(snapshot?.[0]?.answer).toBe("isolation");
    expect(results.filter((result) => result.type === "written")).toHaveLength(1);
    expect(await destructiveCommands(database)).toBe(1);
  });

  it("keeps within the budget though several replicas send at once", async () => {
    await using database = await server!.fresh();
    await using store = await database.open({ ceiling: { devices: 3, percent: 100, windowMs: hour } });
    const devices = [];
    for (let n = 0; n < 8; n += 1) devices.push(await enroll(store, n));
    const frozen = await freezeAct(store, wipeOf(devices, { expiresAt: Date.now() + hour }));
    await approve(store, {
      act: frozen!.id,
      digest: frozen!.digest,
      by: "boss",
      ttlMs: hour,
      at: Date.now(),
    });
    const replicas = await Promise.all([1, 2].map(() => database.open()));

    const results = await Promise.all(devices.map((_, n) => tryWipe(replicas[n % 2]!, n, frozen!.id)));
    for (const replica of replicas) await replica.close();

    expect(results.filter((result) => result.type === "written")).toHaveLength(3);
    expect(results.filter((result) => result.type === "refused" && result.reason === "budget")).toHaveLength(
      5,
    );
    expect(await destructiveCommands(database)).toBe(3);
  });

  it("looks at the clock one after the other: its time never goes back by whoever looks meanwhile and is behind", async () => {
    await using database = await server!.fresh();
    await database.asOwner("update reeve.setting set value = 'caller' where name = 'clock'");
    await using ahead = await ownerOf(database);
    await using behind = await ownerOf(database);
    const tick = "select reeve.gate_tick($1)::int as elapsed";
    await ahead.query(tick, [start]);

    await ahead.query("begin");
    const first = await ahead.query(tick, [start + 200]);
    const second = behind.query(tick, [start + 100]);
    await ahead.isWaitedForBy(behind);
    await ahead.query("commit");

    expect([first, await second]).toEqual([[{ elapsed: 200 }], [{ elapsed: 200 }]]);
  });

  it("begins an epoch after the report that is being written of that device, and neither ends the other", async () => {
    await using database = await server!.fresh();
    await using store = await database.open();
    const { device } = await enroll(store, 1);
    await enroll(store, 2);
    await using report = await ownerOf(database);
    await using begins = await ownerOf(database);
    await using another = await ownerOf(database);
    const begin =
      "select epoch from reeve.begin_epoch($1, 'd-new', 'c', 't', null, null, '{}', '{}', null, 1)";

    await report.query("begin");
    await report.query("select from reeve.channel where id = 'UDID-1' for no key update");
    const begun = begins.query(begin, ["UDID-1"]);
    await report.isWaitedForBy(begins);
    await another.query("set lock_timeout = '5s'");
    expect(await another.query(begin, ["UDID-2"])).toEqual([{ epoch: 2 }]);
    await report.query("update reeve.device set awaiting = true where id = $1", [device]);
    await report.query("commit");

    expect(await begun).toEqual([{ epoch: 2 }]);
  });

  it("suspends a device after the report that is being written of it, and neither ends the other", async () => {
    await using database = await server!.fresh();
    await using store = await database.open();
    const { device } = await enroll(store, 1);
    await using report = await ownerOf(database);
    await using suspends = await ownerOf(database);

    await report.query("begin");
    await report.query("select from reeve.channel where id = 'UDID-1' for no key update");
    await suspends.query("begin");
    const db = { query: suspends.query } as unknown as Db;
    const suspended = suspendDevices(db, [device], "in court");
    await report.isWaitedForBy(suspends);
    await report.query("update reeve.device set awaiting = true where id = $1", [device]);
    await report.query("commit");

    expect(await suspended).toBe(1);
  });

  it("uses the database's clock, whatever the caller says the time is", async () => {
    await using database = await server!.fresh();
    const { store, one, act, digest } = await scene(database);
    await using _store = store;
    await approve(store, { act, digest, by: "boss", ttlMs: 1, at: Date.now() });
    await store.query("select pg_sleep(0.01)");
    await using attacker = await attackerOf(database);
    const call = releaseCall(act, one.device, one.epoch);

    const answer = await attacker.attempt(call.sql, [...call.values.slice(0, 5), Date.now() - 1000]);

    expect(answer?.[0]?.answer).toBe("not-approved");
  });

  it("sends nothing to an epoch that began while the approval was on its way", async () => {
    await using database = await server!.fresh();
    const { store, act, digest } = await scene(database);
    await using _store = store;
    await approve(store, { act, digest, by: "boss", ttlMs: hour, at: Date.now() });

    const [wipe] = await Promise.all([tryWipe(store, 1, act), beginEpoch(store, authentication(1))]);
    const row = await channelOf(store, "UDID-1");

    // Whoever came first: a wipe of the old epoch, or none; never one of the new epoch.
    expect(row.epoch).toBe(2);
    const sentTo = await store.query<{ epoch: number }>("select epoch from reeve.command where destructive");
    expect(sentTo).toEqual(wipe.type === "written" ? [{ epoch: 1 }] : []);
  });
});

describe.runIf(server !== undefined)("finding out what the gate is worth", () => {
  it.each(["owner", "superuser"] as const)("calls it advisory for the %s", async (role) => {
    await using database = await server!.fresh();
    await using store: Store = await openStore({ databaseUrl: database.url(role) }, { key: testKey });

    expect(store.gate).toBe("advisory");
  });

  it.each([
    "grant insert on reeve.approval to reeve_app",
    "grant update (intent) on reeve.command to reeve_app",
    "alter table reeve.command disable row level security",
    "create policy wide on reeve.command for insert to reeve_app with check (true)",
    "grant create on schema reeve to reeve_app",
  ])("calls it advisory after: %s", async (sql) => {
    await using database = await server!.fresh();
    await superuser(database, sql);
    await using store = await openStore({ databaseUrl: database.url("app") }, { key: testKey });

    expect(store.gate).toBe("advisory");
  });

  it("calls it advisory for a role that is also an approver", async () => {
    await using database = await server!.fresh();
    // Roles belong to the whole server: this one is of this test alone.
    const role = `reeve_both_${Date.now()}`;
    await superuser(database, `create role ${role} login password 'x' in role reeve_app, reeve_approver`);
    const url = new URL(database.url("app"));
    url.username = role;
    url.password = "x";
    try {
      await using store = await openStore({ databaseUrl: url.href }, { key: testKey });

      expect(store.gate).toBe("advisory");
    } finally {
      await superuser(database, `drop role ${role}`);
    }
  });

  it("gives a role that could bypass the gate break-glass limits: one device a day", async () => {
    await using database = await server!.fresh();
    await using store = await openStore({ databaseUrl: database.url("owner") }, { key: testKey });
    const devices = [await enroll(store, 1), await enroll(store, 2)];
    const frozen = await freezeAct(store, wipeOf(devices, { expiresAt: Date.now() + hour }));
    await approve(store, {
      act: frozen!.id,
      digest: frozen!.digest,
      by: "boss",
      ttlMs: hour,
      at: Date.now(),
    });

    expect(await tryWipe(store, 1, frozen!.id)).toEqual({ type: "written" });
    expect(await tryWipe(store, 2, frozen!.id)).toEqual({ type: "refused", reason: "budget" });
  });

  it("refuses approvals where no approver's connection was given", async () => {
    await using database = await server!.fresh();
    await using store = await openStore({ databaseUrl: database.url("app") }, { key: testKey });
    const one = await enroll(store, 1);
    const frozen = await freezeAct(store, wipeOf([one], { expiresAt: Date.now() + hour }));
    const approval = { act: frozen!.id, digest: frozen!.digest, by: "boss", ttlMs: hour, at: Date.now() };

    await expect(approve(store, approval)).rejects.toMatchObject({ code: "no-approver" });
  });
});

/** More rights than the documented setup gives: temporary tables, and functions in `public`. */
async function generous(database: TestDatabase): Promise<void> {
  await superuser(database, "grant create on schema public to reeve_app");
  const name = new URL(database.url("superuser")).pathname.slice(1);
  await superuser(database, `grant temporary on database ${name} to reeve_app`);
}

async function superuser(database: TestDatabase, sql: string): Promise<void> {
  const client = new pg.Client(database.url("superuser"));
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
