import { contestedKey, type Fact, type Facts } from "../core/facts.ts";
import type { Db } from "./db.ts";

/** What manifests say of one device. Exactly one key of `match` finds it. */
export interface Declaration {
  readonly name: string;
  readonly match: { readonly serial?: string; readonly imei?: string; readonly enrollmentId?: string };
  readonly alias: string | undefined;
  readonly facts: Facts;
}

export interface Index {
  readonly serial: ReadonlyMap<string, readonly Declaration[]>;
  readonly imei: ReadonlyMap<string, readonly Declaration[]>;
  readonly enrollmentId: ReadonlyMap<string, readonly Declaration[]>;
  /** Everything that means a device because a manifest says so: no other device can call itself that. */
  readonly words: ReadonlySet<string>;
}

/** Declarations by what finds their devices. */
export function indexOf(declarations: readonly Declaration[]): Index {
  const by = (key: keyof Declaration["match"]) => {
    const having = declarations.filter((one) => one.match[key] !== undefined);
    return Map.groupBy(having, (one) => one.match[key] ?? "");
  };
  return {
    serial: by("serial"),
    imei: by("imei"),
    enrollmentId: by("enrollmentId"),
    words: wordsOf(declarations),
  };
}

/** Every word by which these declarations mean a device. */
export function wordsOf(declarations: readonly Declaration[]): ReadonlySet<string> {
  const words = declarations.flatMap(({ name, alias, match }) => [name, alias, ...Object.values(match)]);
  return new Set(words.filter((word) => word !== undefined));
}

/** What a device is recognised by. */
export interface Recognisable {
  readonly id: string;
  readonly serial: string | null;
  readonly channels: readonly string[];
  readonly imeis: readonly string[] | null;
}

/** What manifests come to for one device. */
export interface Recognised {
  /** All that find it, the one that counts first. */
  readonly found: readonly Declaration[];
  /** The words by which manifests may name it. */
  readonly names: readonly (string | undefined)[];
  readonly alias: string | undefined;
  readonly facts: Facts;
}

/** Serial numbers (`serial …`) and IMEIs (`imei …`) that more than one managed device claims, with those devices. */
export type Contested = ReadonlyMap<string, readonly string[]>;

/**
 * Which declaration means a device. One that finds it by an IMEI gives it an alias and *reported* facts and no name:
 * a device can report any IMEI whenever it likes. What several managed devices claim means none of them.
 */
export function recognise(index: Index, device: Recognisable, contested: Contested): Recognised {
  const { serial } = device;
  const isOpen = (claim: string) => !contested.get(claim)?.includes(device.id);
  const imeis = device.imeis ?? [];
  const certain = [
    ...(serial !== null && isOpen(`serial ${serial}`) ? (index.serial.get(serial) ?? []) : []),
    ...device.channels.flatMap((channel) => index.enrollmentId.get(channel) ?? []),
  ];
  const claimed = imeis
    .filter((imei) => isOpen(`imei ${imei}`))
    .flatMap((imei) => index.imei.get(imei) ?? []);
  const found = [...new Set([...inOrder(certain), ...inOrder(claimed)])];
  const disputed = [`serial ${serial}`, ...imeis.map((imei) => `imei ${imei}`)].filter(
    (claim) => !isOpen(claim),
  );
  const first = certain.length > 0 ? found[0] : undefined;
  return {
    found,
    names: first === undefined ? [] : [...wordsOf([first])],
    alias: found[0]?.alias,
    facts: {
      ...(first?.facts ?? asReported(found[0]?.facts ?? {})),
      ...(disputed.length === 0
        ? {}
        : { [contestedKey]: { value: disputed.sort().join(", "), source: "asserted" } }),
    },
  };
}

function inOrder(declarations: readonly Declaration[]): readonly Declaration[] {
  return declarations.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function asReported(facts: Facts): Facts {
  const entries = Object.entries(facts).map(([key, { value }]): [string, Fact] => [
    key,
    { value, source: "reported" },
  ]);
  return Object.fromEntries(entries);
}

/** IMEIs wherever they stand in a detail, without the spaces that devices put in. */
export function imeisOf(body: string): string {
  return `array(select replace(v #>> '{}', ' ', '') from (
    select jsonb_path_query(${body}, '$.**.IMEI') union all select jsonb_path_query(${body}, '$.**.imei')) t(v))`;
}

/** Declared serial numbers and IMEIs that more than one managed device claims; with `only`, those that these claim. */
export async function contestedClaims(
  db: Db,
  index: Index,
  only: readonly string[] | undefined,
): Promise<Contested> {
  const among = only === undefined ? [...index.serial.keys()] : await serialsOf(db, index, only);
  const imeis = only === undefined ? [...index.imei.keys()] : await imeisClaimed(db, index, only);
  const rows: { claim: string; devices: string[] }[] = [];
  if (among.length > 0) rows.push(...(await db.query<(typeof rows)[number]>(serialsContested, [among])));
  if (imeis.length > 0) rows.push(...(await db.query<(typeof rows)[number]>(imeisContested, [imeis])));
  return new Map(rows.map(({ claim, devices }) => [claim, devices]));
}

async function serialsOf(db: Db, index: Index, only: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ serial: string | null }>(
    "select serial from reeve.device where id = any($1)",
    [only],
  );
  return rows.map(({ serial }) => serial ?? "").filter((serial) => index.serial.has(serial));
}

/** Looking through what all devices report takes long: it is done for an IMEI that one of these has come with. */
async function imeisClaimed(db: Db, index: Index, only: readonly string[]): Promise<string[]> {
  if (index.imei.size === 0) return [];
  const rows = await db.query<{ imei: string }>(
    `select distinct i as imei from reeve.channel c join reeve.detail t on t.channel = c.id,
       unnest(${imeisOf("t.body")}) i
     where c.device = any($1) and t.section = 'device'`,
    [only],
  );
  return rows.map(({ imei }) => imei).filter((imei) => index.imei.has(imei));
}

const managed = `exists (
  select from reeve.channel c
  where c.device = d.id and c.epoch = d.epoch and c.kind = 'device' and c.status <> 'left')`;

const serialsContested = `
  select 'serial ' || d.serial as claim, array_agg(d.id order by d.id) as devices from reeve.device d
  where d.serial = any($1) and ${managed}
  group by d.serial having count(*) > 1`;

const imeisContested = `
  select 'imei ' || i as claim, array_agg(distinct d.id order by d.id) as devices
  from reeve.detail t join reeve.channel c on c.id = t.channel and c.kind = 'device' and c.status <> 'left'
  join reeve.device d on d.id = c.device and d.epoch = c.epoch, unnest(${imeisOf("t.body")}) i
  where t.section = 'device' and i = any($1)
  group by i having count(distinct d.id) > 1`;
