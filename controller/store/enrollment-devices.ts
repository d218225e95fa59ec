import { Retry } from "../errors.ts";
import type { Db } from "./db.ts";
import type { EnrollmentServerRow } from "./enrollment-servers.ts";
import { toJson } from "./json.ts";
import type { Store } from "./open.ts";

/** A device of a server's list. */
export interface EnrollmentDeviceRow {
  readonly server: string;
  readonly serial: string;
  readonly model: string | null;
  readonly platform: string | null;
  /** False once Apple says that it is not this server's any more. */
  readonly present: boolean;
  readonly profileUuid: string | null;
  readonly profileStatus: string | null;
  readonly outcome: string | null;
  readonly attempts: number;
  readonly retryAt: number | null;
}

const columns = `server, serial, model, platform, present, profile_uuid as "profileUuid",
  profile_status as "profileStatus", outcome, attempts, retry_at as "retryAt"`;

/** One page of the list, as it is to be written. */
export interface NewPage {
  readonly devices: readonly {
    readonly serial: string;
    readonly model: string | undefined;
    readonly platform: string | undefined;
    readonly profileUuid: string | undefined;
    readonly profileStatus: string | undefined;
    readonly change: { readonly type: string; readonly at: number } | undefined;
  }[];
  readonly cursor: string | null;
  /** The whole list has been read with this page: what it did not show is gone. */
  readonly complete: boolean;
  readonly at: number;
}

/**
 * Writes a page and where the service goes on, both or neither: a cursor that is ahead of the data would lose devices.
 * Throws Retry when somebody else has read on meanwhile.
 */
export function savePage(store: Store, server: EnrollmentServerRow, page: NewPage): Promise<void> {
  return store.transaction(async (db) => {
    const { name, cursor, reading, phase } = server;
    const moved = await db.query(
      `update reeve.enrollment_server set cursor = $2, phase = case when $3 then 'sync' else phase end,
         read_at = case when $3 then $7 else read_at end
       where name = $1 and cursor is not distinct from $4 and reading = $5 and phase = $6 returning name`,
      [name, page.cursor, page.complete, cursor, reading, phase, page.at],
    );
    if (moved.length === 0) throw new Retry("portal-read-on", `${name} was read by another process`);
    await writeDevices(db, server, page.devices);
    if (page.complete)
      await db.query(
        "update reeve.enrollment_device set present = false where server = $1 and reading < $2 and present",
        [name, reading],
      );
  });
}

async function writeDevices(
  db: Db,
  { name, reading }: EnrollmentServerRow,
  devices: NewPage["devices"],
): Promise<void> {
  if (devices.length === 0) return;
  const rows = devices.map(({ change, ...device }) => ({
    ...device,
    present: change?.type !== "deleted",
    changedAt: change?.at ?? 0,
  }));
  await db.query(
    `insert into reeve.enrollment_device as d
       (server, serial, model, platform, present, reading, changed_at, profile_uuid, profile_status)
     select $1, r.serial, r.model, r.platform, r.present, $2, r."changedAt", r."profileUuid", r."profileStatus"
     from jsonb_to_recordset($3) as r(serial text, model text, platform text, present boolean, "changedAt" bigint,
       "profileUuid" text, "profileStatus" text)
     on conflict (server, serial) do update set
       model = coalesce(excluded.model, d.model), platform = coalesce(excluded.platform, d.platform),
       present = excluded.present, reading = excluded.reading,
       changed_at = greatest(d.changed_at, excluded.changed_at),
       profile_uuid = excluded.profile_uuid, profile_status = excluded.profile_status
     where excluded.changed_at = 0 or excluded.changed_at >= d.changed_at`,
    [name, reading, toJson(rows)],
  );
}

/** The devices that are a server's now, by serial number. */
export function listPresent(db: Db, server: string): Promise<EnrollmentDeviceRow[]> {
  return db.query<EnrollmentDeviceRow>(
    `select ${columns} from reeve.enrollment_device where server = $1 and present order by serial`,
    [server],
  );
}

/** A device of a server's list, also one that is gone; undefined when it never was there. */
export async function findPortalDevice(
  db: Db,
  server: string,
  serial: string,
): Promise<EnrollmentDeviceRow | undefined> {
  const [row] = await db.query<EnrollmentDeviceRow>(
    `select ${columns} from reeve.enrollment_device where server = $1 and serial = $2`,
    [server, serial],
  );
  return row;
}

/** What became of an assignment, device by device. */
export interface AssignmentNote {
  readonly serial: string;
  readonly outcome: string;
  /** When it is tried again; null when it was taken. */
  readonly retryAt: number | null;
}

/** Notes what Apple made of an assignment: those that took it have the profile from now on. */
export async function noteAssignments(
  db: Db,
  server: string,
  uuid: string,
  notes: readonly AssignmentNote[],
): Promise<void> {
  await db.query(
    `update reeve.enrollment_device d set
       profile_uuid = case when n.outcome = 'SUCCESS' then $2 else d.profile_uuid end,
       profile_status = case when n.outcome = 'SUCCESS' then 'assigned' else d.profile_status end,
       outcome = nullif(n.outcome, 'SUCCESS'),
       attempts = case when n.outcome = 'SUCCESS' then 0 else d.attempts + 1 end,
       retry_at = n."retryAt"
     from jsonb_to_recordset($3) as n(serial text, outcome text, "retryAt" bigint)
     where d.server = $1 and d.serial = n.serial`,
    [server, uuid, toJson(notes)],
  );
}

/** When the next device of a server that was not taken is due again. */
export async function nextRetry(db: Db, server: string): Promise<number | undefined> {
  const [row] = await db.query<{ at: number | null }>(
    "select min(retry_at) as at from reeve.enrollment_device where server = $1 and present",
    [server],
  );
  return row?.at ?? undefined;
}

/** The servers whose lists have a serial number now, in the order of their names. */
export async function serversOf(db: Db, serial: string): Promise<string[]> {
  const rows = await db.query<{ server: string }>(
    "select server from reeve.enrollment_device where serial = $1 and present order by server",
    [serial],
  );
  return rows.map(({ server }) => server);
}
