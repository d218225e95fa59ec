import type { RecordState, ReleasePortal } from "../core/lifecycle.ts";
import type { Db } from "./db.ts";
import type { Store } from "./open.ts";
import type { Sealer } from "./seal.ts";

/** What somebody who wants to enroll calls himself: his own word, but for what Google says of an Android device. */
export interface Claim {
  /** The name of its channel, and of earlier ones: a UDID, an enrollment id, Google's names. */
  readonly channels: readonly string[];
  readonly serial: string | undefined;
}

/** The keyed words that stay of a device when what it called itself is erased. */
export function marksOf(
  { wordFor }: Pick<Sealer, "wordFor">,
  { channels, serial }: Claim,
): readonly string[] {
  const words = channels.map((channel) => wordFor(`retired channel ${channel}`));
  return serial === undefined ? words : [...words, wordFor(`retired serial ${serial}`)];
}

/**
 * For each claim the retired device that it is, or undefined. It is enough that one of the words fits: who lies about
 * being retired shuts out himself.
 */
export async function retiredAmong(
  db: Db,
  sealer: Pick<Sealer, "wordFor">,
  claims: readonly Claim[],
): Promise<readonly (string | undefined)[]> {
  if (claims.length === 0) return [];
  const rows = await db.query<{ n: number; device: string }>(findRetired, [
    JSON.stringify(
      claims.map(({ channels, serial }, n) => ({
        n,
        channels,
        serial,
        marks: marksOf(sealer, { channels, serial }),
      })),
    ),
  ]);
  const found = new Map(rows.map(({ n, device }) => [n, device]));
  return claims.map((_, n) => found.get(n));
}

const findRetired = {
  name: "lifecycle-retired",
  text: `
    select i.n, min(l.device) as device
    from jsonb_to_recordset($1::jsonb) as i(n int, channels jsonb, serial text, marks jsonb)
    cross join lateral (
      select c.device from reeve.channel c where c.id = any(array(select jsonb_array_elements_text(i.channels)))
      union all select d.id from reeve.device d where d.serial = i.serial
      union all select m.device from reeve.lifecycle m
        where m.marks && array(select jsonb_array_elements_text(i.marks)) and m.ended_at is null
    ) meant(device)
    join reeve.lifecycle l on l.device = meant.device and l.ended_at is null and not l.may_enroll
    group by i.n`,
};

/** The retired device that a claim means. */
export async function retiredBy(store: Store, claim: Claim): Promise<string | undefined> {
  const [found] = await retiredAmong(store, store.sealer, [claim]);
  return found;
}

const toldEveryMs = 3_600_000;

/** Retired devices asked to enroll and were refused: shown with each, and told as an event at most once an hour. */
export async function noteRefused(db: Db, devices: readonly string[], at: number): Promise<void> {
  await db.query(
    `with refused as (
       update reeve.lifecycle set refused_at = $2
       where device = any($1) and (refused_at is null or refused_at <= $2::bigint - $3::bigint or refused_at > $2)
       returning device)
     insert into reeve.event (at, type, device, message) select $2, 'enrollment.refused', r.device, $4 from refused r`,
    [devices, at, toldEveryMs, refusedText],
  );
}

export const refusedText = "it is retired, and may not enroll again: `reeve readmit DEVICE --reason WHY`";

/** Devices that have enrolled again: what their records were called is over. */
export async function endLifecycles(db: Db, devices: readonly string[], at: number): Promise<void> {
  if (devices.length === 0) return;
  await db.query(
    {
      name: "lifecycle-end",
      text: `with over as (
        update reeve.lifecycle l set ended_at = $2
        where l.device = any($1::text[]) and l.ended_at is null and l.may_enroll
        returning l.device, l.state, l.reenroll_group
      )
      insert into reeve.event (at, type, device, message)
      select $2, 'lifecycle.returned', o.device,
        concat_ws(' ', 'it was', o.state, 'and has enrolled again', 'into the group ' || o.reenroll_group) from over o`,
    },
    [devices, at],
  );
}

/** What became of a device, as lists show it. */
export interface LifecycleRow {
  readonly state: RecordState;
  readonly since: number;
  readonly act: string | null;
  readonly mayEnroll: boolean;
  readonly reenrollGroup: string | null;
  readonly eraseAt: number | null;
  readonly erasedAt: number | null;
  readonly refusedAt: number | null;
  readonly releases: readonly {
    readonly portal: ReleasePortal;
    readonly since: number;
    readonly askedAt: number | null;
    readonly trouble: string | null;
  }[];
}

