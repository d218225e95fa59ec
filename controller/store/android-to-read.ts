import type { Store } from "./open.ts";

/** Managed Android devices that have not been seen since a time, in the order of their names; `after` is where to go on. */
export async function silentAndroid(
  store: Store,
  page: { readonly before: number; readonly after: string; readonly limit: number },
): Promise<readonly string[]> {
  const rows = await store.query<{ channel: string }>(
    `select a.channel from reeve.android_device a join reeve.channel c on c.id = a.channel
     where c.status <> 'left' and c.last_seen_at < $1 and a.channel > $2 order by a.channel limit $3`,
    [page.before, page.after, page.limit],
  );
  return rows.map((row) => row.channel);
}

/**
 * Managed Android devices that a person has asked about (`reeve reconcile`) since Google's record of them was read, and
 * not before `since`: a record that cannot be read is not asked for without end.
 */
export async function askedAndroid(store: Store, since: number): Promise<readonly string[]> {
  const rows = await store.query<{ channel: string }>(
    `select a.channel from reeve.android_device a join reeve.channel c on c.id = a.channel
     where c.status <> 'left' and (c.state->>'askedAt')::bigint >= greatest(a.read_at, $1) order by a.channel`,
    [since],
  );
  return rows.map((row) => row.channel);
}
