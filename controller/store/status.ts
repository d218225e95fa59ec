import type { ActTarget } from "../core/act.ts";
import type { ChannelState } from "../core/channel.ts";
import type { DeclarationSet } from "../core/declarations.ts";
import type { Facts } from "../core/facts.ts";
import type { Granted } from "../core/granted.ts";
import type { Observed } from "../core/observed.ts";
import type { ChannelRow, Interned } from "../core/ports.ts";
import { joinRefusal } from "./android-policies.ts";
import { loadInterned } from "./interned.ts";
import type { Store } from "./open.ts";

/** Devices whose condition is the same: judge one, count all. */
export interface StatusGroup {
  readonly facts: Interned<Facts> | undefined;
  readonly granted: Interned<Granted> | undefined;
  readonly observed: Interned<Observed> | undefined;
  /** The declarations that their channels were handed last. */
  readonly declared: Interned<DeclarationSet> | undefined;
  readonly status: ChannelRow["status"];
  readonly suspended: boolean;
  /** What Apps and Books says of their licences: the same for all of them. */
  readonly licences: ChannelRow["licences"] | null;
  /** The push service knows their tokens no more: they cannot be woken. */
  readonly tokenDead: boolean;
  /** Not seen since the time that was asked about. */
  readonly silent: boolean;
  /** Why the policy of Android devices is not at Google; null for others. */
  readonly refusal: string | null;
  /** Progress of `example`; that of the others differs in nothing that a condition tells (core/standing.ts). */
  readonly progress: ChannelState["progress"];
  /** Acts of each of them that are not over. */
  readonly acts: readonly Omit<ActTarget, "parameters">[];
  readonly count: number;
  /** The first device of the group, and what people call it. */
  readonly example: string;
  readonly name: string;
}

interface Row extends Omit<StatusGroup, "facts" | "granted" | "observed" | "declared" | "progress"> {
  readonly facts_id: string | null;
  readonly granted_id: string | null;
  readonly observed_id: string | null;
  readonly declared_id: string | null;
  readonly progress: ChannelState["progress"] | null;
}

/**
 * Managed devices, counted by what their condition follows from; what is answered grows with the number of distinct
 * states, not of devices. `silentBefore` is the time before which the last contact counts as silence.
 */
export async function countStatus(store: Store, silentBefore: number): Promise<StatusGroup[]> {
  const rows = await store.query<Row>(counting, [silentBefore]);
  const ids = rows.flatMap((row) => [row.facts_id, row.granted_id, row.observed_id, row.declared_id]);
  const record = await loadInterned(store, store.interned, ids);
  return rows.map(({ facts_id, granted_id, observed_id, declared_id, ...row }) => ({
    ...row,
    progress: row.progress ?? {},
    facts: record(facts_id) as Interned<Facts> | undefined,
    granted: record(granted_id) as Interned<Granted> | undefined,
    observed: record(observed_id) as Interned<Observed> | undefined,
    declared: record(declared_id) as Interned<DeclarationSet> | undefined,
  }));
}

const counting = {
  name: "status-count",
  text: `
    with acts as materialized (
      select t.device, t.epoch, jsonb_agg(jsonb_build_object(
          'act', t.act, 'name', a.name, 'verb', t.verb, 'status', t.status, 'destructive', t.destructive,
          'expiresAt', a.expires_at, 'frozenAt', a.created_at)
          || case when t.status = 'ready' and t.note is not null then jsonb_build_object('note', t.note) else '{}' end
          order by a.created_at, t.act) as open
      from reeve.act_target t join reeve.act a on a.id = t.act
      where t.status in ('held', 'ready', 'sent') or (t.status = 'unknown' and t.destructive)
      group by t.device, t.epoch
    ), alike as materialized (
      select d.facts_id, c.granted_id, c.observed_id, c.declared_id, c.status, d.suspended is not null as suspended,
        c.token_dead as "tokenDead", c.last_seen_at < $1 as silent, c.phases, coalesce(a.open, '[]') as acts, d.licences, g.refusal,
        count(*) as count, min(d.id) as example
      from reeve.channel c
      join reeve.device d on d.id = c.device and d.epoch = c.epoch
      left join acts a on a.device = d.id and a.epoch = d.epoch
      ${joinRefusal}
      where c.kind = 'device' and c.status <> 'left'
      group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
    )
    select g.facts_id, g.granted_id, g.observed_id, g.declared_id, g.status, g.suspended, g."tokenDead", g.silent, g.acts, g.licences,
      g.refusal, g.count, g.example, coalesce(d.alias, d.serial, d.id) as name, c.state->'progress' as progress
    from alike g
    join reeve.device d on d.id = g.example
    join reeve.channel c on c.device = d.id and c.epoch = d.epoch and c.kind = 'device'
    order by g.count desc, g.example`,
};
