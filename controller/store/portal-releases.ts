import type { Db } from "./db.ts";

/** A retired device that one of Apple's lists has still. */
export interface OpenRelease {
  readonly device: string;
  readonly serial: string;
  /** The server of the list, as the portal calls it. */
  readonly server: string;
}

const open = "r.portal = 'apple-business' and r.ended_at is null";

/** Those that reeve has not asked for since `before`, at most `limit`. */
export function releasesToAsk(db: Db, before: number, limit: number): Promise<OpenRelease[]> {
  return db.query<OpenRelease>(
    `select r.device, d.serial, coalesce(s.server_name, s.name) as server
     from reeve.portal_release r
     join reeve.device d on d.id = r.device
     join reeve.enrollment_device e on e.serial = d.serial and e.present
     join reeve.enrollment_server s on s.name = e.server
     where ${open} and (r.asked_at is null or r.asked_at < $1)
     order by r.since, r.device limit $2`,
    [before, limit],
  );
}

/** Noted before Apple is asked: whoever comes next does not ask at once again. */
export async function noteAsked(
  db: Db,
  devices: readonly string[],
  { at, trouble }: { readonly at: number; readonly trouble: string | null },
): Promise<void> {
  await db.query(
    `update reeve.portal_release r set asked_at = $2, trouble = $3 where r.device = any($1) and ${open}`,
    [devices, at, trouble],
  );
}

/**
 * Devices that no list of Apple's has any more, by readings that are newer than the device is retired: their releases
 * have ended. Returns them.
 */
export async function endReleased(db: Db, at: number): Promise<string[]> {
  const rows = await db.query<{ device: string }>(
    `update reeve.portal_release r set ended_at = $1, trouble = null
     from reeve.device d
     where d.id = r.device and d.serial is not null and ${open}
       and not exists (select from reeve.enrollment_device e where e.serial = d.serial and e.present)
       and exists (select from reeve.enrollment_server)
       and not exists (select from reeve.enrollment_server s
         where s.phase <> 'sync' or s.synced_at is null or s.synced_at <= r.since)
     returning r.device`,
    [at],
  );
  return rows.map(({ device }) => device);
}
