import type { Content } from "../core/granted.ts";
import type { StoredContent } from "../core/ports.ts";
import { toJson } from "./json.ts";
import type { Store } from "./open.ts";

/** Stores contents that are not there yet, under their digests. */
export async function putContents(
  store: Store,
  contents: readonly StoredContent[],
  at: number,
): Promise<void> {
  for (let start = 0; start < contents.length; start += 200) {
    await store.query(
      `insert into reeve.content (digest, body, created_at)
       select distinct on (c.digest) c.digest, c.body, $2
       from jsonb_to_recordset($1) as c(digest text, body jsonb)
       on conflict (digest) do nothing`,
      [toJson(contents.slice(start, start + 200)), at],
    );
  }
}

/** The contents of these digests that are stored, by digest. */
export async function getContents(
  store: Store,
  digests: readonly string[],
): Promise<ReadonlyMap<string, Content>> {
  const rows = await store.query<StoredContent>(
    "select digest, body from reeve.content where digest = any($1)",
    [digests],
  );
  return new Map(rows.map((row) => [row.digest, row.body]));
}

/** One content, or undefined when it was never stored. */
export async function getContent(store: Store, digest: string): Promise<Content | undefined> {
  return (await getContents(store, [digest])).get(digest);
}
