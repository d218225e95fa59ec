import type { Facts } from "../core/facts.ts";
import type { Granted } from "../core/granted.ts";
import type { Observed } from "../core/observed.ts";
import type { AdmissionGroup, Interned, Unseen } from "../core/ports.ts";
import type { RolloutVersions } from "../core/rollout.ts";
import { inSlices } from "../slices.ts";
import { withRetries } from "./db.ts";
import { intern, loadInterned } from "./interned.ts";
import { toJson } from "./json.ts";
import type { Store } from "./open.ts";
import { wavesIn } from "./waves.ts";

/** Which channels to group: all that are managed, those that wait for admission, or those of some devices. */
export type Scope = "all" | "awaiting" | { readonly devices: readonly string[] };

interface GroupRow {
  readonly kind: "device" | "user";
  readonly user_address: string | null;
  readonly facts_id: string;
  readonly named: string[];
  readonly granted_id: string | null;
  readonly observed_id: string | null;
  readonly suspended: string | null;
  readonly unseen: Unseen | null;
  readonly waves: string | null;
  readonly awaiting: boolean;
  readonly count: number;
}

/**
 * The sets of channels that admission decides alike, with their records; a plan tells those that report other items
 * apart as well. While rollouts are under way they are told apart by what they see of these, too. The largest sets come first, those of one decision together. Costs grow with distinct states.
 */
export async function listGroups(
  store: Store,
  scope: Scope = "all",
  purpose: "admission" | "plan" = "plan",
  rollouts?: readonly RolloutVersions[],
): Promise<AdmissionGroup[]> {
  const waves = wavesIn(rollouts, "c.device", 3);
  const text = purpose === "plan" ? groupsOfPlan(waves.sql) : groupsOfAdmission(waves.sql);
  const about = typeof scope === "string" ? [scope, []] : ["devices", scope.devices];
  const rows = await store.query<GroupRow>(text, [...about, ...waves.values]);
  const ids = new Set<string | null>();
  for await (const row of inSlices(rows)) ids.add(row.facts_id).add(row.granted_id).add(row.observed_id);
  const record = await loadInterned(store, store.interned, ids);
  const groups: AdmissionGroup[] = [];
  for await (const row of inSlices(rows)) groups.push(toGroup(row, record));
  return groups;
}

function toGroup(
  row: GroupRow,
  record: (id: string | null) => Interned<unknown> | undefined,
): AdmissionGroup {
  return {
    kind: row.kind,
    user: row.user_address ?? undefined,
    facts: (record(row.facts_id) as Interned<Facts> | undefined) ?? { id: row.facts_id, body: {} },
    named: row.named,
    granted: record(row.granted_id) as Interned<Granted> | undefined,
    observed: record(row.observed_id) as Interned<Observed> | undefined,
    suspended: row.suspended ?? undefined,
    ...(row.unseen === null ? {} : { unseen: row.unseen }),
    ...(row.waves === null ? {} : { waves: row.waves }),
    awaiting: row.awaiting,
    count: row.count,
  };
}

// The address of a user, where his short name is one (a Managed Apple Account on a Shared iPad).
export const userAddress =
  "case when c.kind = 'user' and position('@' in c.user_name) > 1 then lower(c.user_name) end";
const decided = "c.kind, c.user_address, d.facts_id, d.named, c.granted_id, d.suspended, u.unseen, c.waves";

// Android devices of which is not known what removals rest on; see `Unseen`.
export const unseenDevices = `(
  select a.channel, case
    when a.policy is not null and p.id is null then 'foreign'
    when v.policy is null then 'policy'
    else 'apps' end as unseen
  from reeve.android_device a
  left join reeve.android_policy p on p.id = a.policy
  left join reeve.android_policy_version v on v.policy = a.applied_policy and v.version = a.applied_version
  where (a.policy is not null and p.id is null) or v.policy is null or exists (
    select from reeve.overdue o join reeve.channel k on k.device = o.device
    where k.id = a.channel and o.section = 'applications'))`;

