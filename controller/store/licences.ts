import { toJson } from "./json.ts";
import type { Lease } from "./leader.ts";
import type { Store } from "./open.ts";
import { atOnce, changeAndTell, changeInParts } from "./tell-licences.ts";

/** An app of a granted state: its bundle id, and its number in the store where it wants a licence of the device. */
export interface GrantedApp {
  readonly granted: string;
  readonly bundle: string;
  readonly adamId?: string;
}

/** One licence of one device. */
export interface LicenceKey {
  readonly serial: string;
  readonly adamId: string;
}

/** The granted states of managed devices. */
export async function grantedStates(store: Store): Promise<readonly string[]> {
  const rows = await store.query<{ id: string }>(
    `select distinct granted_id as id from reeve.channel
     where kind = 'device' and status <> 'left' and granted_id is not null`,
  );
  return rows.map((row) => row.id);
}

/** Remembers the licences that devices of these granted states want and that nothing is known of yet; tells the devices. */
export async function wantLicences(
  store: Store,
  wanted: readonly GrantedApp[],
  at: number,
): Promise<readonly LicenceKey[]> {
  if (wanted.length === 0) return [];
  const values = [toJson(wanted), at, atOnce];
  return changeInParts(store, at, (db) => db.query<LicenceKey>(wanting, values));
}

const wanting = `
    insert into reeve.licence (serial, adam_id, bundle, status, at)
    select distinct on (d.serial, w."adamId") d.serial, w."adamId", w.bundle, 'wanted', $2
    from jsonb_to_recordset($1) as w(granted text, bundle text, "adamId" text)
    join reeve.channel c on c.granted_id = w.granted and c.kind = 'device' and c.status = 'enrolled'
    join reeve.device d on d.id = c.device and d.epoch = c.epoch
    where d.serial <> ''
      and not exists (select from reeve.licence l where l.serial = d.serial and l.adam_id = w."adamId")
    limit $3
    on conflict (serial, adam_id) do nothing
    returning serial, adam_id as "adamId"`;

export interface LooseLicence extends LicenceKey {
  readonly status: "wanted" | "assigned";
  readonly ours: boolean;
}

/** A device that left may come back at once. */
const graceMs = 3_600_000;

/**
 * Licences whose app is granted to no device of that serial number any more, nor still there to be removed. A device
 * that is not compared with the policies yet keeps its own.
 */
export async function looseLicences(
  store: Store,
  keeps: readonly GrantedApp[],
  at: number,
): Promise<readonly LooseLicence[]> {
  return store.query<LooseLicence>(
    `with keeps as materialized (
       select distinct k.granted, k.bundle from jsonb_to_recordset($1) as k(granted text, bundle text)
     )
     select l.serial, l.adam_id as "adamId", l.status, l.ours from reeve.licence l
     where l.status in ('wanted', 'assigned') and not exists (
       select from reeve.device d
       join reeve.channel c on c.device = d.id and c.epoch = d.epoch and c.kind = 'device'
       where d.serial = l.serial and case when c.status = 'left' then c.last_seen_at > $2 else
         c.granted_id is null
         or exists (select from keeps k where k.granted = c.granted_id and k.bundle = l.bundle)
         or exists (select from reeve.interned o, jsonb_each(o.body->'owned') e
           where o.id = c.observed_id and e.value->>'kind' = 'App' and e.value->>'id' = l.bundle) end)
     order by l.adam_id, l.serial limit 10000`,
    [toJson(keeps), at - graceMs],
  );
}

/** Licences that are wanted and may be asked for now, by item; those that have waited longest first. */
export async function dueLicences(
  store: Store,
  at: number,
  most: number,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await store.query<{ adamId: string; serials: string[] }>(
    `select adam_id as "adamId", array_agg(serial order by at, serial) as serials from (
       select adam_id, serial, at, row_number() over (partition by adam_id order by at, serial) as place
       from reeve.licence where status = 'wanted' and retry_at <= $1) l
     where place <= $2 group by adam_id order by adam_id`,
    [at, most],
  );
  return new Map(rows.map((row) => [row.adamId, row.serials]));
}

/** How many licences of an item are asked for and not yet there. */
export async function countUnderWay(store: Store, adamId: string): Promise<number> {
  const [row] = await store.query<{ count: number }>(
    "select count(*) as count from reeve.licence where adam_id = $1 and status = 'associating'",
    [adamId],
  );
  return row?.count ?? 0;
}

/** Serial numbers whose licence of an item is wanted or held, but not part of a call. */
export async function restingLicences(
  store: Store,
  adamId: string,
): Promise<
  readonly { readonly serial: string; readonly status: "wanted" | "assigned"; readonly at: number }[]
> {
  return store.query(
    `select serial, status, at from reeve.licence
     where adam_id = $1 and status in ('wanted', 'assigned') order by serial`,
    [adamId],
  );
}

/** What becomes of licences that are part of no call, or of this one. Only while this term is in force. */
export interface LicenceChange {
  readonly adamId: string;
  readonly serials: readonly string[];
  readonly to: "wanted" | "assigned" | "gone";
  readonly call?: string;
  /** Whether reeve associated it; as it was when absent. */
  readonly ours?: boolean;
  readonly reason?: string;
  readonly retryAt?: number;
}

/** Writes what has become of licences, and tells their devices. */
export async function changeLicences(
  store: Store,
  { adamId, serials, to, call, ours, reason, retryAt }: LicenceChange,
  at: number,
  lease: Pick<Lease, "name" | "term">,
): Promise<void> {
  const others = [ours ?? null, reason ?? null, retryAt ?? 0, at];
  for (let from = 0; from < serials.length; from += atOnce) {
    const values = [adamId, serials.slice(from, from + atOnce), call ?? null, lease.name, lease.term];
    await changeAndTell(store, at, (db) =>
      to === "gone"
        ? db.query<{ serial: string }>(`delete from reeve.licence ${whichOnes}`, values)
        : db.query<{ serial: string }>(changing, [...values, to, ...others]),
    );
  }
}

const whichOnes = `
  where adam_id = $1 and serial = any($2) and call is not distinct from $3
    and exists (select from reeve.lease l where l.name = $4 and l.term = $5)
  returning serial`;

const changing = `
  update reeve.licence set status = $6, call = null, ours = coalesce($7, ours), reason = $8, retry_at = $9,
    at = case when status = 'wanted' and $6 = 'wanted' then at else $10 end
  ${whichOnes}`;

/** Gives all licences that are wanted one reason, or takes it back; of those that have no reason of their own. */
export async function waitingFor(store: Store, reason: string | undefined, at: number): Promise<void> {
  const values = [reason ?? null, atOnce];
  await changeInParts(store, at, (db) => db.query<LicenceKey>(reasoning, values));
}

const reasoning = `
  update reeve.licence l set reason = $1
  from (
    select serial, adam_id from reeve.licence
    where status in ('wanted', 'associating') and retry_at = 0 and reason is distinct from $1
    limit $2) w
  where l.serial = w.serial and l.adam_id = w.adam_id returning l.serial, l.adam_id as "adamId"`;

/** Forgets all licences: another location is asked from now on. */
export async function forgetLicences(store: Store, at: number): Promise<void> {
  await changeInParts(store, at, (db) => db.query<LicenceKey>(forgetting, [atOnce]));
  await store.query("delete from reeve.licence_call");
}

const forgetting = `
  delete from reeve.licence where (serial, adam_id) in (select serial, adam_id from reeve.licence limit $1)
  returning serial, adam_id as "adamId"`;
