import type { Json } from "../core/canonical.ts";
import { finalVerbs } from "../core/intent.ts";
import type { Store } from "./open.ts";

/** What these channels reported last as their security, by channel. */
export async function securityOf(
  store: Store,
  channels: readonly string[],
): Promise<ReadonlyMap<string, { readonly detail: Json; readonly at: number }>> {
  const rows = await store.query<{ channel: string; detail: Json; at: number }>(
    `select channel, body as detail, collected_at as at from reeve.detail
     where channel = any($1) and section = 'security'`,
    [channels],
  );
  return new Map(rows.map(({ channel, ...row }) => [channel, row]));
}

/** An act on a device, with who asked for it and who approved it. */
export interface ActOnDevice {
  readonly device: string;
  readonly act: string;
  readonly verb: string;
  readonly status: string;
  readonly at: number;
  readonly author: string;
  readonly reason: string;
  readonly approvedBy: readonly string[];
}

/** Who approved the act `a`; whoever did it alone, by broken glass, is told from those who were two. */
const approvers = `array(select distinct p.by_person || case p.kind when 'break-glass' then ' (break-glass)' else '' end
         from reeve.approval p where p.act = a.id order by 1)`;

/** Acts on these devices whose status moved since then, the oldest first. */
export function actsOnDevices(
  store: Store,
  devices: readonly string[],
  since: number,
): Promise<readonly ActOnDevice[]> {
  return store.query<ActOnDevice>(
    `select t.device, a.name as act, t.verb, t.status, t.updated_at as at, a.author, a.reason,
       ${approvers} as "approvedBy"
     from reeve.act_target t join reeve.act a on a.id = t.act
     where t.device = any($1) and t.updated_at >= $2 order by t.updated_at, a.name`,
    [devices, since],
  );
}

/** The act that ended the management of a device in an epoch; undefined where none of reeve's did. */
export async function endOf(
  store: Store,
  device: string,
  epoch: number,
): Promise<Omit<ActOnDevice, "device" | "status"> | undefined> {
  const [row] = await store.query<Omit<ActOnDevice, "device" | "status">>(
    `select a.name as act, t.verb, t.updated_at as at, a.author, a.reason,
       ${approvers} as "approvedBy"
     from reeve.act_target t join reeve.act a on a.id = t.act
     where t.device = $1 and t.epoch = $2 and t.status = 'executed' and t.verb = any($3)
     order by t.updated_at limit 1`,
    [device, epoch, [...finalVerbs]],
  );
  return row;
}

/** Why something happened to a device: the act that asked for it. */
export interface ActCause {
  readonly act: string;
  readonly author: string;
  readonly reason: string;
  readonly revision?: string;
  readonly approvedBy: readonly string[];
}

/** The acts among subjects of events, which are their names or their ids. */
export async function causesOf(
  store: Store,
  subjects: readonly string[],
): Promise<ReadonlyMap<string, ActCause>> {
  const rows = await store.query<Omit<ActCause, "revision"> & { subject: string; revision: string | null }>(
    `select s.subject, a.name as act, a.author, a.reason, a.revision,
       ${approvers} as "approvedBy"
     from unnest($1::text[]) as s(subject) join reeve.act a on a.id = s.subject or a.name = s.subject`,
    [subjects],
  );
  return new Map(
    rows.map(({ subject, revision, ...cause }) => [
      subject,
      { ...cause, ...(revision === null ? {} : { revision }) },
    ]),
  );
}

/** Devices by condition on one day, of a group or (with no name) of all. */
export interface DayCount {
  /** `2026-11-26`, in the organization's time zone. */
  readonly day: string;
  readonly group: string;
  readonly total: number;
  readonly ready: number;
  readonly reconciling: number;
  readonly stalled: number;
  readonly held: number;
  readonly unreachable: number;
}

/** Keeps how devices stand today, in place of what was kept of today before, and lets go of what is older than 400 days. */
export async function keepDayCounts(
  store: Store,
  day: string,
  counts: readonly Omit<DayCount, "day">[],
): Promise<void> {
  await store.query(
    `with gone as (delete from reeve.day_count where day < ($1::date - 400)::text)
     insert into reeve.day_count (day, "group", total, ready, reconciling, stalled, held, unreachable)
     select $1, c.* from jsonb_to_recordset($2) as c(
       "group" text, total integer, ready integer, reconciling integer, stalled integer, held integer, unreachable integer)
     on conflict (day, "group") do update set total = excluded.total, ready = excluded.ready,
       reconciling = excluded.reconciling, stalled = excluded.stalled, held = excluded.held,
       unreachable = excluded.unreachable`,
    [day, JSON.stringify(counts)],
  );
}

/** What was kept since a day, of one group, or with an empty name of all devices; the oldest first. */
export function dayCounts(store: Store, group: string, since: string): Promise<readonly DayCount[]> {
  return store.query<DayCount>(
    `select day, "group", total, ready, reconciling, stalled, held, unreachable from reeve.day_count
     where "group" = $1 and day >= $2 order by day`,
    [group, since],
  );
}
