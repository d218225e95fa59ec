import type { ActTarget } from "../core/act.ts";
import type { ChannelState } from "../core/channel.ts";
import type { Facts } from "../core/facts.ts";
import type { Granted } from "../core/granted.ts";
import type { Observed } from "../core/observed.ts";
import type { AdmissionGroup, ChannelRow, Interned, Unseen } from "../core/ports.ts";
import { type Rollout, type RolloutVersions, thresholdsOf } from "../core/rollout.ts";
import { unseenDevices } from "./admission.ts";
import { joinRefusal } from "./android-policies.ts";
import { loadInterned } from "./interned.ts";
import type { Store } from "./open.ts";
import { bytesOf, wavesIn } from "./waves.ts";

/** Devices of a wave that stand alike: judge one, count all. */
export interface WaveReport {
  readonly group: AdmissionGroup;
  readonly status: ChannelRow["status"];
  /** Heard since they were granted what they are granted, and since the rollout is judged. */
  readonly isHeard: boolean;
  /** Something failed since then. */
  readonly isFresh: boolean;
  readonly progress: ChannelState["progress"];
  readonly licences: ChannelRow["licences"] | undefined;
  readonly refusal: string | undefined;
  readonly acts: readonly ActTarget[];
  /** The first of them. */
  readonly example: string;
}

interface Row {
  readonly facts_id: string;
  readonly named: string[];
  readonly granted_id: string | null;
  readonly observed_id: string | null;
  readonly suspended: string | null;
  readonly unseen: Unseen | null;
  readonly waves: string;
  readonly status: ChannelRow["status"];
  readonly heard: boolean;
  readonly fresh: boolean;
  readonly licences: ChannelRow["licences"] | null;
  readonly refusal: string | null;
  readonly progress: ChannelState["progress"] | null;
  readonly count: number;
  readonly example: string;
}

/** How the devices stand that see the newest version of a policy. What is answered grows with distinct states. */
export async function waveReports(
  store: Store,
  rollouts: readonly RolloutVersions[],
  rollout: Rollout,
): Promise<readonly WaveReport[]> {
  const waves = wavesIn(rollouts, "c.device", 4);
  const [below = 0] = thresholdsOf(rollout.layers);
  const values = [rollout.seed, bytesOf(below), rollout.judgedFrom, ...waves.values];
  const rows = await store.query<Row>(reporting(waves.sql), values);
  const ids = rows.flatMap((row) => [row.facts_id, row.granted_id, row.observed_id]);
  const record = await loadInterned(store, store.interned, ids);
  return rows.map((row) => ({
    group: {
      facts: (record(row.facts_id) as Interned<Facts> | undefined) ?? { id: row.facts_id, body: {} },
      named: row.named,
      granted: record(row.granted_id) as Interned<Granted> | undefined,
      observed: record(row.observed_id) as Interned<Observed> | undefined,
      suspended: row.suspended ?? undefined,
      ...(row.unseen === null ? {} : { unseen: row.unseen }),
      waves: row.waves,
      count: row.count,
    },
    status: row.status,
    isHeard: row.heard,
    isFresh: row.fresh,
    progress: row.progress ?? {},
    licences: row.licences ?? undefined,
    refusal: row.refusal ?? undefined,
    acts: [],
    example: row.example,
  }));
}

const since = "greatest(coalesce(c.granted_at, 0), $3::bigint)";

const reporting = (waves: string) => `
  with alike as materialized (
    select d.facts_id, d.named, c.granted_id, c.observed_id, d.suspended, u.unseen, ${waves} as waves, c.status,
      c.last_seen_at >= ${since} as heard, c.phases,
      c.phases <> '' and exists (
        select from jsonb_each(c.state->'progress') p
        where p.value->>'phase' in ('failed', 'rejected') and (p.value->>'at')::bigint >= ${since}) as fresh,
      d.licences, g.refusal, count(*) as count, min(d.id) as example
    from reeve.channel c join reeve.device d on d.id = c.device and d.epoch = c.epoch
    left join ${unseenDevices} u on u.channel = c.id
    ${joinRefusal}
    where c.kind = 'device' and c.status <> 'left' and d.facts_id is not null
      and reeve.wave_position($1, c.device) < $2::bytea
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
  )
  select a.*, c.state->'progress' as progress from alike a
  join reeve.device d on d.id = a.example
  join reeve.channel c on c.device = d.id and c.epoch = d.epoch and c.kind = 'device'
  order by a.count desc, a.example`;

/** A device by what tells its group apart, and its place in the waves of a policy. */
export interface Placed {
  readonly factsId: string;
  readonly named: readonly string[];
  readonly grantedId: string | null;
  readonly position: number;
}

/** Devices by their place in the waves of a policy, those below a position only; the first ones first. */
export async function wavePositions(store: Store, seed: string, below: number): Promise<readonly Placed[]> {
  const rows = await store.query<Omit<Placed, "position"> & { readonly position: string }>(
    `select d.facts_id as "factsId", d.named, c.granted_id as "grantedId", encode(w.position, 'hex') as position
     from reeve.channel c join reeve.device d on d.id = c.device and d.epoch = c.epoch
     cross join lateral (select reeve.wave_position($1, c.device) as position) w
     where c.kind = 'device' and c.status <> 'left' and d.facts_id is not null and w.position < $2::bytea
     order by w.position`,
    [seed, bytesOf(below)],
  );
  return rows.map((row) => ({ ...row, position: Number.parseInt(row.position, 16) }));
}
