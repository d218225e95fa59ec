import { join } from "node:path";
import type { Channels, Clock } from "../core/ports.ts";
import { UserError } from "../errors.ts";
import { createChannels } from "./channels.ts";
import { type Database, openDatabase } from "./db.ts";
import { acquireDirectory, type Directory } from "./directory.ts";
import { type Embedded, openEmbedded, writeDurably } from "./embedded.ts";
import { createInternedCache, type InternedCache } from "./interned.ts";
import { migrate, requireSchema } from "./migrate.ts";
import { findGate, type Gate } from "./roles.ts";
import { createSealer, readKey, type Sealer } from "./seal.ts";
import { introduce } from "./vouch.ts";

/** Everything the controller remembers. The functions of this folder take it as their first argument. */
export interface Store extends Database, AsyncDisposable {
  readonly channels: Channels;
  /** Whether the database itself keeps destructive commands back, or only asks. */
  readonly gate: Gate;
  readonly kind: "embedded" | "server";
  /** The connection that may approve: the approver's own role where one was given, else this one. */
  readonly approver: Database;
  readonly sealer: Sealer;
  readonly interned: InternedCache;
  /** The caller's clock, where the store was opened with one; else the database's clock decides (NULL). */
  readonly clock: () => number | null;
  /** The data directory and the socket that guards it; absent on a server and in memory. */
  readonly directory: Directory | undefined;
  /** Writes noted contacts. The caller does this every second or so. */
  readonly flush: () => Promise<void>;
  /** Embedded: vacuums, which nobody else does there. Call it every ten minutes; on a server it does nothing. */
  readonly maintain: () => Promise<void>;
  /** Embedded: writes a complete, fsynced copy. Throws UserError on a server, which has its own backups. */
  readonly snapshot: (file: string) => Promise<void>;
}

export type Location =
  /** One process: PGlite in `dataDir`, guarded. */
  | { readonly dataDir: string; readonly directory?: Directory }
  /** One process, for tests and planning: a PGlite that is open already and is not closed with the store. */
  | { readonly embedded: Embedded }
  /** Any number of processes: PostgreSQL. `ownerUrl` migrates, `approverUrl` approves. */
  | { readonly databaseUrl: string; readonly approverUrl?: string; readonly ownerUrl?: string };

export interface StoreOptions {
  /** 32 bytes under which secrets are sealed, or a file that holds them. */
  readonly key?: Buffer;
  readonly keyFile?: string;
  /** A clock for tests: where this role owns the schema, the database's functions follow it too. */
  readonly now?: Clock;
  /** Embedded: how many destructive commands may leave in a window, in place of one a day (break-glass). */
  readonly ceiling?: { readonly devices: number; readonly percent: number; readonly windowMs: number };
  /** Where this role owns the schema: how many devices may be disrupted in an hour without an approval. */
  readonly disruptive?: number;
  /** Where this role owns the schema: how long acts wait after their last approval, ms. */
  readonly coolOffMs?: number;
  /** Where this role owns the schema: the author may approve alone, late and slowly. */
  readonly solo?: boolean;
  readonly poolSize?: number;
}

/**
 * Opens the store, migrated to this program's schema. Throws UserError when the directory is in use, the key is not
 * the one the store was made with, or the schema does not fit; Retry while the server cannot be reached.
 */
export async function openStore(location: Location, options: StoreOptions): Promise<Store> {
  const sealer = createSealer(await keyOf(options));
  if ("databaseUrl" in location) return openServer(location, options, sealer);
  return "embedded" in location
    ? openGiven(location.embedded, options, sealer)
    : openLocal(location, options, sealer);
}

async function openLocal(
  location: Extract<Location, { dataDir: string }>,
  options: StoreOptions,
  sealer: Sealer,
): Promise<Store> {
  const directory = location.directory ?? (await acquireDirectory(location.dataDir));
  const close = [directory.release];
  try {
    const embedded = await openEmbedded(join(directory.dataDir, "db"));
    close.unshift(embedded.close);
    await migrate(embedded.database);
    return await assemble(embedded.database, { sealer, options, directory, embedded, close, lanes: 1 });
  } catch (error) {
    for (const step of close) await step();
    throw error;
  }
}

async function openGiven(embedded: Embedded, options: StoreOptions, sealer: Sealer): Promise<Store> {
  await migrate(embedded.database);
  return assemble(embedded.database, { sealer, options, embedded, close: [], lanes: 1 });
}

async function openServer(
  location: Extract<Location, { databaseUrl: string }>,
  options: StoreOptions,
  sealer: Sealer,
): Promise<Store> {
  if (location.ownerUrl !== undefined) await migrateServer(location.ownerUrl);
  const database = openDatabase(serverConfig(location.databaseUrl, options.poolSize ?? 8));
  const close = [database.close];
  try {
    if (location.ownerUrl === undefined && (await mayMigrate(database))) await migrate(database);
    await requireSchema(database);
    const approver =
      location.approverUrl === undefined ? undefined : openDatabase(serverConfig(location.approverUrl, 1));
    if (approver !== undefined) close.unshift(approver.close);
    return await assemble(database, { sealer, options, close, lanes: 3, approver });
  } catch (error) {
    for (const step of close) await step();
    throw error;
  }
}

