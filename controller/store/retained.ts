import type { Store } from "./open.ts";

/**
 * How many devices keep something that left the policies, for a reason that begins so. Costs grow with distinct granted
 * states.
 */
export async function countRetained(store: Store, reason: string): Promise<number> {
  const [row] = await store.query<{ count: number }>(
    `with granted as materialized (
       select granted_id, count(distinct device) as devices from reeve.channel
       where status <> 'left' and granted_id is not null group by granted_id)
     select coalesce(sum(g.devices), 0) as count from granted g join reeve.interned r on r.id = g.granted_id
     where exists (select from jsonb_array_elements(r.body->'items') i(one)
       where starts_with(i.one->>'retained', $1))`,
    [reason],
  );
  return Number(row?.count ?? 0);
}
