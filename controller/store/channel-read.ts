import type { ActTarget } from "../core/act.ts";
import type { ChannelState } from "../core/channel.ts";
import type { DeclarationSet } from "../core/declarations.ts";
import { type Facts, mergeFacts } from "../core/facts.ts";
import type { Granted } from "../core/granted.ts";
import type { Observed } from "../core/observed.ts";
import type { ChannelRow, Interned } from "../core/ports.ts";
import type { Db } from "./db.ts";
import type { InternedCache } from "./interned.ts";
import { stopNames } from "./stops.ts";

/** What this process believes to be a channel's interned records, so that their bodies need not travel. */
export interface Hint {
  readonly id: string;
  readonly records: readonly Interned<unknown>[];
}

// A user has no status better than that of his device: while it is in quarantine, or has not enrolled, so is he.
const readChannels = {
  name: "channels-read",
  text: `
    with clock as materialized (
      select reeve.now_ms($3) as now,
        (select k.latest from reeve.window_clock k where k.one) as latest
    ), found as materialized (
      select t.now, t.latest, c.id, c.device, c.epoch, c.kind,
        case when c.kind = 'user' and c.status = 'enrolled' then coalesce((select p.status from reeve.channel p
          where p.device = c.device and p.epoch = c.epoch and p.kind = 'device'), 'left') else c.status end as status,
        c.certificate, c.topic, c.version, c.state,
        c.granted_id, c.observed_id, c.declared_id, c.due_at, c.last_seen_at, d.facts_id, d.reported, d.enrolled_as, d.declared,
        d.serial, d.udid, d.alias, d.suspended, d.licences, x.not_before, x.not_after,
        (select jsonb_agg(jsonb_build_object(
            'act', t.act, 'name', a.name, 'verb', t.verb, 'parameters', t.parameters::jsonb, 'status', t.status,
            'destructive', t.destructive, 'expiresAt', a.expires_at, 'frozenAt', a.created_at,
            'mark', left(a.mac, 16))
            || case when t.status = 'ready' and t.note is not null then jsonb_build_object('note', t.note) else '{}' end
            || case when t.status = 'sent' then jsonb_build_object('released', (
              select o.id from reeve.release r join reeve.command o on o.id = r.command and o.status = 'sent'
              where r.act = t.act and r.device = t.device and r.epoch = t.epoch order by r.id desc limit 1))
              else '{}' end
            order by a.created_at, t.act)
          from reeve.act_target t join reeve.act a on a.id = t.act
          where t.device = c.device and t.epoch = c.epoch and t.status in ('held', 'ready', 'sent', 'unknown')
            and c.kind = 'device') as acts,
        (select array_agg(s.name) from (${stopNames}) s) as stops
      from clock t cross join reeve.channel c join reeve.device d on d.id = c.device
      left join reeve.certificate x on x.sha256 = c.certificate
      where c.id = any($1)
    )
    select *, null::jsonb as body from found
    union all
    select null, null, n.id, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
      null, null, null, null, null, null, null, null, null, null, null, n.body
    from reeve.interned n
    where n.id in (
        select facts_id from found union select granted_id from found union select observed_id from found
        union select declared_id from found)
      and n.id <> all($2)`,
};

interface Row {
  readonly now: number;
  readonly latest: number | null;
  readonly id: string;
  readonly device: string | null;
  readonly epoch: number;
  readonly kind: ChannelRow["kind"];
  readonly status: ChannelRow["status"];
  readonly certificate: string;
  readonly topic: string;
  readonly version: number;
  readonly state: ChannelState;
  readonly granted_id: string | null;
  readonly observed_id: string | null;
  readonly declared_id: string | null;
  readonly due_at: number | null;
  readonly last_seen_at: number;
  readonly facts_id: string | null;
  readonly reported: Facts;
  readonly enrolled_as: Facts;
  readonly declared: Facts;
  readonly serial: string | null;
  readonly udid: string | null;
  readonly alias: string | null;
  readonly suspended: string | null;
  readonly licences: ChannelRow["licences"] | null;
  readonly not_before: number | null;
  readonly not_after: number | null;
  readonly acts: readonly ActTarget[] | null;
  readonly stops: readonly string[] | null;
  readonly body: unknown;
}

/** Reads many channels in one statement. Bodies come along only for records that no hint holds. */
export async function readBatch(
  db: Db,
  cache: InternedCache,
  hints: readonly Hint[],
  now: number | null,
): Promise<(ChannelRow | undefined)[]> {
  // The hints keep their records alive, whatever the cache drops in the meantime.
  const held = new Map<string, Interned<unknown>>();
  for (const hint of hints) for (const record of hint.records) held.set(record.id, record);
  const ids = [...new Set(hints.map((hint) => hint.id))];
  const rows = await db.query<Row>(readChannels, [ids, [...held.keys()], now]);
  for (const row of rows) {
    if (row.device !== null) continue;
    cache.put(row.id, row.body);
    held.set(row.id, cache.get(row.id) ?? { id: row.id, body: row.body });
  }
  const channels = new Map<string, ChannelRow>();
  for (const row of rows) if (row.device !== null) channels.set(row.id, toChannel(row, row.device, held));
  return hints.map((hint) => channels.get(hint.id));
}

function toChannel(row: Row, device: string, held: ReadonlyMap<string, Interned<unknown>>): ChannelRow {
  const record = <T>(id: string | null) =>
    id === null ? undefined : (held.get(id) as Interned<T> | undefined);
  return {
    id: row.id,
    device,
    epoch: row.epoch,
    kind: row.kind,
    status: row.status,
    certificate: row.certificate,
    topic: row.topic,
    version: row.version,
    state: row.state,
    facts: record<Facts>(row.facts_id),
    reported: row.reported,
    asserted: mergeFacts(row.enrolled_as, row.declared),
    granted: record<Granted>(row.granted_id),
    observed: record<Observed>(row.observed_id),
    declared: record<DeclarationSet>(row.declared_id),
    dueAt: row.due_at ?? undefined,
    lastSeenAt: row.last_seen_at,
    serial: row.serial ?? undefined,
    udid: row.udid ?? undefined,
    alias: row.alias ?? undefined,
    suspended: row.suspended ?? undefined,
    licences: row.licences ?? undefined,
    validity: validityOf(row),
    acts: row.acts ?? [],
    stops: row.stops ?? [],
    clocks: row.latest === null ? [row.now] : [row.now, row.latest],
  };
}

function validityOf({ not_before, not_after }: Row): ChannelRow["validity"] {
  if (not_before === null || not_after === null) return undefined;
  return { notBefore: not_before, notAfter: not_after };
}
