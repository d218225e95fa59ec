import type { Facts } from "../core/facts.ts";
import type { Granted } from "../core/granted.ts";
import type { Observed } from "../core/observed.ts";
import type { ChannelRow, Interned } from "../core/ports.ts";
import { loadInterned } from "./interned.ts";
import type { Store } from "./open.ts";

/** Devices whose condition is the same but for their progress: judge one, count all. */
export interface StatusGroup {
  readonly facts: Interned<Facts> | undefined;
  readonly granted: Interned<Granted> | undefined;
  readonly observed: Interned<Observed> | undefined;
  readonly status: ChannelRow["status"];
  readonly suspended: boolean;
  /** The push service knows their tokens no more: they cannot be woken. */
  readonly tokenDead: boolean;
  /** Not seen since the time that was asked about. */
  readonly silent: boolean;
  /** The phases of what is under way, sorted and joined with blanks; empty when everything is settled. */
  readonly phases: string;
  readonly heldActs: boolean;
  readonly openActs: boolean;
  readonly count: number;
  /** A device of the group, to look at more closely where `phases` or acts leave a question. */
  readonly example: string;
}

interface Row extends Omit<StatusGroup, "facts" | "granted" | "observed"> {
  readonly facts_id: string | null;
  readonly granted_id: string | null;
  readonly observed_id: string | null;
}

/**
 * Managed devices, counted by what their condition follows from; the cost grows with the number of distinct states.
 * `silentBefore` is the time before which the last contact counts as silence. Devices with an empty `phases` are
 * judged by their records alone; the others are few (`listUnsettled`).
 */
export async function countStatus(store: Store, silentBefore: number): Promise<StatusGroup[]> {
  const rows = await store.query<Row>(
    `with acts as materialized (
       select t.device, t.epoch, bool_or(t.status = 'held') as held, bool_or(t.status <> 'held') as open
       from reeve.act_target t
       where t.status in ('held', 'ready', 'sent') or (t.status = 'unknown' and t.destructive)
       group by t.device, t.epoch
     )
     select d.facts_id, c.granted_id, c.observed_id, c.status, d.suspended is not null as suspended, c.token_dead as "tokenDead",
       c.last_seen_at < $1 as silent, c.phases, coalesce(a.held, false) as "heldActs",
       coalesce(a.open, false) as "openActs", count(*) as count, min(d.id) as example
     from reeve.channel c
     join reeve.device d on d.id = c.device and d.epoch = c.epoch
     left join acts a on a.device = d.id and a.epoch = d.epoch
     where c.kind = 'device' and c.status <> 'left'
     group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
     order by count(*) desc, min(d.id)`,
    [silentBefore],
  );
  const ids = rows.flatMap((row) => [row.facts_id, row.granted_id, row.observed_id]);
  const record = await loadInterned(store, store.interned, ids);
  return rows.map(({ facts_id, granted_id, observed_id, ...row }) => ({
    ...row,
    facts: record(facts_id) as Interned<Facts> | undefined,
    granted: record(granted_id) as Interned<Granted> | undefined,
    observed: record(observed_id) as Interned<Observed> | undefined,
  }));
}

/** The devices with something under way, whose condition depends on their own progress; in pages by id. */
export async function listUnsettled(store: Store, after: string, limit: number): Promise<string[]> {
  const rows = await store.query<{ id: string }>(
    `select d.id from reeve.channel c join reeve.device d on d.id = c.device and d.epoch = c.epoch
     where c.kind = 'device' and c.status <> 'left' and c.phases <> '' and d.id > $1
     order by d.id limit $2`,
    [after, limit],
  );
  return rows.map((row) => row.id);
}

/** How many devices are managed now, for the device limit. */
export async function countEnrolled(store: Store): Promise<number> {
  const [row] = await store.query<{ count: number }>(
    "select count(*) as count from reeve.channel where kind = 'device' and status in ('enrolled', 'quarantined')",
  );
  return row?.count ?? 0;
}
