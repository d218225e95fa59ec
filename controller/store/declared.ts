import { canonical, digestOf } from "../core/canonical.ts";
import { type Facts, mergeFacts } from "../core/facts.ts";
import { withRetries } from "./db.ts";
import {
  contestedClaims,
  type Declaration,
  type Index,
  imeisOf,
  indexOf,
  type Recognisable,
  type Recognised,
  recognise,
} from "./declared-match.ts";
import { intern } from "./interned.ts";
import { toJson } from "./json.ts";
import type { Store } from "./open.ts";

export interface Declared {
  /** Devices whose names or facts changed; they await admission. */
  readonly changed: number;
  /** Declarations that found no enrolled device. */
  readonly unmatched: readonly string[];
  /** Devices that more than one declaration found: the first one, by name, counts. */
  readonly ambiguous: readonly { readonly device: string; readonly names: readonly string[] }[];
}

interface Known extends Recognisable {
  /** Those of its channels whose ids are not the serial number of another device. */
  readonly called: string[];
  readonly reported: Facts;
  readonly enrolled_as: Facts;
  readonly declared: Facts;
  readonly named: string[];
  readonly alias: string | null;
  readonly facts_id: string | null;
}

/**
 * Makes names, aliases and asserted facts of devices what manifests declare, and takes them from devices that no
 * declaration finds any more. `references` are all names by which manifests refer to devices: a device remembers
 * those that mean it. Reports that are being handled meanwhile are read again. With `only`, just these devices.
 */
export async function declareDevices(
  store: Store,
  declarations: readonly Declaration[],
  references: ReadonlySet<string>,
  options: { readonly at: number; readonly only?: readonly string[] },
): Promise<Declared> {
  const index = indexOf(declarations);
  const matched = new Set<string>();
  const ambiguous: { device: string; names: string[] }[] = [];
  let changed = 0;
  const contested = await contestedClaims(store, index, options.only);
  // Whoever is claimed to be the same is looked at as well, although it did not report anything new.
  const only = options.only && [...new Set([...options.only, ...[...contested.values()].flat()])];
  for (const ids of chunks(await candidates(store, index, references, only), 2000)) {
    changed += await withRetries(async () => {
      const updates: Update[] = [];
      for (const device of await describe(store, ids, index.imei.size > 0)) {
        const recognised = recognise(index, device, contested);
        const names = recognised.found.map((one) => one.name);
        for (const name of names) matched.add(name);
        if (names.length > 1) ambiguous.push({ device: device.id, names });
        const update = updateOf(device, recognised, references, index.words);
        if (update !== undefined) updates.push(update);
      }
      return apply(store, updates, options.at);
    });
  }
  const unmatched = options.only
    ? []
    : declarations.filter((one) => !matched.has(one.name)).map((one) => one.name);
  return { changed, unmatched, ambiguous };
}

/** How `declareDevices` would leave the devices that it would change. Writes nothing. */
export async function previewDeclared(
  store: Store,
  declarations: readonly Declaration[],
  references: ReadonlySet<string>,
): Promise<readonly Pick<Update, "id" | "named" | "facts">[]> {
  const index = indexOf(declarations);
  const contested = await contestedClaims(store, index, undefined);
  const update = (device: Known) =>
    updateOf(device, recognise(index, device, contested), references, index.words);
  const updates: Update[] = [];
  for (const ids of chunks(await candidates(store, index, references, undefined), 2000))
    updates.push(...(await describe(store, ids, index.imei.size > 0)).map(update).filter(isUpdate));
  return updates;
}

function isUpdate(update: Update | undefined): update is Update {
  return update !== undefined;
}

/** Devices that manifests may mean, and those that they meant before. */
async function candidates(
  store: Store,
  index: Index,
  references: ReadonlySet<string>,
  only: readonly string[] | undefined,
): Promise<string[]> {
  if (only !== undefined) return [...only];
  const names = [...references];
  const rows = await store.query<{ id: string }>(
    `select id from reeve.device where declared <> '{}' or named <> '{}' or serial = any($1) or id = any($2)
     union select device from reeve.channel where id = any($3)
     union select c.device from reeve.channel c join reeve.detail t on t.channel = c.id and t.section = 'device'
       where cardinality($4::text[]) > 0 and ${imeisOf("t.body")} && $4`,
    [
      [...index.serial.keys(), ...names],
      names,
      [...index.enrollmentId.keys(), ...names],
      [...index.imei.keys()],
    ],
  );
  return rows.map((row) => row.id);
}

function describe(store: Store, ids: readonly string[], imeis: boolean): Promise<Known[]> {
  return store.query<Known>(
    `select d.id, d.serial, d.reported, d.enrolled_as, d.declared, d.named, d.alias, d.facts_id,
       array(select c.id from reeve.channel c where c.device = d.id) as channels,
       array(select c.id from reeve.channel c where c.device = d.id and not exists (
         select from reeve.device o where (o.serial = c.id or o.id = c.id) and o.id <> d.id)) as called,
       ${
         imeis
           ? `(select ${imeisOf("t.body")} from reeve.channel c join reeve.detail t on t.channel = c.id
         where c.device = d.id and t.section = 'device' limit 1)`
           : "null::text[]"
       } as imeis
     from reeve.device d where d.id = any($1)`,
    [ids],
  );
}

interface Update {
  readonly id: string;
  readonly was: string | null;
  readonly named: readonly string[];
  readonly alias: string | null;
  readonly declared: Facts;
  readonly facts: { readonly id: string; readonly body: Facts };
}

function updateOf(
  device: Known,
  recognised: Recognised,
  references: ReadonlySet<string>,
  taken: ReadonlySet<string>,
): Update | undefined {
  const own = new Set(recognised.names);
  const said = [device.serial, ...device.called].filter(
    (word) => word !== null && (own.has(word) || !taken.has(word)),
  );
  const names = [...recognised.names, device.id, ...said];
  const named = [...new Set(names)].filter((name) => typeof name === "string" && references.has(name)).sort();
  const declared = recognised.facts;
  const alias = recognised.alias ?? null;
  const body = mergeFacts(device.reported, device.enrolled_as, declared);
  const facts = { id: digestOf(body), body };
  const before = [device.named, device.alias, device.declared, device.facts_id];
  if (canonical(before) === canonical([named, alias, declared, facts.id])) return undefined;
  return { id: device.id, was: device.facts_id, named: named as string[], alias, declared, facts };
}

async function apply(store: Store, updates: readonly Update[], at: number): Promise<number> {
  if (updates.length === 0) return 0;
  await intern(
    store,
    updates.map((update) => update.facts),
    at,
  );
  const rows = updates.map(({ facts, ...update }) => ({ ...update, facts_id: facts.id }));
  // A device that reported other facts since it was read keeps them and is found again by the next pass.
  const [row] = await store.query<{ count: number }>(
    `with changed as (
       update reeve.device d
       set named = array(select jsonb_array_elements_text(u.named)), alias = u.alias, declared = u.declared,
         facts_id = u.facts_id, awaiting = true
       from jsonb_to_recordset($1) as u(
         id text, was text, named jsonb, alias text, declared jsonb, facts_id text)
       where d.id = u.id and d.facts_id is not distinct from u.was
       returning d.id
     ), channels as (
       update reeve.channel c set version = c.version + 1 from changed h where c.device = h.id
     )
     select count(*) as count from changed`,
    [toJson(rows)],
  );
  return row?.count ?? 0;
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) =>
    items.slice(n * size, (n + 1) * size),
  );
}
