import type { Store } from "./open.ts";

/**
 * True when what a device calls its serial number already means another managed device: its serial number, its id, or
 * the id of one of its channels. Manifests may name a device by any of them.
 */
export async function isSerialTaken(store: Store, serial: string, channel: string): Promise<boolean> {
  const rows = await store.query(
    {
      name: "serial-taken",
      text: `select d.id from reeve.device d
     join reeve.channel c on c.device = d.id and c.epoch = d.epoch and c.kind = 'device' and c.status <> 'left'
     where d.id <> coalesce((select o.device from reeve.channel o where o.id = $2), '')
       and (d.serial = $1 or d.id = $1 or d.id = (select o.device from reeve.channel o where o.id = $1))
     limit 1`,
    },
    [serial, channel],
  );
  return rows.length > 0;
}
