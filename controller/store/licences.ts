import { assigned, awaited } from "../core/licence.ts";
import { toJson } from "./json.ts";
import type { Lease } from "./leader.ts";
import type { Store } from "./open.ts";

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

/** Remembers the licences that devices of these granted states want and that nothing is known of yet. */
export async function wantLicences(
  store: Store,
  wanted: readonly GrantedApp[],
  at: number,
): Promise<readonly LicenceKey[]> {
  if (wanted.length === 0) return [];
  return store.query<LicenceKey>(
    `insert into reeve.licence (serial, adam_id, bundle, status, at)
     select distinct on (d.serial, w."adamId") d.serial, w."adamId", w.bundle, 'wanted', $2
     from jsonb_to_recordset($1) as w(granted text, bundle text, "adamId" text)
     join reeve.channel c on c.granted_id = w.granted and c.kind = 'device' and c.status = 'enrolled'
     join reeve.device d on d.id = c.device and d.epoch = c.epoch
     where d.serial <> ''
       and not exists (select from reeve.licence l where l.serial = d.serial and l.adam_id = w."adamId")
     on conflict (serial, adam_id) do nothing
     returning serial, adam_id as "adamId"`,
    [toJson(wanted), at],
  );
}

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

/** Writes what has become of licences. Their devices are told by `tellDevices`. */
export async function changeLicences(
  store: Store,
  { adamId, serials, to, call, ours, reason, retryAt }: LicenceChange,
  at: number,
  lease: Pick<Lease, "name" | "term">,
): Promise<void> {
  if (serials.length === 0) return;
  const which = `adam_id = $1 and serial = any($2) and call is not distinct from $3
    and exists (select from reeve.lease l where l.name = $4 and l.term = $5)`;
  const values = [adamId, serials, call ?? null, lease.name, lease.term];
  if (to === "gone") await store.query(`delete from reeve.licence where ${which}`, values);
  else
    await store.query(
      `update reeve.licence set status = $6, call = null, ours = coalesce($7, ours), reason = $8, retry_at = $9,
         at = case when status = 'wanted' and $6 = 'wanted' then at else $10 end
       where ${which}`,
      [...values, to, ours ?? null, reason ?? null, retryAt ?? 0, at],
    );
  await tellDevices(store, serials, at);
}

/** Gives all licences that are wanted one reason, or takes it back; of those that have no reason of their own. */
export async function waitingFor(store: Store, reason: string | undefined, at: number): Promise<void> {
  const rows = await store.query<{ serial: string }>(
    `update reeve.licence set reason = $1
     where status in ('wanted', 'associating') and retry_at = 0 and reason is distinct from $1 returning serial`,
    [reason ?? null],
  );
  await tellDevices(store, [...new Set(rows.map((row) => row.serial))], at);
}

const slice = 5_000;

/**
 * Writes to devices what their licences come to, and wakes those that hold one more. Reports that are being handled
 * against what was known before are refused and read again.
 */
export async function tellDevices(store: Store, serials: readonly string[], at: number): Promise<void> {
  for (let from = 0; from < serials.length; from += slice)
    await store.query(telling, [serials.slice(from, from + slice), at, assigned, awaited]);
}

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
