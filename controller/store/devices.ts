import type { Json } from "../core/canonical.ts";
import type { ChannelState } from "../core/channel.ts";
import type { DeclarationSet } from "../core/declarations.ts";
import type { Facts } from "../core/facts.ts";
import type { Granted, Section } from "../core/granted.ts";
import type { Observed } from "../core/observed.ts";
import type { ChannelRow, Interned } from "../core/ports.ts";
import { joinRefusal } from "./android-policies.ts";
import { loadInterned } from "./interned.ts";
import {
  isInState,
  type LifecycleRow,
  lifecycleColumn,
  type UnansweredEnd,
  unansweredColumn,
} from "./lifecycle.ts";
import type { Store } from "./open.ts";

/** Which devices to list. Texts compare without regard to case; everything given must hold. */
export interface DeviceFilter {
  /** A prefix, such as `iPad13`. */
  readonly model?: string;
  readonly owner?: string;
  /** Digits of a phone number, anywhere in it. */
  readonly phone?: string;
  /** Whether a store account is signed in, by the device's own report; one that has not said is neither. */
  readonly storeAccount?: boolean;
  /** A user of the device: part of a user channel's id, or of a user name that the device reports. */
  readonly user?: string;
  /** A profile on it: its PayloadIdentifier, or `Profile/NAME` for one that reeve installed. */
  readonly profile?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Any other fact: platform, ownership, mode, osVersion, … */
  readonly facts?: Readonly<Record<string, string>>;
  /** Only managed devices, or only those that have left; all when absent. */
  readonly registered?: boolean;
  readonly suspended?: boolean;
  /** Whether a section of it is older than its schedule allows, as the last look found it. */
  readonly overdue?: boolean;
  /** What became of it (core/lifecycle.ts), `release-pending`, or `unanswered`. */
  readonly state?: string;
  /** Only these; with `after` and `limit` for pages in the order of ids. */
  readonly ids?: readonly string[];
  readonly after?: string;
  readonly limit: number;
}

/** One device as lists show it. */
export interface DeviceRow {
  readonly id: string;
  readonly serial: string | undefined;
  readonly udid: string | undefined;
  readonly alias: string | undefined;
  readonly epoch: number;
  readonly enrolledAt: number;
  readonly named: readonly string[];
  readonly suspended: string | undefined;
  readonly licences: ChannelRow["licences"];
  readonly awaiting: boolean;
  readonly facts: Facts;
  /** Its device channel; the one that was seen last. */
  readonly channel: string;
  readonly status: ChannelRow["status"];
  readonly lastSeenAt: number;
  readonly dueAt: number | undefined;
  readonly tokenDead: boolean;
  /** Pushes that the service took since the device was last seen. */
  readonly pushes: number;
  readonly state: ChannelState;
  /** The identity that its channel is pinned to. */
  readonly certificate: string;
  readonly validity: ChannelRow["validity"] | undefined;
  readonly granted: Interned<Granted> | undefined;
  readonly observed: Interned<Observed> | undefined;
  /** The declarations that its channel was handed last. */
  readonly declared: Interned<DeclarationSet> | undefined;
  /** Why the policy of an Android device is not at Google. */
  readonly refusal: string | undefined;
  /** Acts of this epoch that are held, ready or sent. */
  readonly acts: ChannelRow["acts"];
  /** What became of it when it was deprovisioned, until it enrolls again. */
  readonly lifecycle: LifecycleRow | undefined;
  /** It was sent the end of its management, and nobody knows whether that was carried out. */
  readonly unanswered: UnansweredEnd | undefined;
}

type Row = Omit<DeviceRow, "facts" | "granted" | "observed" | "declared"> & {
  readonly facts_id: string | null;
  readonly granted_id: string | null;
  readonly observed_id: string | null;
  readonly declared_id: string | null;
};

/** Devices in the order of their ids. */
export async function listDevices(store: Store, filter: DeviceFilter): Promise<DeviceRow[]> {
  const rows = await store.query<Row>(listing, [
    filter.ids ?? null,
    filter.after ?? "",
    filter.registered ?? null,
    filter.suspended ?? null,
    JSON.stringify(factsOf(filter)),
    filter.model ?? null,
    filter.phone?.replace(/\D/g, "") || null,
    filter.storeAccount ?? null,
    filter.user ?? null,
    filter.profile ?? null,
    filter.limit,
    filter.overdue ?? null,
    filter.state ?? null,
  ]);
  const ids = rows.flatMap((row) => [row.facts_id, row.granted_id, row.observed_id, row.declared_id]);
  const record = await loadInterned(store, store.interned, ids);
  return rows.map(({ facts_id, granted_id, observed_id, declared_id, ...row }) => ({
    ...row,
    serial: row.serial ?? undefined,
    udid: row.udid ?? undefined,
    alias: row.alias ?? undefined,
    suspended: row.suspended ?? undefined,
    licences: row.licences ?? undefined,
    dueAt: row.dueAt ?? undefined,
    validity: row.validity ?? undefined,
    refusal: row.refusal ?? undefined,
    acts: row.acts ?? [],
    lifecycle: row.lifecycle ?? undefined,
    unanswered: row.unanswered ?? undefined,
    facts: (record(facts_id)?.body as Facts | undefined) ?? {},
    granted: record(granted_id) as Interned<Granted> | undefined,
    observed: record(observed_id) as Interned<Observed> | undefined,
    declared: record(declared_id) as Interned<DeclarationSet> | undefined,
  }));
}

