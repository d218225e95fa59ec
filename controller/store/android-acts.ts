import type { Db } from "./db.ts";

/** Channels of Android devices with acts that may be sent or were, in order. */
export async function androidActing(db: Db): Promise<readonly string[]> {
  const rows = await db.query<{ channel: string }>(
    `select distinct c.id as channel
     from reeve.act_target t
     join reeve.channel c on c.device = t.device and c.epoch = t.epoch and c.kind = 'device'
     join reeve.android_device a on a.channel = c.id
     where t.status in ('ready', 'sent') and c.status <> 'left'
     order by c.id`,
  );
  return rows.map((row) => row.channel);
}

/** Android devices with acts that are ready to be given to Google, at most so many. */
export async function androidAwaiting(db: Db, limit: number): Promise<readonly string[]> {
  const rows = await db.query<{ device: string }>(
    `select distinct t.device
     from reeve.act_target t
     join reeve.channel c on c.device = t.device and c.epoch = t.epoch and c.kind = 'device'
     join reeve.android_device a on a.channel = c.id
     where t.status = 'ready' and c.status = 'enrolled'
     order by t.device limit $1`,
    [limit],
  );
  return rows.map((row) => row.device);
}

/** Of these acts those that were withdrawn, and those of a revision whose name is none of `declared`, if that is known. */
export async function withdrawnAmong(
  db: Db,
  acts: readonly string[],
  declared: readonly string[] | undefined,
): Promise<ReadonlySet<string>> {
  if (acts.length === 0) return new Set();
  const rows = await db.query<{ id: string }>(
    `select id from reeve.act a where id = any($1) and (revision is not null and not name = any($2)
       or exists (select from reeve.act_withdrawal w where w.act = a.id))`,
    [acts, declared ?? null],
  );
  return new Set(rows.map((row) => row.id));
}
