import type { Store } from "./open.ts";

const spreadMs = 15 * 60_000;

/**
 * Makes every channel that is due later, or was seen later than now, due within a quarter of an hour, and seen now at
 * the latest: for times that a wrong clock has left behind. What is asked of Apple's portals later is asked now. Returns
 * how many channels it was.
 */
export async function pullBack(store: Store, now: number): Promise<number> {
  const [row] = await store.query<{ count: number }>(
    `with servers as (
       update reeve.enrollment_server set next_at = least(next_at, $1), read_at = least(read_at, $1)
       where next_at > $1 or read_at > $1
     ), taken as (
       update reeve.enrollment_device set retry_at = $1 where retry_at > $1
     ), licences as (
       update reeve.licence set retry_at = $1 where retry_at > $1
     ), calls as (
       update reeve.licence_call set look_at = $1 where look_at > $1
     ), pulled as (
       update reeve.channel c
       set due_at = least(c.due_at, $1::bigint + (hashtext(c.id)::bigint & 2147483647) % $2::bigint),
         last_seen_at = least(c.last_seen_at, $1), version = c.version + 1
       where c.status <> 'left' and (c.due_at > $1 or c.last_seen_at > $1) returning c.id
     )
     select count(*) as count from pulled`,
    [now, spreadMs],
  );
  return row?.count ?? 0;
}
