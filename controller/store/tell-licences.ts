import { assigned, awaited } from "../core/licence.ts";
import { type Db, withRetries } from "./db.ts";
import type { Store } from "./open.ts";

interface Changed {
  readonly serial: string;
}

/** Licences of one transaction: nobody waits for those of a whole fleet. */
export const atOnce = 5_000;

/**
 * Changes licences, and writes to their devices what these come to: both or neither. A device that was not told would
 * wait for ever for what it has.
 */
export function changeAndTell<Row extends Changed>(
  store: Store,
  at: number,
  change: (db: Db) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  return withRetries(() =>
    store.transaction(async (db) => {
      const changed = await change(db);
      if (changed.length === 0) return changed;
      const serials = [...new Set(changed.map(({ serial }) => serial))];
      await db.query(telling, [serials, at, assigned, awaited]);
      return changed;
    }),
  );
}

/** The same until `change`, which changes at most `atOnce`, has found fewer. All that were changed. */
export async function changeInParts<Row extends Changed>(
  store: Store,
  at: number,
  change: (db: Db) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  const all: Row[] = [];
  for (let found = atOnce; found === atOnce; ) {
    const changed = await changeAndTell(store, at, change);
    for (const one of changed) all.push(one);
    found = changed.length;
  }
  return all;
}

/**
 * Wakes those that hold one more. Reports that are being handled against what was known before are refused and read
 * again.
 */
const telling = `
  with known as materialized (
    select s.serial, (
      select jsonb_object_agg(l.adam_id, case l.status when 'assigned' then $3::text else coalesce(l.reason, $4) end)
      from reeve.licence l where l.serial = s.serial) as licences
    from (select distinct unnest($1::text[]) as serial) s
  ), told as (
    update reeve.device d set licences = k.licences
    from known k, reeve.device b
    where d.serial = k.serial and b.id = d.id and d.licences is distinct from k.licences
    returning d.id, d.epoch, exists (
      select from jsonb_each_text(k.licences) n
      where n.value = $3 and b.licences->>n.key is distinct from $3) as more
  )
  update reeve.channel c set due_at = case when t.more then least(c.due_at, $2) else c.due_at end,
    version = c.version + 1
  from told t where c.device = t.id and c.epoch = t.epoch and c.kind = 'device'`;
