import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ask } from "../test/ask-run.ts";
import { run, type ServerAddress, urlOf } from "../test/postgres-server.ts";
import { type Embedded, openEmbedded } from "./embedded.ts";
import { openStore, type Store, type StoreOptions } from "./open.ts";

/** An empty database of one test, which it may open several times: again, or as a second replica. */
export interface TestDatabase extends AsyncDisposable {
  readonly open: (options?: StoreOptions) => Promise<Store>;
  /** Embedded, `durable`: where it lies. */
  readonly dataDir: string | undefined;
  /** A copy as it is now, once everybody has left it: of PGlite a `durable` one. */
  readonly copy: () => Promise<TestDatabase>;
  /** Runs a statement as the owner of the schema. */
  readonly asOwner: (sql: string) => Promise<void>;
  /** Server: the addresses of its roles. */
  readonly url: (role: "owner" | "app" | "approver" | "superuser") => string;
}

/** One sort of store. */
export interface TestStores {
  readonly name: "pglite" | "postgres";
  /** A new empty database. `durable` puts PGlite in a directory, so that it can be opened again. */
  readonly fresh: (options?: { readonly durable?: boolean }) => Promise<TestDatabase>;
}

/** The key of test stores, unless a test brings its own. */
export const testKey = Buffer.alloc(32, 7);

/** PGlite from a template: about a third of a second each. */
export const pglite: TestStores = { name: "pglite", fresh: freshPglite };

/**
 * The PostgreSQL of this run. Undefined where none can run, which the run says once; throws when CI is set.
 * Ask at the top of a test file: `const server = await postgres();`
 */
export async function postgres(): Promise<TestStores | undefined> {
  const server = await ask<ServerAddress>("postgres");
  if (server.error === undefined) return postgresOf(server);
  if (process.env.CI !== undefined && process.env.CI !== "") throw new Error(server.error);
  return undefined;
}

/** Databases of a server that runs already. */
export function postgresOf(server: ServerAddress): TestStores {
  return { name: "postgres", fresh: () => freshPostgres(server) };
}

async function freshPglite(options: { durable?: boolean } = {}): Promise<TestDatabase> {
  if (options.durable) return freshDirectory();
  const { file, error } = await ask<{ file: string }>("pglite");
  if (error !== undefined) throw new Error(error);
  return freshInMemory(file);
}

/** A store directory that holds an empty database, as a daemon that has stopped leaves it. */
export async function copyTemplateTo(dataDir: string): Promise<void> {
  const { directory, error } = await ask<{ directory: string }>("pglite-directory");
  if (error !== undefined) throw new Error(error);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  cpSync(directory, join(dataDir, "db"), { recursive: true });
}

async function freshDirectory(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), "reeve-store-"));
  const dataDir = join(folder, "data");
  await copyTemplateTo(dataDir);
  return directoryIn(folder, dataDir);
}