const channelsInScope = (waves: string) => `
  from (select c.*, ${userAddress} as user_address, ${waves} as waves from reeve.channel c) c join reeve.device d on d.id = c.device
  left join ${unseenDevices} u on u.channel = c.id
  where c.status <> 'left' and c.epoch = d.epoch and d.facts_id is not null
    and ($1 <> 'devices' or d.id = any($2))
    and ($1 <> 'awaiting' or c.id = any(array(
      select w.id from reeve.channel w join reeve.device a on a.id = w.device where a.awaiting
      union select w.id from reeve.channel w where w.granted_id is null and w.status <> 'left')))`;

const groupsOfAdmission = (waves: string) => `
  select ${decided}, null as observed_id, bool_or(d.awaiting) as awaiting, count(*) as count ${channelsInScope(waves)}
  group by ${decided} order by count(*) desc, ${decided}`;

const groupsOfPlan = (waves: string) => `
  select ${decided}, c.observed_id, bool_or(d.awaiting) as awaiting, count(*) as count ${channelsInScope(waves)}
  group by ${decided}, c.observed_id
  order by sum(count(*)) over (partition by ${decided}) desc, ${decided}, count(*) desc, c.observed_id`;

/** A new granted state for one group. */
export interface Regrant {
  readonly group: Pick<
    AdmissionGroup,
    "kind" | "user" | "facts" | "named" | "granted" | "suspended" | "unseen" | "waves"
  >;
  readonly granted: Interned<Granted>;
  /** At most so many channels of the group, the ones seen last first. */
  readonly limit?: number;
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
  const input = requests.map(({ group, granted, limit, sleeps }, n) => ({
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
    sleeps: sleeps === true,
  }));
  return withRetries(async () => {
    await intern(store, records, options.at);
    const { name = null, term = null } = options.lease ?? {};
    const waves = wavesIn(options.rollouts, "d.id", 6);
    const values = [toJson(input), options.dueAt, name, term, options.at, ...waves.values];
    const rows = await store.query<{ n: number; count: number }>(regrantGroups(waves.sql), values);
    const counts = new Map(rows.map((row) => [row.n, row.count]));
    return requests.map((_, n) => counts.get(n) ?? 0);
  });
}

const regrantGroups = (waves: string) => `
  with input as materialized (
    select i.*, array(select jsonb_array_elements_text(i.names)) as named
    from jsonb_to_recordset($1::jsonb) as i(
      n int, kind text, user_address text, facts_id text, names jsonb, granted_id text, suspended text,
      unseen text, waves text, to_id text, most int, sleeps boolean)
  ), found as (
    select c.id, c.epoch, c.granted_id, i.n, i.to_id, i.most, i.sleeps,
      row_number() over (partition by i.n order by c.last_seen_at desc, c.id) as place
    from reeve.channel c join reeve.device d on d.id = c.device
    left join ${unseenDevices} u on u.channel = c.id
    join input i on i.kind = c.kind and i.facts_id = d.facts_id and i.named = d.named
      and coalesce(i.granted_id, '') = coalesce(c.granted_id, '') and i.suspended is not distinct from d.suspended
      and i.unseen is not distinct from u.unseen and i.waves is not distinct from ${waves}
      and (c.kind = 'device' or i.user_address is not distinct from ${userAddress})
    where c.status <> 'left' and c.epoch = d.epoch
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

/** Managed devices that no admission has looked at since their facts, names or epoch changed. */
export async function countAwaiting(store: Store): Promise<number> {
  const [row] = await store.query<{ count: number }>(
    `select count(*) as count from reeve.device d where awaiting and facts_id is not null
       and exists (select from reeve.channel c where c.device = d.id and c.epoch = d.epoch and c.status <> 'left')`,
  );
  return row?.count ?? 0;
}
