import type { Granted } from "../core/granted.ts";
import type { AdmissionGroup, Interned } from "../core/ports.ts";
import type { RolloutVersions } from "../core/rollout.ts";
import { unseenDevices, userAddress } from "./admission.ts";
import { budgetWindowMs } from "./control.ts";
import { countedDevices, isCounted } from "./counted.ts";
import { withRetries } from "./db.ts";
import { intern } from "./interned.ts";
import { toJson } from "./json.ts";
import { requireTerm } from "./leader.ts";
import type { Store } from "./open.ts";
import { wavesIn } from "./waves.ts";

/** A new granted state for one group. */
export interface Regrant {
  readonly group: Pick<
    AdmissionGroup,
    "kind" | "user" | "facts" | "named" | "granted" | "suspended" | "unseen" | "waves"
  >;
  readonly granted: Interned<Granted>;
  /** At most so many channels of the group, the ones seen last first. */
  readonly limit?: number;
  /** Something is taken from these channels: only from those of devices that the budget of removals has counted. */
  readonly removes?: boolean;
  /** These channels may be cut off by it; the same for the budget of what isolates. */
  readonly isolates?: boolean;
  /** Nobody is woken: nothing of it is sent. */
  readonly sleeps?: boolean;
}

export interface RegrantOptions {
  /** When these channels are due, unless they are due earlier; they are not made due when nothing changed. */
  readonly dueAt: number;
  readonly at: number;
  /** Only while this term is in force: a leader that was replaced writes nothing. */
  readonly lease?: { readonly name: string; readonly term: number };
  /** The rollouts under way when the groups were listed. */
  readonly rollouts?: readonly RolloutVersions[];
}

/**
 * Gives channels of groups a new granted state; they no longer wait for admission, and reports that are being
 * handled against the old state are refused and read again. Returns how many channels it was, request by request.
 * Channels that left their group since it was listed are not touched. The groups must be different ones.
 */
export async function regrant(
  store: Store,
  requests: readonly Regrant[],
  options: RegrantOptions,
): Promise<readonly number[]> {
  const records = [...new Map(requests.map(({ granted }) => [granted.id, granted])).values()];
  return withRetries(async () => {
    await intern(store, records, options.at);
    const { name = null, term = null } = options.lease ?? {};
    const waves = wavesIn(options.rollouts, "d.id", 7);
    const window = [options.at, budgetWindowMs];
    const values = [toJson(inputOf(requests)), options.dueAt, name, term, ...window, ...waves.values];
    const rows = await store.query<{ n: number; count: number }>(regrantGroups(waves.sql), values);
    const counts = new Map(rows.map((row) => [row.n, row.count]));
    return requests.map((_, n) => counts.get(n) ?? 0);
  });
}

interface Wanted extends Regrant {
  readonly fresh?: number | undefined;
}

function inputOf(requests: readonly Wanted[]) {
  return requests.map(({ group, granted, limit, fresh, sleeps, removes, isolates }, n) => ({
    n,
    kind: group.kind ?? "device",
    user_address: group.user,
    facts_id: group.facts.id,
    names: group.named,
    granted_id: group.granted?.id,
    suspended: group.suspended,
    unseen: group.unseen,
    waves: group.waves,
    to_id: granted.id,
    most: limit,
    fresh,
    sleeps: sleeps === true,
    removes: removes === true,
    isolates: isolates === true,
  }));
}

const input = `input as materialized (
    select i.*, array(select jsonb_array_elements_text(i.names)) as named
    from jsonb_to_recordset($1::jsonb) as i(
      n int, kind text, user_address text, facts_id text, names jsonb, granted_id text, suspended text,
      unseen text, waves text, to_id text, most int, fresh int, sleeps boolean, removes boolean, isolates boolean)
  )`;

const channelsOfInput = (waves: string) => `
    from reeve.channel c join reeve.device d on d.id = c.device
    left join ${unseenDevices} u on u.channel = c.id
    join input i on i.kind = c.kind and i.facts_id = d.facts_id and i.named = d.named
      and coalesce(i.granted_id, '') = coalesce(c.granted_id, '') and i.suspended is not distinct from d.suspended
      and i.unseen is not distinct from u.unseen and i.waves is not distinct from ${waves}
      and (c.kind = 'device' or i.user_address is not distinct from ${userAddress})
    where c.status <> 'left' and c.epoch = d.epoch`;

const isPaid = (device: string) => `(not i.removes or ${isCounted("removals", device)})
      and (not i.isolates or ${isCounted("isolating", device)})`;

const regrantGroups = (waves: string) => `
  with ${input}, ${countedDevices("$5", "$6")}, found as (
    select c.id, c.epoch, c.granted_id, i.n, i.to_id, i.most, i.sleeps,
      row_number() over (partition by i.n order by c.last_seen_at desc, c.id) as place
    ${channelsOfInput(waves)} and ${isPaid("d.id")}
      and ($3::text is null or exists (select from reeve.lease l where l.name = $3 and l.term = $4))
  ), chosen as materialized (
    select c.id, c.device, f.n, f.to_id, f.sleeps
    from found f join reeve.channel c on c.id = f.id
    where (f.most is null or f.place <= f.most) and c.epoch = f.epoch and c.status <> 'left'
      and c.granted_id is not distinct from f.granted_id
    for no key update of c
  ), settled as (
    update reeve.device d set awaiting = false from chosen h where d.id = h.device and d.awaiting
  ), changed as (
    update reeve.channel c set granted_id = h.to_id, granted_at = $5, version = c.version + 1,
      due_at = case when h.sleeps then c.due_at else least(c.due_at, $2) end
    from chosen h where c.id = h.id and c.granted_id is distinct from h.to_id
  )
  select n, count(*) as count from chosen group by n`;

/** A grant that takes something, and how many devices it may count that its budgets have not counted yet. */
export type Taking = Regrant & { readonly fresh: number };

/**
 * Counts the devices from which grants take something, each once in the window of a budget. Written before anything
 * is granted: what is not counted is not done, and what was counted for a process that ended then is done by the next.
 * A leader that was replaced counts nothing.
 */
export function countDevices(
  store: Store,
  takings: readonly Taking[],
  { at, lease, rollouts, revision }: Omit<RegrantOptions, "dueAt"> & { readonly revision: string },
): Promise<void> {
  return withRetries(() =>
    store.transaction(async (db) => {
      if (lease !== undefined) await requireTerm(db, lease);
      const waves = wavesIn(rollouts, "d.id", 5);
      const values = [toJson(inputOf(takings)), revision, at, budgetWindowMs, ...waves.values];
      await db.query(countTakings(waves.sql), values);
    }),
  );
}

const countTakings = (waves: string) => `
  with ${input}, ${countedDevices("$3", "$4")}, taking as (
    select i.n, d.id as device, i.fresh, i.removes, i.isolates, ${isPaid("d.id")} as known,
      max(c.last_seen_at) as seen
    ${channelsOfInput(waves)}
    group by i.n, d.id, i.fresh, i.removes, i.isolates
  ), placed as (
    select t.*, row_number() over (partition by t.n, t.known order by t.seen desc, t.device) as place from taking t
  )
  insert into reeve.budget_use (budget, device, subject, at)
  select distinct b.budget, p.device, $2, $3::bigint
  from placed p
  cross join lateral (values ('removals', p.removes), ('isolating', p.isolates)) b(budget, needed)
  where b.needed and (p.known or p.place <= p.fresh)`;
