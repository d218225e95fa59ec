import type { Db } from "./db.ts";

/** A server of Apple's portal as it stands. Times are epoch ms. */
export interface EnrollmentServerRow {
  readonly name: string;
  /** Null before its token was imported. */
  readonly tokenExpiresAt: number | null;
  readonly serverUuid: string | null;
  readonly serverName: string | null;
  readonly organization: string | null;
  readonly cursor: string | null;
  readonly phase: "fetch" | "sync";
  readonly reading: number;
  readonly syncedAt: number | null;
  /** When all of the list was last read, and not only its changes. */
  readonly readAt: number | null;
  readonly nextAt: number;
  readonly failures: number;
  readonly troubleCode: string | null;
  readonly trouble: string | null;
  readonly troubleSince: number | null;
}

const columns = `name, token_expires_at as "tokenExpiresAt", server_uuid as "serverUuid",
  server_name as "serverName", organization, cursor, phase, reading, synced_at as "syncedAt", read_at as "readAt", next_at as "nextAt",
  failures, trouble_code as "troubleCode", trouble, trouble_since as "troubleSince"`;

/** All servers, by name. */
export function listServers(db: Db): Promise<EnrollmentServerRow[]> {
  return db.query<EnrollmentServerRow>(`select ${columns} from reeve.enrollment_server order by name`);
}

/** Makes a server known; nothing changes when it is. */
export async function addServer(db: Db, name: string, at: number): Promise<void> {
  await db.query(
    "insert into reeve.enrollment_server (name, created_at) values ($1, $2) on conflict (name) do nothing",
    [name, at],
  );
}

/**
 * A new token is in use: the list of devices is read from its beginning, for it may be that of another server. What is
 * known of devices stays until that reading is complete.
 */
export async function renewToken(db: Db, name: string, expiresAt: number): Promise<void> {
  await db.query(
    `update reeve.enrollment_server set token_expires_at = $2, cursor = null, phase = 'fetch', reading = reading + 1,
       next_at = 0, failures = 0, server_uuid = null
     where name = $1`,
    [name, expiresAt],
  );
}

/** Whose server it is, as Apple says. */
export async function noteAccount(
  db: Db,
  name: string,
  account: {
    readonly serverUuid: string | undefined;
    readonly serverName: string | undefined;
    readonly organization: string | undefined;
  },
): Promise<void> {
  await db.query(
    `update reeve.enrollment_server set server_uuid = $2, server_name = $3, organization = $4 where name = $1`,
    [name, account.serverUuid ?? "unknown", account.serverName ?? null, account.organization ?? null],
  );
}

/** A round went well: the next is due then. True when there was trouble before. */
export async function noteSuccess(db: Db, name: string, at: number, nextAt: number): Promise<boolean> {
  const rows = await db.query<{ was: boolean }>(
    `with before as (select name, trouble is not null as was from reeve.enrollment_server where name = $1)
     update reeve.enrollment_server s set synced_at = $2, next_at = $3, failures = 0, trouble = null,
       trouble_code = null, trouble_since = null
     from before where s.name = before.name returning before.was`,
    [name, at, nextAt],
  );
  return rows[0]?.was === true;
}

/** A round failed: when the next one is due, and why. */
export async function noteTrouble(
  db: Db,
  name: string,
  trouble: { readonly code: string; readonly message: string; readonly at: number; readonly nextAt: number },
): Promise<void> {
  await db.query(
    `update reeve.enrollment_server set next_at = $2, failures = failures + 1, trouble = $4,
       trouble_since = case when trouble_code is not distinct from $3 then trouble_since else $5 end,
       trouble_code = $3
     where name = $1`,
    [name, trouble.nextAt, trouble.code, trouble.message, trouble.at],
  );
}

/** The service no longer knows our cursor: the list is read from its beginning. */
export async function restartReading(db: Db, name: string): Promise<void> {
  await db.query(
    `update reeve.enrollment_server set cursor = null, phase = 'fetch', reading = reading + 1 where name = $1`,
    [name],
  );
}

/** Every list is looked at again at the next turn, unless its server is in trouble. */
export async function allDueNow(db: Db): Promise<void> {
  await db.query("update reeve.enrollment_server set next_at = 0 where failures = 0");
}
