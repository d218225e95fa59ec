import { sha256 } from "../core/canonical.ts";
import type { LedgerChange } from "../core/ledger.ts";
import type { ChannelChange, WriteResult } from "../core/ports.ts";
import { standingDigest } from "../core/standing.ts";
import type { Db } from "./db.ts";
import { toJson } from "./json.ts";
import { sealKept } from "./kept.ts";
import type { Sealer } from "./seal.ts";

export type SentChange = Extract<LedgerChange, { type: "sent" }>;
export type ClosedChange = Extract<LedgerChange, { type: "closed" }>;

// One guarded update decides per change; every other part joins with what it returned, so a change that lost
// leaves no trace. What would send something that was stopped after it was read has lost as well. All parts are one statement and therefore one transaction. The arrays keep the planner, which
// takes every list in a JSON document for a hundred rows, from reading whole tables.
const writeChannels = {
  name: "channels-write",
  text: `
    with input as materialized (
      select * from jsonb_to_recordset($1::jsonb) as i(
        n int, id text, version bigint, state jsonb, phases text, observed_id text, observed jsonb, facts_id text,
        facts jsonb, reported jsonb, declared_id text, declared jsonb, takes_away boolean, details jsonb, patches jsonb, kept jsonb, sent jsonb, closed jsonb, acts jsonb, events jsonb,
        due_at bigint, seen_at bigint)
    ), stopped as materialized (
      select exists (select from reeve.latch l where l.engaged and l.name = 'kill-switch') as all_,
        exists (select from reeve.control k where k.name = 'frozen') as removals
    ), won as (
      update reeve.channel c
      set version = c.version + 1, state = i.state, phases = i.phases,
        observed_id = coalesce(i.observed_id, c.observed_id), due_at = i.due_at,
        last_seen_at = greatest(c.last_seen_at, i.seen_at), pushes = 0
      from input i, stopped s
      where c.id = i.id and c.version = i.version
        and not (s.all_ and (jsonb_array_length(i.sent) > 0 or i.declared_id is not null))
        and not (s.removals and i.takes_away is true)
        and not (s.removals and i.sent @> '[{"intent": {"type": "remove"}}]')
      returning i.n, c.id, c.device, c.epoch
    ), part as materialized (
      select w.device, w.epoch, i.* from won w join input i on i.n = w.n
    ), records as (
      insert into reeve.interned (id, body, created_at)
      select distinct on (r.id) r.id, r.body, r.at from (
        select observed_id as id, observed as body, seen_at as at from part where observed_id is not null
        union all
        select facts_id, facts, seen_at from part where facts_id is not null
        union all
        select declared_id, declared, seen_at from part where declared_id is not null) r
      on conflict (id) do nothing
    ), devices as (
      update reeve.device d
      set reported = p.reported, facts_id = p.facts_id, awaiting = d.awaiting or d.facts_id is distinct from p.facts_id
      from part p where d.id = p.device and d.epoch = p.epoch and p.facts_id is not null
        and (d.facts_id is distinct from p.facts_id or d.reported is distinct from p.reported)
    ), sent as (
      insert into reeve.command as o
        (id, channel, device, epoch, intent, request_type, subject, class, attempt, status, sent_at)
      select s.id, p.id, p.device, p.epoch, s.intent, s."requestType", s.subject, s.class, s.attempt, 'sent', s.at
      from part p, jsonb_to_recordset(p.sent) as s(
        id text, intent jsonb, "requestType" text, subject text, class text, attempt int, at bigint)
      on conflict (id) do update set status = 'sent', closed_at = null where o.channel = excluded.channel
    ), closing as materialized (
      select s.*, p.id as channel, p.epoch
      from part p, jsonb_to_recordset(p.closed) as s(id text, status text, errors jsonb, note text, at bigint, "putOff" text)
    ), closed as (
      update reeve.command o
      set status = s.status, closed_at = s.at, errors = coalesce(s.errors, '[]'), note = s.note,
        put_off = coalesce(s."putOff", o.put_off)
      from closing s
      where o.id = any(array(select c.id from closing c))
        and o.id = s.id and o.channel = s.channel and o.epoch = s.epoch and o.status not in ('executed', 'failed')
    ), acting as materialized (
      select s.*, p.device, p.epoch, p.seen_at
      from part p, jsonb_to_recordset(p.acts) as s(act text, status text, note text)
    ), acts as (
      update reeve.act_target t set status = s.status, note = coalesce(s.note, case when t.status <> 'sent' then t.note end), updated_at = s.seen_at
      from acting s
      where t.act = any(array(select a.act from acting a)) and t.device = any(array(select a.device from acting a))
        and t.act = s.act and t.device = s.device and t.epoch = s.epoch
        and t.status in ('held', 'ready', 'sent', 'unknown')
    ), details as (
      insert into reeve.detail as x (channel, section, digest, body, collected_at)
      select p.id, s.section, s.digest, coalesce(s.detail, 'null'), s.at
      from part p, jsonb_to_recordset(p.details) as s(section text, digest text, detail jsonb, at bigint)
      on conflict (channel, section) do update
      set collected_at = excluded.collected_at, digest = excluded.digest,
        body = case when x.digest = excluded.digest then x.body else excluded.body end
      where x.collected_at <= excluded.collected_at
    ), patched as (
      insert into reeve.detail as x (channel, section, digest, body, collected_at)
      select p.id, s.section, '', s.detail, s.at
      from part p, jsonb_to_recordset(p.patches) as s(section text, detail jsonb, at bigint, gone jsonb)
      on conflict (channel, section) do update
      set collected_at = excluded.collected_at, digest = '', body = case
        when octet_length(x.body::text) > 262144 or jsonb_typeof(x.body) <> 'object' then excluded.body
        else (x.body - array(
            select jsonb_array_elements_text(g.gone) from part h, jsonb_to_recordset(h.patches) as g(section text, gone jsonb)
            where h.id = x.channel and g.section = x.section)) || excluded.body end
    ), kept as (
      insert into reeve.kept (channel, kind, source, epoch, sealed, at)
      select p.id, s.kind, s.source, p.epoch, s.sealed, p.seen_at
      from part p, jsonb_to_recordset(p.kept) as s(kind text, source text, sealed text)
      -- What a device says of itself has an end; what was set on it has none.
      where s.sealed is not null and (s.source not like 'reported %'
        or (select count(*) from reeve.kept k where k.channel = p.id and k.kind = s.kind) < 100)
      on conflict (channel, kind, source) do update
      set epoch = excluded.epoch, sealed = excluded.sealed, at = excluded.at
    ), forgotten as (
      delete from reeve.kept k
      using part p, jsonb_to_recordset(p.kept) as s(kind text, source text, sealed text)
      where s.sealed is null and k.channel = p.id and k.kind = s.kind and k.source = s.source
    ), happened as (
      insert into reeve.event (at, type, device, subject, message, by_person, revision)
      select e.at, e.type, coalesce(e.device, p.device), e.subject, e.message, e.by, e.revision
      from part p, jsonb_to_recordset(p.events) as e(
        at bigint, type text, device text, subject text, message text, by text, revision text)
    )
    select n from won`,
};

