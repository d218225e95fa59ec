import type { Store } from "./open.ts";

/**
 * Notes devices that were not heard of since `before`, and forgets those that are back or not managed any more. Each has
 * an event `device.silent`, and `device.back` when it is heard of again; replicas that look at once say it once. One
 * statement. How many have become silent.
 */
export async function noteSilent(store: Store, before: number, at: number): Promise<number> {
  const rows = await store.query<{ count: number }>(
    {
      name: "silent-note",
      text: `
    with mute as materialized (
      select c.device, c.last_seen_at from reeve.channel c join reeve.device d on d.id = c.device and d.epoch = c.epoch
      where c.kind = 'device' and c.status in ('enrolled', 'quarantined') and c.last_seen_at < $1
    ), back as (
      delete from reeve.silent s where not exists (select from mute m where m.device = s.device)
      returning s.device
    ), begun as (
      insert into reeve.silent (device, since) select device, $2 from mute on conflict (device) do nothing
      returning device
    ), told as (
      insert into reeve.event (at, type, device, message)
      select $2, 'device.silent', b.device, 'not heard of since '
        || to_char(to_timestamp(m.last_seen_at / 1000.0) at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')
      from begun b join mute m on m.device = b.device
      union all
      select $2, 'device.back', b.device, 'heard of again' from back b
        where exists (select from reeve.channel c join reeve.device d on d.id = c.device and d.epoch = c.epoch
          where c.device = b.device and c.kind = 'device' and c.status in ('enrolled', 'quarantined'))
    )
    select count(*) as count from begun`,
    },
    [before, at],
  );
  return rows[0]?.count ?? 0;
}