function directoryIn(folder: string, dataDir: string): TestDatabase {
  return {
    dataDir,
    copy: async () => {
      const another = await mkdtemp(join(tmpdir(), "reeve-store-"));
      cpSync(join(dataDir, "db"), join(another, "data", "db"), { recursive: true });
      return directoryIn(another, join(another, "data"));
    },
    open: (given) => openStore({ dataDir }, { key: testKey, ...given }),
    asOwner: noAddress,
    url: noAddress,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

// Emptying a PGlite takes a few milliseconds, opening one a few hundred: tests take turns with a few of them.
const idle: Embedded[] = [];

async function freshInMemory(file: string): Promise<TestDatabase> {
  const embedded = idle.pop() ?? (await openEmbedded(undefined, await readFile(file)));
  await embedded.database.query(emptyAll);
  return {
    dataDir: undefined,
    copy: noAddress,
    open: (given) => openStore({ embedded }, { key: testKey, ...given }),
    asOwner: async (sql) => void (await embedded.database.query(sql)),
    url: noAddress,
    [Symbol.asyncDispose]: async () => {
      idle.push(embedded);
    },
  };
}

/**
 * Deleting is quicker than truncating while tables are small; neither keys nor triggers have a say in it. Nothing
 * cools off, unless a test asks for it.
 */
const emptyAll = `
  do $$ declare name text; begin
    perform set_config('session_replication_role', 'replica', true);
    for name in select tablename from pg_tables
      where schemaname = 'reeve' and tablename not in ('migration', 'ceiling', 'setting')
    loop execute format('delete from reeve.%I', name); end loop;
    insert into reeve.gate_clock values (true, 0, 0);
    insert into reeve.window_clock values (true, null, null);
    for name in select sequencename from pg_sequences where schemaname = 'reeve'
    loop execute format('alter sequence reeve.%I restart', name); end loop;
  end $$;
  delete from reeve.setting;
  insert into reeve.setting values
    ('clock', 'database'), ('cool-off-ms', '0'), ('canary', '10'), ('solo', 'off'), ('solo-delay-ms', '3600000'),
    ('break-glass', 'on'), ('approvals-in-a-row', '5');
  update reeve.ceiling c set devices = k.devices, percent = k.percent, window_ms = k.window_ms, touched_at = 0
  from (values ('daily', 1000, 2, 86400000), ('advisory', 1, 100, 86400000), ('enforced', 10, 1, 1200000),
    ('disruptive', 10, 0, 3600000)) k(name, devices, percent, window_ms)
  where c.name = k.name`;

function noAddress(): never {
  throw new Error("PGlite has no address");
}

// Making one takes some hundred milliseconds too.
const idleServers: string[] = [];

async function freshPostgres(server: ServerAddress): Promise<TestDatabase> {
  return serverDatabase(server, idleServers.pop() ?? (await createDatabase(server)));
}

function serverDatabase(server: ServerAddress, name: string): TestDatabase {
  const urlIn: TestDatabase["url"] = (role) => urlOf(server, role, name);
  // Whoever takes an address may do to the database what no store does: it is not used again.
  let isOwn = true;
  return {
    dataDir: undefined,
    asOwner: (sql) => run(urlIn("owner"), sql),
    copy: async () => {
      isOwn = false;
      const another = await createDatabase({ ...server, template: name }, false);
      return { ...serverDatabase(server, another), [Symbol.asyncDispose]: () => drop(server, another) };
    },
    url: (role) => {
      isOwn = false;
      return urlIn(role);
    },
    open: async (options) => {
      const owner = urlIn("owner");
      if (options?.now !== undefined)
        await run(owner, "update reeve.setting set value = 'caller' where name = 'clock'");
      if (options?.ceiling !== undefined) await setCeiling(owner, options.ceiling);
      if (options?.disruptive !== undefined) await setDisruptive(owner, options.disruptive);
      if (options?.coolOffMs !== undefined) await set(owner, "cool-off-ms", String(options.coolOffMs));
      if (options?.solo !== undefined) await set(owner, "solo", options.solo ? "on" : "off");
      const urls = { databaseUrl: urlIn("app"), approverUrl: urlIn("approver") };
      return openStore(urls, { key: testKey, ...options });
    },
    [Symbol.asyncDispose]: async () => {
      if (!isOwn) return drop(server, name);
      await run(urlIn("superuser"), emptyAll);
      idleServers.push(name);
    },
  };
}

function drop(server: ServerAddress, name: string): Promise<void> {
  return run(urlOf(server, "superuser", "postgres"), `drop database ${name} with (force)`);
}

async function createDatabase(server: ServerAddress, isEmpty = true): Promise<string> {
  const name = `reeve_${randomBytes(6).toString("hex")}`;
  const admin = urlOf(server, "superuser", "postgres");
  await copyTemplate(admin, name, server.template);
  // Rights on a database are not part of what a template gives.
  await run(
    admin,
    `revoke all on database ${name} from public;
     grant connect on database ${name} to reeve_owner, reeve_app, reeve_approver;
     grant create on database ${name} to reeve_owner`,
  );
  if (isEmpty) await run(urlOf(server, "superuser", name), emptyAll);
  return name;
}

async function copyTemplate(admin: string, name: string, template: string): Promise<void> {
  // Copying waits for nobody: it fails while another copy is being made, so it is tried again.
  for (let attempt = 1; ; attempt += 1) {
    try {
      await run(admin, `create database ${name} template ${template}`);
      return;
    } catch (error) {
      if (attempt === 50 || (error as { code?: string }).code !== "55006") throw error;
    }
  }
}

function setCeiling(owner: string, ceiling: NonNullable<StoreOptions["ceiling"]>): Promise<void> {
  const { devices, percent, windowMs } = ceiling;
  return run(
    owner,
    `update reeve.ceiling set devices = ${devices}, percent = ${percent}, window_ms = ${windowMs} where name = 'enforced'`,
  );
}

function set(owner: string, name: string, value: string): Promise<void> {
  return run(owner, `update reeve.setting set value = '${value}' where name = '${name}'`);
}

function setDisruptive(owner: string, devices: number): Promise<void> {
  return run(owner, `update reeve.ceiling set devices = ${devices} where name = 'disruptive'`);
}
