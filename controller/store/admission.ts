import type { Facts } from "../core/facts.ts";
import type { Granted } from "../core/granted.ts";
import type { Observed } from "../core/observed.ts";
import type { AdmissionGroup, Interned, Unseen } from "../core/ports.ts";
import type { RolloutVersions } from "../core/rollout.ts";
import { inSlices } from "../slices.ts";
import { budgetWindowMs } from "./control.ts";
import { countedDevices, isCounted } from "./counted.ts";
import { loadInterned } from "./interned.ts";
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
  readonly devices: number;
  readonly removals: number;
  readonly isolating: number;
}

/**
 * The sets of channels that admission decides alike, with their records; a plan tells those that report other items
 * apart as well. While rollouts are under way they are told apart by what they see of these, too. Devices
 * come before users, whom they make up themselves; of both the largest sets first, those of one decision together. Costs grow with distinct states.
 */
export async function listGroups(
  store: Store,
  scope: Scope = "all",
  purpose: "admission" | "plan" = "plan",
  rollouts?: readonly RolloutVersions[],
): Promise<AdmissionGroup[]> {
  const waves = wavesIn(rollouts, "c.device", 5);
  const text = purpose === "plan" ? groupsOfPlan(waves.sql) : groupsOfAdmission(waves.sql);
  const about = typeof scope === "string" ? [scope, []] : ["devices", scope.devices];
  const rows = await store.query<GroupRow>(text, [...about, store.clock(), budgetWindowMs, ...waves.values]);
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
    devices: row.devices,
    counted: { removals: row.removals, isolating: row.isolating },
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

// Counting devices apart sorts what it counts: only where one may have several channels.
const groupsBy = (keys: string, waves: string) =>
  (["device", "user"] as const)
    .map((kind) => {
      const devices = kind === "device" ? "*" : "distinct c.device";
      return `
  select ${keys}, bool_or(d.awaiting) as awaiting, count(*) as count, count(${devices}) as devices,
    count(${devices}) filter (where ${isCounted("removals", "d.id")}) as removals,
    count(${devices}) filter (where ${isCounted("isolating", "d.id")}) as isolating
  ${channelsInScope(waves)} and c.kind = '${kind}'
  group by ${keys}`;
    })
    .join(" union all ");

const decision = "kind, user_address, facts_id, named, granted_id, suspended, unseen, waves";

const groupsOfAdmission = (waves: string) => `
  with ${countedDevices("$3", "$4")}
  select *, null as observed_id from (${groupsBy(decided, waves)}) g
  order by kind, count desc, ${decision}`;

const groupsOfPlan = (waves: string) => `
  with ${countedDevices("$3", "$4")}
  select * from (${groupsBy(`${decided}, c.observed_id`, waves)}) g
  order by kind, sum(count) over (partition by ${decision}) desc, ${decision}, count desc, observed_id`;

/** Managed devices that no admission has looked at since their facts, names or epoch changed. */
export async function countAwaiting(store: Store): Promise<number> {
  const [row] = await store.query<{ count: number }>(
    `select count(*) as count from reeve.device d where awaiting and facts_id is not null
       and exists (select from reeve.channel c where c.device = d.id and c.epoch = d.epoch and c.status <> 'left')`,
  );
  return row?.count ?? 0;
}
