import type { Store } from "./open.ts";

const placeOf = (name: string) => ({ table: "material", column: "sealed", row: name, epoch: 0 });

/** Seals and stores something of the controller's own: a CA key, the push certificate. Replaces what was there. */
export async function putMaterial(
  store: Pick<Store, "query" | "sealer">,
  name: string,
  value: string | Uint8Array,
  at: number,
): Promise<void> {
  await store.query(
    `insert into reeve.material (name, sealed, updated_at) values ($1, $2, $3)
     on conflict (name) do update set sealed = excluded.sealed, updated_at = excluded.updated_at`,
    [name, store.sealer.seal(placeOf(name), value), at],
  );
}

/**
 * What is stored under a name; when there is nothing yet, `make` is stored. All replicas that start at once get the
 * same value.
 */
export async function materialOrMake(
  store: Store,
  name: string,
  make: () => Promise<string | Uint8Array>,
  at: number,
): Promise<Buffer> {
  const present = await getMaterial(store, name);
  if (present !== undefined) return present;
  await store.query(
    "insert into reeve.material (name, sealed, updated_at) values ($1, $2, $3) on conflict (name) do nothing",
    [name, store.sealer.seal(placeOf(name), await make()), at],
  );
  const stored = await getMaterial(store, name);
  if (stored === undefined) throw new Error(`material ${name} vanished`);
  return stored;
}

/** Nothing is stored under this name any more. */
export async function forgetMaterial(store: Store, name: string): Promise<void> {
  await store.query("delete from reeve.material where name = $1", [name]);
}

/** Nothing is stored any more under names that begin so, but what was stored then or later. */
export async function forgetMaterialBefore(store: Store, prefix: string, at: number): Promise<void> {
  await store.query("delete from reeve.material where starts_with(name, $1) and updated_at < $2", [
    prefix,
    at,
  ]);
}

/** What is stored under a name, or undefined. */
export async function getMaterial(store: Store, name: string): Promise<Buffer | undefined> {
  const [row] = await store.query<{ sealed: string }>("select sealed from reeve.material where name = $1", [
    name,
  ]);
  return row === undefined ? undefined : store.sealer.open(placeOf(name), row.sealed);
}
