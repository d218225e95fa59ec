import type { Store } from "./open.ts";

/** The managed device that has a serial number, or undefined. */
export async function serialHolder(
  store: Store,
  serial: string,
): Promise<{ readonly device: string; readonly channel: string } | undefined> {
  const [row] = await store.query<{ device: string; channel: string }>(
    `select d.id as device, c.id as channel from reeve.device d
     join reeve.channel c on c.device = d.id and c.epoch = d.epoch and c.kind = 'device' and c.status <> 'left'
     where d.serial = $1 limit 1`,
    [serial],
  );
  return row;
}
