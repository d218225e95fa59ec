import type { Db } from "./db.ts";

/** Something that a person asked of Apple's portal. Times are epoch ms. */
export interface ActivityRow {
  readonly id: string;
  readonly type: "assign" | "unassign";
  /** As the portal calls it. */
  readonly server: string;
  readonly devices: number;
  readonly by: string;
  readonly startedAt: number;
  readonly status: string;
  readonly subStatus: string | null;
  readonly finishedAt: number | null;
}

const columns = `id, type, server, devices, by_person as by, started_at as "startedAt", status,
  sub_status as "subStatus", finished_at as "finishedAt"`;

/** Remembers what was begun, so that its end is noticed whoever is there to see it. */
export async function noteActivity(
  db: Db,
  one: Omit<ActivityRow, "finishedAt" | "subStatus"> & { readonly subStatus: string | undefined },
): Promise<void> {
  await db.query(
    `insert into reeve.portal_activity (id, type, server, devices, by_person, started_at, status, sub_status)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing`,
    [one.id, one.type, one.server, one.devices, one.by, one.startedAt, one.status, one.subStatus ?? null],
  );
}

/** What goes on, the oldest first. */
export function openActivities(db: Db): Promise<ActivityRow[]> {
  return db.query<ActivityRow>(
    `select ${columns} from reeve.portal_activity where finished_at is null order by started_at limit 100`,
  );
}

/** How an activity stands now; true when this was the first to see its end. */
export async function moveActivity(
  db: Db,
  id: string,
  now: {
    readonly status: string;
    readonly subStatus: string | undefined;
    readonly finishedAt: number | undefined;
  },
): Promise<boolean> {
  const rows = await db.query(
    `update reeve.portal_activity set status = $2, sub_status = $3, finished_at = $4
     where id = $1 and finished_at is null returning id`,
    [id, now.status, now.subStatus ?? null, now.finishedAt ?? null],
  );
  return rows.length > 0 && now.finishedAt !== undefined;
}

/** One activity; undefined when nobody began it here. */
export async function findActivity(db: Db, id: string): Promise<ActivityRow | undefined> {
  const [row] = await db.query<ActivityRow>(`select ${columns} from reeve.portal_activity where id = $1`, [
    id,
  ]);
  return row;
}
