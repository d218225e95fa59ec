import { LRUCache } from "lru-cache";
import type { Interned } from "../core/ports.ts";
import type { Db } from "./db.ts";
import { toJson } from "./json.ts";

/** Interned records that this process holds, by digest: thousands of devices share one object. */
export interface InternedCache {
  readonly get: <T>(id: string | null) => Interned<T> | undefined;
  readonly put: (id: string, body: unknown) => void;
}

/** A cache of the `max` records used last; what it holds is frozen, because it is shared. */
export function createInternedCache(max: number): InternedCache {
  const cache = new LRUCache<string, Interned<unknown>>({ max });
  return {
    get: <T>(id: string | null) => (id === null ? undefined : (cache.get(id) as Interned<T> | undefined)),
    put: (id, body) => {
      if (!cache.has(id)) cache.set(id, { id, body: deepFreeze(body) });
    },
  };
}

/** Stores records that are not there yet. */
export async function intern(db: Db, records: readonly Interned<unknown>[], at: number): Promise<void> {
  if (records.length === 0) return;
  await db.query(
    {
      name: "intern",
      text: `insert into reeve.interned (id, body, created_at)
     select distinct on (r.id) r.id, r.body, $2 from jsonb_to_recordset($1) as r(id text, body jsonb)
     on conflict (id) do nothing`,
    },
    [toJson(records), at],
  );
}

/** Records of one statement: parsing and freezing them takes a few milliseconds, and others wait for it. */
const atOnce = 200;

/** The records of these digests; those that this process holds are not asked for. */
export async function loadInterned(
  db: Db,
  cache: InternedCache,
  ids: Iterable<string | null>,
): Promise<(id: string | null) => Interned<unknown> | undefined> {
  const held = new Map<string, Interned<unknown>>();
  const missing: string[] = [];
  for (const id of new Set(ids)) {
    if (id === null) continue;
    const record = cache.get<unknown>(id);
    if (record === undefined) missing.push(id);
    else held.set(id, record);
  }
  for (let start = 0; start < missing.length; start += atOnce) {
    const rows = await db.query<Interned<unknown>>("select id, body from reeve.interned where id = any($1)", [
      missing.slice(start, start + atOnce),
    ]);
    for (const row of rows) {
      cache.put(row.id, row.body);
      held.set(row.id, row);
    }
  }
  return (id) => (id === null ? undefined : held.get(id));
}

// Shared by all who read it, so nobody may change it.
function deepFreeze<T>(value: T): T {
  if (value === null || typeof value !== "object" || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