/** Writes many changes in one statement; each is written whole or has lost. */
export async function writeBatch(db: Db, changes: readonly Prepared[]): Promise<WriteResult[]> {
  const rows = changes.map((change, n) => `{"n":${n},${change.json.slice(1)}`);
  const won = await db.query<{ n: number }>(writeChannels, [`[${rows.join(",")}]`]);
  const written = new Set(won.map((row) => row.n));
  return changes.map((_, n) => (written.has(n) ? { type: "written" } : { type: "lost" }));
}

/** Makes words that only the holder of the store's key can make. */
type WordFor = Sealer["wordFor"];

/** The word that stands in the ledger only after a device answered NotNow to this sending of a command. */
export function wordOf(id: string, sentAt: number, wordFor: WordFor): string {
  return wordFor(`not now ${id} ${sentAt}`);
}

function provenNotNow(one: ClosedChange, wordFor: WordFor): object {
  if (one.status !== "notNow" || one.sentAt === undefined) return one;
  return { ...one, putOff: wordOf(one.id, one.sentAt, wordFor) };
}

/** A change as JSON, which is made once and outside any transaction. */
export interface Prepared {
  readonly json: string;
}

/** The JSON of a change as `channels-write` reads it. */
export function prepare(change: ChannelChange, sealer: Sealer): Prepared {
  const details = new Map((change.details ?? []).map((one) => [one.section, one]));
  const whole = [...details.values()].filter((one) => one.patch === undefined);
  const patches = [...details.values()].filter((one) => one.patch !== undefined);
  const row = {
    id: change.id,
    version: change.version,
    state: change.state,
    phases: standingDigest(change.state.progress),
    observed_id: change.observed?.id,
    observed: change.observed?.body,
    facts_id: change.facts?.merged.id,
    facts: change.facts?.merged.body,
    reported: change.facts?.reported,
    declared_id: change.declared?.id,
    declared: change.declared?.body,
    takes_away: change.takesAway === true || change.declared?.takesAway,
    details: whole.map((one) => ({ ...one, digest: sha256(JSON.stringify(one.detail)) })),
    patches: patches.map(({ patch, ...one }) => ({ ...one, gone: patch?.gone ?? [] })),
    kept: sealKept(change, sealer),
    sent: change.ledger
      .filter((one) => one.type === "sent")
      .map((one) => ({ ...one, subject: subjectOf(one) })),
    closed: change.ledger
      .filter((one) => one.type === "closed")
      .map((one) => provenNotNow(one, sealer.wordFor)),
    acts: change.acts,
    events: change.events,
    due_at: change.dueAt,
    seen_at: change.seenAt,
  };
  return { json: toJson(row) };
}

function subjectOf({ intent }: SentChange): string {
  if (intent.type === "query") return `query/${intent.section}`;
  if (intent.type === "enrollment") return `enrollment/${intent.step}`;
  if (intent.type === "declare") return "declarations";
  if (intent.type === "assign") return "policy";
  return intent.type === "act" ? `act/${intent.act}` : intent.item;
}
