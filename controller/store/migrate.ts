import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../core/canonical.ts";
import { UserError } from "../errors.ts";
import { type Database, type Db, sqlState } from "./db.ts";

const folder = join(import.meta.dirname, "migrations");
// Any number that no other program on this database uses.
const lockKey = 7_391_274_001;

/**
 * Brings the schema to the newest migration, all in one transaction, and grants the roles their rights. Any number of
 * processes may do this at once. Throws UserError when the schema is newer than this program, or another one's, and for
 * a role that may not change it.
 */
export function migrate(database: Database): Promise<void> {
  return bringUp(database).catch((cause: unknown) => {
    if (sqlState(cause) !== "42501") throw cause;
    throw new UserError("not-owner", "this role of the database may not change reeve's schema", {
      hint: "Give the connection of the role that owns it with REEVE_STORE__OWNER_URL or store.ownerUrlFile.",
      cause,
    });
  });
}

async function bringUp(database: Database): Promise<void> {
  await database.transaction(async (db) => {
    await db.query("select pg_advisory_xact_lock($1)", [lockKey]);
    await db.query("create schema if not exists reeve");
    await db.query(`create table if not exists reeve.migration (
      n integer primary key, name text not null, digest text, at timestamptz not null default now())`);
    const files = await migrations();
    const applied = await schemaVersion(db, files);
    for (const file of files.slice(applied)) {
      const { n, name, digest, sql } = file;
      await db.query("insert into reeve.migration (n, name, digest) values ($1, $2, $3)", [n, name, digest]);
      await db.query(sql);
    }
    if (applied < files.length) await applyGrants(db);
  });
}

/** Gives `reeve_app` and `reeve_approver` their rights, where both roles exist. Must run as the owner. */
async function applyGrants(db: Db): Promise<void> {
  const roles = await db.query("select from pg_roles where rolname in ('reeve_app', 'reeve_approver')");
  if (roles.length === 2) await db.query(await readFile(join(import.meta.dirname, "grants.sql"), "utf8"));
}

/** Throws UserError unless the schema is exactly the one this program was written for. */
export async function requireSchema(db: Db): Promise<void> {
  const files = await migrations();
  const applied = await schemaVersion(db, files);
  const wanted = files.length;
  if (applied < wanted) {
    throw new UserError("schema-too-old", `the database has schema ${applied}, this reeve needs ${wanted}`, {
      hint: "Run `reeve db migrate` with the owner's connection, or give the daemon an owner URL.",
    });
  }
}

interface Migration {
  readonly n: number;
  readonly name: string;
  /** SHA-256 of what it says. */
  readonly digest: string;
}

interface MigrationFile extends Migration {
  readonly sql: string;
}

/** How many of these files the schema has. Throws UserError when it has others. */
async function schemaVersion(db: Db, files: readonly MigrationFile[]): Promise<number> {
  const [exists] = await db.query<{ found: boolean }>(
    "select to_regclass('reeve.migration') is not null as found",
  );
  if (!exists?.found) return 0;
  // An early version noted no digest.
  const applied = await db.query<Migration>(
    "select n, name, coalesce(to_jsonb(m)->>'digest', '') as digest from reeve.migration m order by n",
  );
  const newest = applied.at(-1)?.n ?? 0;
  const unknown = applied.find(({ n, name, digest }) => {
    const file = files[n - 1];
    return file !== undefined && (file.name !== name || file.digest !== digest);
  });
  if (unknown !== undefined) {
    const known = files[unknown.n - 1]?.name === unknown.name;
    const what = known ? `${unknown.name} as this database has it` : `the migration ${unknown.name}`;
    throw new UserError("schema-unknown", `this reeve does not know ${what}`, {
      hint: "Run the reeve that made this database, or give this one an empty database.",
    });
  }
  if (newest > files.length) {
    throw new UserError(
      "schema-too-new",
      `the database has schema ${newest}, this reeve knows only ${files.length}`,
      {
        hint: "Run the newer reeve that migrated it, or restore the snapshot from before the upgrade.",
      },
    );
  }
  return newest;
}

async function migrations(): Promise<readonly MigrationFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(
    names.map(async (name, index) => {
      const n = Number(name.slice(0, 4));
      if (n !== index + 1) throw new Error(`migrations/${name}: expected number ${index + 1}`);
      const sql = await readFile(join(folder, name), "utf8");
      return { n, name, digest: sha256(sql), sql };
    }),
  );
}
