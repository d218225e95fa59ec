import type { Store } from "./open.ts";

/** Keeps a small text of the installation's own under a name; it is not secret. */
export async function putMeta(store: Store, name: string, value: string): Promise<void> {
  await store.query(
    `insert into reeve.meta (name, value) values ($1, $2)
     on conflict (name) do update set value = excluded.value where meta.value is distinct from excluded.value`,
    [name, value],
  );
}

/** What is kept under a name, or undefined. */
export async function getMeta(store: Store, name: string): Promise<string | undefined> {
  const [row] = await store.query<{ value: string }>("select value from reeve.meta where name = $1", [name]);
  return row?.value;
}

/** What is kept under a name; when there is nothing yet, `made`. All replicas that start at once get the same. */
export async function metaOrMake(store: Store, name: string, made: string): Promise<string> {
  await store.query("insert into reeve.meta (name, value) values ($1, $2) on conflict (name) do nothing", [
    name,
    made,
  ]);
  return (await getMeta(store, name)) ?? made;
}
