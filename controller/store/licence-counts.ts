import type { Store } from "./open.ts";

/** Licences by status. */
export async function countLicences(store: Store): Promise<Readonly<Record<string, number>>> {
  const rows = await store.query<{ status: string; count: number }>(
    "select status, count(*) as count from reeve.licence group by status order by status",
  );
  return Object.fromEntries(rows.map((row) => [row.status, row.count]));
}

/** The items that licences are known of, by their number in the store. */
export async function licensedItems(store: Store): Promise<readonly string[]> {
  const rows = await store.query<{ id: string }>(
    "select distinct adam_id as id from reeve.licence order by 1",
  );
  return rows.map((row) => row.id);
}

/** The bundle ids of apps that licences are known of. */
export async function licensedBundles(store: Store): Promise<ReadonlySet<string>> {
  const rows = await store.query<{ bundle: string }>("select distinct bundle from reeve.licence");
  return new Set(rows.map((row) => row.bundle));
}
