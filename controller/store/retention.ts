import type { Store } from "./open.ts";

/**
 * Deletes what is older than its retention class allows (docs/postgres.md): inventory 30 days, commands and events
 * 400 days, destructive ones never. Returns how many rows went. The leader does this about once an hour.
 */
export async function prune(store: Store): Promise<number> {
  const [row] = await store.query<{ rows: number }>("select reeve.prune($1) as rows", [store.clock()]);
  return row?.rows ?? 0;
}
