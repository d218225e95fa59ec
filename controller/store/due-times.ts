import type { Store } from "./open.ts";

const spreadMs = 15 * 60_000;

/**
 * Makes every channel that is due later, or was seen later than now, due within a quarter of an hour, and seen now at
 * the latest: for times that a wrong clock has left behind. Returns how many channels it was.
 */
export async function pullBack(store: Store, now: number): Promise<number> {
  const [row] = await store.query<{ count: number }>(
    `with pulled as (
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
