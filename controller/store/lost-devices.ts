import type { Db } from "./db.ts";

/**
 * Of these devices those that are in Lost Mode, by the last act of their enrollment that began or ended it. One that
 * began it without an answer counts, one that ended it without an answer does not: in doubt a device is lost.
 */
export async function lostAmong(db: Db, devices: readonly string[]): Promise<string[]> {
  if (devices.length === 0) return [];
  const rows = await db.query<{ device: string }>(
    `select device from (
       select distinct on (t.device) t.device, t.verb
       from reeve.act_target t join reeve.device d on d.id = t.device and d.epoch = t.epoch
       where t.verb in ('lostMode', 'endLostMode') and t.device = any($1)
         and (t.status = 'executed' or (t.verb = 'lostMode' and t.status in ('sent', 'unknown')))
       order by t.device, t.updated_at desc) last
     where verb = 'lostMode'`,
    [devices],
  );
  return rows.map((row) => row.device);
}

/**
 * True when somebody wanted this device found or locked in its enrollment and nobody has ended that: Lost Mode that was
 * asked for, also where it has not reached the device or came too late for it, and the lock of a Mac, which has no Lost
 * Mode. What was withdrawn does not count, nor what the device refused.
 */
export async function isMissed(db: Db, device: string): Promise<boolean> {
  const rows = await db.query<{ verb: string }>(
    `select t.verb
     from reeve.act_target t join reeve.device d on d.id = t.device and d.epoch = t.epoch
     where t.device = $1
       and (t.verb = 'lostMode' or (t.verb = 'lock' and d.reported->'platform'->>'value' = 'macos')
         or (t.verb = 'endLostMode' and t.status = 'executed'))
       and t.status not in ('cancelled', 'failed', 'refused')
     order by t.updated_at desc, t.verb = 'endLostMode' limit 1`,
    [device],
  );
  return rows[0] !== undefined && rows[0].verb !== "endLostMode";
}
