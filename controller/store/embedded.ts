import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { createPgConfig } from "@electric-sql/pglite/node-postgres";
import { UserError } from "../errors.ts";
import { type Database, openDatabase } from "./db.ts";
import { acquireDirectory } from "./directory.ts";

// PGlite reserves 128 MB by default and lets its log grow to 1 GB; one connection needs neither.
const startParams = [
  ...PGlite.defaultStartParams,
  ...["shared_buffers=16MB", "max_connections=5", "max_wal_size=64MB", "min_wal_size=32MB"].flatMap(
    (setting) => ["-c", setting],
  ),
];

export interface Embedded {
  readonly database: Database;
  /** The whole database as an uncompressed tar, between two transactions. */
  readonly dump: () => Promise<Buffer>;
  readonly close: () => Promise<void>;
}

/** Opens PGlite in `dir`, or in memory; `seed` is a dump that becomes its content when `dir` is new. */
export async function openEmbedded(dir: string | undefined, seed?: Buffer): Promise<Embedded> {
  const isNew = dir === undefined || (await readdir(dir).catch(() => [])).length === 0;
  const lite = await PGlite.create({
    ...(dir === undefined ? {} : { dataDir: dir }),
    ...(seed === undefined || !isNew ? {} : { loadDataDir: new Blob([new Uint8Array(seed)]) }),
    startParams,
  });
  const database = openDatabase({ ...createPgConfig(lite), max: 1, idleTimeoutMillis: 0 });

  async function dump(): Promise<Buffer> {
    // PGlite takes its own lock for the dump; a checkpoint before it makes the files complete.
    await database.query("checkpoint");
    return Buffer.from(await (await lite.dumpDataDir("none")).arrayBuffer());
  }

  async function close(): Promise<void> {
    await database.close();
    await lite.close();
  }
  return { database, dump, close };
}

/**
 * Writes bytes so that after a power loss the file holds either all of them or what it held before. Whoever writes it at
 * the same time does so apart: the last one to end counts.
 */
export async function writeDurably(file: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    await writeSynced(temporary, bytes);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  const folder = await open(dirname(file), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function writeSynced(file: string, bytes: Buffer): Promise<void> {
  const handle = await open(file, "w", 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes `dataDir` hold what the snapshot holds. The latch `restored` is engaged in it: no destructive command leaves
 * until a person has resumed. Throws UserError when the directory is in use or holds a database already.
 */
export async function restoreSnapshot(file: string, dataDir: string): Promise<void> {
  const seed = await readFile(file).catch((cause: unknown) => {
    throw new UserError("snapshot-unreadable", `the snapshot ${file} cannot be read`, { cause });
  });
  const directory = await acquireDirectory(dataDir);
  const final = join(directory.dataDir, "db");
  const temporary = join(directory.dataDir, "db.restoring");
  try {
    if ((await readdir(final).catch(() => [])).length > 0) {
      throw new UserError("directory-not-empty", `${final} already holds a database`, {
        hint: "Move it away first; a snapshot is never restored over a database.",
      });
    }
    await rm(temporary, { recursive: true, force: true });
    await load(seed, temporary, file);
    await rm(final, { recursive: true, force: true });
    await rename(temporary, final);
  } finally {
    await rm(temporary, { recursive: true, force: true });
    await directory.release();
  }
}

async function load(seed: Buffer, dir: string, file: string): Promise<void> {
  const embedded = await openEmbedded(dir, seed).catch((cause: unknown) => {
    throw new UserError("snapshot-damaged", `the snapshot ${file} is not a complete dump of a store`, {
      cause,
    });
  });
  try {
    await embedded.database.query(
      `insert into reeve.latch (name, engaged, reason, by_person, at)
       values ('restored', true, 'restored from a snapshot', 'reeve', reeve.now_ms(null))
       on conflict (name) do update set engaged = true, reason = excluded.reason, at = excluded.at`,
    );
  } catch (cause) {
    throw new UserError("snapshot-damaged", `the snapshot ${file} is not a dump of a reeve store`, { cause });
  } finally {
    await embedded.close();
  }
}