/** Brings a server's schema up to date with the owner's connection: `reeve db migrate`. */
export async function migrateServer(ownerUrl: string): Promise<void> {
  const owner = openDatabase(serverConfig(ownerUrl, 1));
  try {
    await migrate(owner);
  } finally {
    await owner.close();
  }
}

interface Parts {
  readonly sealer: Sealer;
  readonly options: StoreOptions;
  readonly close: readonly (() => Promise<void>)[];
  readonly lanes: number;
  readonly directory?: Directory | undefined;
  readonly embedded?: Embedded;
  readonly approver?: Database | undefined;
}

async function assemble(database: Database, parts: Parts): Promise<Store> {
  const { sealer, options, directory, embedded } = parts;
  const gate = await findGate(database);
  if (gate === "advisory") await settings(database, options);
  await checkKey(database, sealer);
  await introduce(database, sealer);
  const interned = createInternedCache(20_000);
  const channels = createChannels(database, interned, sealer, {
    lanes: parts.lanes,
    ...(options.now === undefined ? {} : { now: options.now }),
  });
  let closing: Promise<void> | undefined;

  async function shut(): Promise<void> {
    try {
      await channels.flush();
    } finally {
      for (const step of parts.close) await step();
    }
  }
  function close(): Promise<void> {
    closing ??= shut();
    return closing;
  }
  async function snapshot(file: string): Promise<void> {
    if (embedded === undefined)
      throw new UserError("not-embedded", "a server's database has its own backups");
    await channels.flush();
    await writeDurably(file, await embedded.dump());
  }

  return {
    ...database,
    channels,
    gate,
    kind: embedded === undefined ? "server" : "embedded",
    approver: parts.approver ?? database,
    sealer,
    interned,
    clock: () => options.now?.() ?? null,
    directory,
    flush: channels.flush,
    maintain: async () => {
      if (embedded !== undefined) await database.query("vacuum (analyze)");
    },
    snapshot,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** What only an owner can set, and what therefore has no force against this role: see `gate`. */
async function settings(db: Database, options: StoreOptions): Promise<void> {
  const { now, ceiling, disruptive, coolOffMs, solo } = options;
  const query = "update reeve.setting set value = $2 where name = $1";
  const set = (name: string, value: string) => db.query(query, [name, value]);
  if (now !== undefined) await set("clock", "caller");
  if (coolOffMs !== undefined) await set("cool-off-ms", String(coolOffMs));
  if (solo !== undefined) await set("solo", solo ? "on" : "off");
  const advisory =
    "update reeve.ceiling set devices = $1, percent = $2, window_ms = $3 where name = 'advisory'";
  if (ceiling !== undefined) await db.query(advisory, [ceiling.devices, ceiling.percent, ceiling.windowMs]);
  if (disruptive !== undefined)
    await db.query("update reeve.ceiling set devices = $1 where name = 'disruptive'", [disruptive]);
}

const keyPlace = { table: "meta", column: "value", row: "key-check", epoch: 0 };

async function checkKey(db: Database, sealer: Sealer): Promise<void> {
  await db.query(
    "insert into reeve.meta (name, value) values ('key-check', $1) on conflict (name) do nothing",
    [sealer.seal(keyPlace, "reeve")],
  );
  const [row] = await db.query<{ value: string }>("select value from reeve.meta where name = 'key-check'");
  try {
    sealer.open(keyPlace, row?.value ?? "");
  } catch (cause) {
    throw new UserError("wrong-key", "the store was made with another key than the one given", {
      cause,
      hint: "Give the key file that this store was first opened with; without it its secrets cannot be read.",
    });
  }
}

async function keyOf(options: StoreOptions): Promise<Buffer> {
  if (options.key !== undefined) return options.key;
  if (options.keyFile !== undefined) return readKey(options.keyFile);
  throw new UserError("no-key", "the store needs a key: 32 bytes under which secrets are sealed", {
    hint: "Make one with `openssl rand -hex 32` and name it as the key file.",
  });
}

/** True where this role owns the schema, or may make it: a server without separate roles. */
async function mayMigrate(db: Database): Promise<boolean> {
  const [row] = await db.query<{ may: boolean }>(`
    select coalesce(
      (select pg_has_role(current_user, nspowner, 'usage') from pg_namespace where nspname = 'reeve'),
      has_database_privilege(current_database(), 'create')) as may`);
  return row?.may === true;
}

function serverConfig(connectionString: string, max: number) {
  return {
    connectionString,
    max,
    application_name: "reeve",
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 30_000,
    lock_timeout: 10_000,
  };
}