function factsOf(filter: DeviceFilter): Record<string, string> {
  const tags = Object.entries(filter.tags ?? {}).map(([key, value]) => [`tag.${key}`, value]);
  const owner = filter.owner === undefined ? {} : { owner: filter.owner };
  return { ...filter.facts, ...owner, ...Object.fromEntries(tags) };
}

// The device channel of the current epoch stands for the device. Details are opened only where a filter asks.
const listing = `
  select d.id, d.serial, d.udid, d.alias, d.epoch, d.enrolled_at as "enrolledAt", d.named, d.suspended, d.licences,
    d.awaiting,
    d.facts_id, c.id as channel, c.status, c.last_seen_at as "lastSeenAt", c.due_at as "dueAt",
    c.token_dead as "tokenDead", c.pushes, c.state, c.certificate, c.granted_id, c.observed_id, c.declared_id,
    g.refusal,
    (select jsonb_build_object('notBefore', x.not_before, 'notAfter', x.not_after)
      from reeve.certificate x where x.sha256 = c.certificate) as validity,
    (select jsonb_agg(jsonb_build_object(
        'act', t.act, 'name', a.name, 'verb', t.verb, 'parameters', t.parameters::jsonb, 'status', t.status,
        'destructive', t.destructive, 'expiresAt', a.expires_at, 'frozenAt', a.created_at,
            'mark', left(a.mac, 16))
        || case when t.status = 'ready' and t.note is not null then jsonb_build_object('note', t.note) else '{}' end
        order by a.created_at, t.act)
      from reeve.act_target t join reeve.act a on a.id = t.act
      where t.device = d.id and t.epoch = d.epoch and (t.status in ('held', 'ready', 'sent') or (t.status = 'unknown' and t.destructive))) as acts,
    ${lifecycleColumn} as lifecycle, ${unansweredColumn} as unanswered
  from reeve.device d
  join reeve.channel c on c.device = d.id and c.epoch = d.epoch and c.kind = 'device'
  left join reeve.interned f on f.id = d.facts_id
  ${joinRefusal}
  where d.id > $2 and ($1::text[] is null or d.id = any($1))
    and ($3::boolean is null or $3 = (c.status <> 'left'))
    and ($4::boolean is null or $4 = (d.suspended is not null))
    and not exists (
      select from jsonb_each_text($5::jsonb) w
      where lower(coalesce(f.body->w.key->>'value', '')) <> lower(w.value))
    and ($6::text is null or starts_with(lower(f.body->'model'->>'value'), lower($6)))
    and ($7::text is null or exists (
      select from reeve.detail t, lateral (
        select jsonb_path_query(t.body, '$.**.PhoneNumber') union all select jsonb_path_query(t.body, '$.**.phoneNumber')) p(v)
      where t.channel = c.id and t.section = 'device' and regexp_replace(v #>> '{}', '\\D', '', 'g') like '%' || $7 || '%'))
    and ($8::boolean is null or exists (
      select from reeve.detail t, jsonb_path_query(t.body, '$.**.iTunesStoreAccountIsActive') v
      where t.channel = c.id and t.section = 'device' and v = to_jsonb($8::boolean)))
    and ($9::text is null
      or exists (
        select from reeve.channel u
        where u.device = d.id and u.kind = 'user' and u.status <> 'left' and position(lower($9) in lower(u.id)) > 0)
      or exists (
        select from reeve.detail t,
          jsonb_path_query(t.body, '$.** ? (@.type() == "object").keyvalue() ? (@.key like_regex "User.*Name$").value') v
        where t.channel = c.id and t.section = 'device' and position(lower($9) in lower(v #>> '{}')) > 0))
    and ($10::text is null or exists (
      select from reeve.interned o
      where o.id = c.observed_id and (o.body->'profiles' ? $10 or o.body->'owned' ? $10)))
    and ($13::text is null or ${isInState("$13::text")})
    and ($12::boolean is null or $12 = exists (select from reeve.overdue o where o.device = d.id))
  order by d.id limit $11`;

/**
 * Devices that a person may mean by a word: id, serial, UDID, alias, or the name of a manifest that matches it.
 * More than one means the word is ambiguous.
 */
export async function findDevices(store: Store, word: string, limit = 10): Promise<DeviceRow[]> {
  const rows = await store.query<{ id: string }>(
    `select id from reeve.device
     where id = $1 or serial = $1 or udid = $1 or lower(alias) = lower($1) or $1 = any(named)
     union select device from reeve.channel where id = $1
     limit $2`,
    [word, limit],
  );
  if (rows.length === 0) return [];
  return listDevices(store, { ids: rows.map((row) => row.id), limit });
}

/** One section of what a device reports about itself. */
export interface DetailRow {
  readonly channel: string;
  readonly section: Section;
  readonly detail: Json;
  readonly collectedAt: number;
}

/** All sections that a device's channels have reported and retention has kept. */
export function readDetails(store: Store, device: string): Promise<DetailRow[]> {
  return store.query<DetailRow>(
    `select t.channel, t.section, t.body as detail, t.collected_at as "collectedAt"
     from reeve.detail t join reeve.channel c on c.id = t.channel
     where c.device = $1 order by t.channel, t.section`,
    [device],
  );
}
