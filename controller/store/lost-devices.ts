import type { Db } from "./db.ts";

/** Of these devices those that are in Lost Mode, by the last act of their enrollment that began or ended it. */
export async function lostAmong(db: Db, devices: readonly string[]): Promise<string[]> {
  if (devices.length === 0) return [];
  const rows = await db.query<{ device: string }>(
    `select device from (
       select distinct on (t.device) t.device, t.verb
       from reeve.act_target t join reeve.device d on d.id = t.device and d.epoch = t.epoch
       where t.verb in ('lostMode', 'endLostMode') and t.status = 'executed' and t.device = any($1)
       order by t.device, t.updated_at desc) last
     where verb = 'lostMode'`,
    [devices],
  );
  return rows.map((row) => row.device);
}
