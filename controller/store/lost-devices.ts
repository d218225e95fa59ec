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
