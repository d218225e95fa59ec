import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import type { Database, Db } from "./db.ts";

const folder = join(import.meta.dirname, "migrations");
// Any number that no other program on this database uses.
const lockKey = 7_391_274_001;

/**
 * Brings the schema to the newest migration, each in its own transaction, and grants the roles their rights.
 * Any number of processes may do this at once. Throws UserError when the schema is newer than this program.
 */
export async function migrate(database: Database): Promise<void> {
  await database.transaction(async (db) => {
    await db.query("select pg_advisory_xact_lock($1)", [lockKey]);
    await db.query("create schema if not exists reeve");
    await db.query(`create table if not exists reeve.migration (
      n integer primary key, name text not null, at timestamptz not null default now())`);
    const files = await migrations();
    const applied = await schemaVersion(db);
    refuseNewer(applied, files.length);
    for (const file of files.slice(applied)) {
      await db.query("insert into reeve.migration (n, name) values ($1, $2)", [file.n, file.name]);
      await db.query(await readFile(join(folder, file.name), "utf8"));
    }
    if (applied < files.length) await applyGrants(db);
  });
}

/** Gives `reeve_app` and `reeve_approver` their rights, where both roles exist. Must run as the owner. */
export async function applyGrants(db: Db): Promise<void> {
  const roles = await db.query("select from pg_roles where rolname in ('reeve_app', 'reeve_approver')");
  if (roles.length === 2) await db.query(await readFile(join(import.meta.dirname, "grants.sql"), "utf8"));
}

/** Throws UserError unless the schema is exactly the one this program was written for. */
export async function requireSchema(db: Db): Promise<void> {
  const applied = await schemaVersion(db);
  const wanted = (await migrations()).length;
  refuseNewer(applied, wanted);
  if (applied < wanted) {
    throw new UserError("schema-too-old", `the database has schema ${applied}, this reeve needs ${wanted}`, {
      hint: "Run `reeve db migrate` with the owner's connection, or give the daemon an owner URL.",
    });
  }
}

async function schemaVersion(db: Db): Promise<number> {
  const [exists] = await db.query<{ found: boolean }>(
    "select to_regclass('reeve.migration') is not null as found",
  );
  if (!exists?.found) return 0;
  const [row] = await db.query<{ n: number }>("select coalesce(max(n), 0) as n from reeve.migration");
  return row?.n ?? 0;
}

function refuseNewer(applied: number, known: number): void {
  if (applied <= known) return;
  throw new UserError(
    "schema-too-new",
    `the database has schema ${applied}, this reeve knows only ${known}`,
    {
      hint: "Run the newer reeve that migrated it, or restore the snapshot from before the upgrade.",
    },
  );
}

async function migrations(): Promise<{ n: number; name: string }[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  return names.map((name, index) => {
    const n = Number(name.slice(0, 4));
    if (n !== index + 1) throw new Error(`migrations/${name}: expected number ${index + 1}`);
    return { n, name };
  });
}