/** The part of a list of devices `d` that says what became of each. */
export const lifecycleColumn = `
  (select jsonb_build_object('state', l.state, 'since', l.since, 'act', a.name, 'mayEnroll', l.may_enroll,
      'reenrollGroup', l.reenroll_group, 'eraseAt', l.erase_at, 'erasedAt', l.erased_at, 'refusedAt', l.refused_at,
      'releases', coalesce((select jsonb_agg(jsonb_build_object('portal', r.portal, 'since', r.since,
          'askedAt', r.asked_at, 'trouble', r.trouble) order by r.portal)
        from reeve.portal_release r where r.device = d.id and r.ended_at is null), '[]'))
    from reeve.lifecycle l left join reeve.act a on a.id = l.act
    where l.device = d.id and l.ended_at is null)`;

/** A wipe, or another end of management, that was sent and of which nobody knows whether it was carried out. */
export interface UnansweredEnd {
  readonly act: string;
  readonly verb: string;
  readonly status: "sent" | "unknown";
  readonly since: number;
}

const unansweredEnds = `
  from reeve.act_target t join reeve.act a on a.id = t.act
  where t.status in ('sent', 'unknown') and t.verb in ('wipe', 'unenroll', 'relinquishOwnership')`;

/** The same for such an end, the latest. */
export const unansweredColumn = `
  (select jsonb_build_object('act', a.name, 'verb', t.verb, 'status', t.status, 'since', t.updated_at)
    ${unansweredEnds} and t.device = d.id and t.epoch = d.epoch order by t.updated_at desc limit 1)`;

/** The devices of a list that are in a state, one of `recordStates`, `release-pending` or `unanswered`. */
export const isInState = (parameter: string): string => `(
  exists (select from reeve.lifecycle l where l.device = d.id and l.ended_at is null and l.state = ${parameter})
  or (${parameter} = 'release-pending' and exists (
    select from reeve.portal_release r where r.device = d.id and r.ended_at is null))
  or (${parameter} = 'unanswered' and exists (select ${unansweredEnds} and t.device = d.id and t.epoch = d.epoch)))`;

/** How many devices are in each state, what is to be released where, and ends that nobody has answered. */
export interface LifecycleCounts {
  readonly states: Readonly<Partial<Record<RecordState, number>>>;
  readonly releases: Readonly<Partial<Record<ReleasePortal, number>>>;
  readonly unanswered: { readonly devices: number; readonly since: number | null };
  /** Retired devices that asked to enroll in the last week. */
  readonly refused: number;
  /** Retired devices whose personal records could not be erased when they were due. */
  readonly unerased: number;
}

const weekMs = 7 * 86_400_000;

/** Costs what there is of it, and nothing of the managed fleet. */
export async function countLifecycles(store: Store, now: number): Promise<LifecycleCounts> {
  const [row] = await store.query<{ found: LifecycleCounts }>(
    `select jsonb_build_object(
       'states', coalesce((select jsonb_object_agg(s.state, s.count) from (
         select l.state, count(*) as count from reeve.lifecycle l where l.ended_at is null group by 1) s), '{}'),
       'releases', coalesce((select jsonb_object_agg(s.portal, s.count) from (
         select r.portal, count(*) as count from reeve.portal_release r where r.ended_at is null group by 1) s), '{}'),
       'unanswered', (select jsonb_build_object('devices', count(distinct t.device), 'since', min(t.updated_at))
         from reeve.act_target t join reeve.device d on d.id = t.device and d.epoch = t.epoch
         where t.status in ('sent', 'unknown') and t.verb in ('wipe', 'unenroll', 'relinquishOwnership')),
       'refused', (select count(*) from reeve.lifecycle l where l.ended_at is null and l.refused_at > $1),
       'unerased', (select count(*) from reeve.lifecycle l
         where l.erase_failed_at is not null and l.erased_at is null and l.ended_at is null)) as found`,
    [now - weekMs],
  );
  if (row === undefined) throw new Error("counting gave no row");
  return row.found;
}

/** A person takes back that a device is retired. False when it is not. */
export async function readmitDevice(db: Db, device: string, at: number): Promise<boolean> {
  const rows = await db.query(
    `update reeve.lifecycle set ended_at = $2
     where device = $1 and ended_at is null and not may_enroll returning device`,
    [device, at],
  );
  if (rows.length > 0)
    await db.query("update reeve.portal_release set ended_at = $2 where device = $1 and ended_at is null", [
      device,
      at,
    ]);
  return rows.length > 0;
}

/** A device is not in a portal any more. False when nobody waits for that. */
export async function endRelease(
  db: Db,
  device: string,
  portal: ReleasePortal,
  at: number,
): Promise<boolean> {
  const rows = await db.query(
    `update reeve.portal_release set ended_at = $3
     where device = $1 and portal = $2 and ended_at is null returning device`,
    [device, portal, at],
  );
  return rows.length > 0;
}
