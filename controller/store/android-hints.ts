import type { Store } from "./open.ts";

/** A device that something was said of: whoever leads reads it again. */
export interface Hint {
  /** Google's name of the device. */
  readonly name: string;
  readonly at: number;
}

/** Kept until the devices have been read, also by another replica. */
export async function keepHints(store: Store, names: readonly string[], at: number): Promise<void> {
  if (names.length === 0) return;
  await store.query(
    `insert into reeve.android_hint (name, at) select distinct name, $2::bigint from unnest($1::text[]) name
     on conflict (name) do update set at = greatest(reeve.android_hint.at + 1, excluded.at)`,
    [names, at],
  );
}

/** The oldest that are kept. */
export async function readHints(store: Store): Promise<readonly Hint[]> {
  return store.query<Hint>("select name, at from reeve.android_hint order by at limit 1000", []);
}

/** Forgets hints that were followed, unless something was said again since. */
export async function dropHints(store: Store, hints: readonly Hint[]): Promise<void> {
  if (hints.length === 0) return;
  await store.query(
    `delete from reeve.android_hint h using unnest($1::text[], $2::bigint[]) f(name, at)
     where h.name = f.name and h.at = f.at`,
    [hints.map((one) => one.name), hints.map((one) => one.at)],
  );
}
