import { expect } from "vitest";
import type { Store } from "../store/open.ts";

/** All that a store holds, in lower case, but for the revisions of the repository and the owner's settings. */
export async function everythingKept(store: Store): Promise<string> {
  const tables = await store.query<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'reeve' and table_type = 'BASE TABLE' order by 1",
  );
  expect(tables.length).toBeGreaterThan(30);
  const parts: string[] = [];
  for (const { name } of tables.filter((one) => one.name !== "revision" && one.name !== "setting")) {
    const rows = await store.query<{ row: string }>(`select t::text as row from reeve.${name} t`);
    parts.push(...rows.map(({ row }) => row));
  }
  return parts.join("\n").toLowerCase();
}
