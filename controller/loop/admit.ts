import type { Gates } from "../core/admission.ts";
import { digestOnce } from "../core/canonical.ts";
import type { Budget, Compiled, DeviceEntry } from "../core/compiled.ts";
import type { DesiredStates } from "../core/desired-states.ts";
import { contestedKey, type Facts } from "../core/facts.ts";
import type { Granted } from "../core/granted.ts";
import { admitEach, type Fleet, type GatesFor } from "../core/plan.ts";
import type { AdmissionGroup, CountedBudget, Interned } from "../core/ports.ts";
import { policiesSeen } from "../core/seen-policies.ts";
import type { FleetGates } from "../core/window-gates.ts";
import { inSlices } from "../slices.ts";
import { listGroups, type Scope } from "../store/admission.ts";
import { budgetUsed, budgetWindowMs, listControls, setControl } from "../store/control.ts";
import type { Declaration } from "../store/declared-match.ts";
import type { Lease } from "../store/leader.ts";
import type { Store } from "../store/open.ts";
import { countDevices } from "../store/regrant.ts";
import { tellExemptions } from "./exemptions.ts";
import { createGranter } from "./grant.ts";
import type { Latches } from "./latches.ts";
import { timedRules } from "./window-clock.ts";

export interface AdmissionResult {
  /** Channels whose granted state changed. */
  readonly changed: number;
  /** Channels from which something is taken. */
  readonly removals: number;
  /** Channels that may be cut off by it. */
  readonly isolating: number;
  /** When a maintenance window that holds something back, or would, opens or shuts next; epoch ms. */
  readonly nextEdge?: number;
}

/** Decides what every channel in scope is granted now and writes what changed, many distinct states in a statement. */
export async function admitFleet(
  store: Store,
  states: DesiredStates,
  latches: Latches,
  scope: Scope,
  at: number,
  lease?: Lease,
): Promise<AdmissionResult> {
  const { rollouts } = states.compiled;
  const groups = await listGroups(store, scope, "admission", rollouts);
  const budgets = await roomFor(store, states.compiled, groups, scope, at);
  const purpose = scope === "all" ? "all" : "some";
  const { windows, exemptAt } = await timedRules(store, states.compiled, at, purpose);
  const gates = gatesFor(states.compiled, latches, windows);
  let removals = 0;
  let isolating = 0;
  const under = {
    at,
    ...(lease === undefined ? {} : { lease }),
    ...(rollouts === undefined ? {} : { rollouts }),
  };
  const granter = createGranter(store, {
    ...under,
    dueAt: at,
    before: async (takings) => {
      await countDevices(store, takings, { ...under, revision: states.compiled.revision });
      for (const one of takings) {
        if (one.removes === true) removals += one.group.count;
        if (one.isolates === true) isolating += one.group.count;
      }
    },
  });
  const whole = new Set(groups);
  for await (const { group, admission, fresh } of inSlices(
    admitEach({ states, groups, gates, ...budgets, now: exemptAt }),
  )) {
    const removes = admission.removals.length > 0;
    const isolates = admission.isolating !== undefined;
    // What budgets count goes to the devices that they have counted, the rest of a set to what is left of it.
    const counts = removes || isolates ? (fresh === undefined ? {} : { fresh }) : { limit: group.count };
    const part = whole.has(group) ? {} : counts;
    // A device waits until its own channel was looked at, whatever its users are given.
    const told = isDevice(group) ? group : { ...group, awaiting: false };
    await granter.grant({ group: told, granted: interned(admission.granted), removes, isolates, ...part });
  }
  const changed = await granter.end();
  if (scope === "all") {
    await noteAdmitted(store, states.compiled.revision, at);
    await tellExemptions(store, states.compiled, exemptAt, at);
  }
  const nextEdge = windows?.nextEdge();
  return { changed, removals, isolating, ...(nextEdge === undefined ? {} : { nextEdge }) };
}

const admittedName = "admitted";

/** Remembers with which revision the whole fleet was compared last. */
async function noteAdmitted(store: Store, revision: string, at: number): Promise<void> {
  if ((await admittedRevision(store)) === revision) return;
  await setControl(store, admittedName, revision, { person: "reeve", at });
}

/** The revision with which the whole fleet was compared last; the one in force unless something stands in the way. */
export async function admittedRevision(store: Store): Promise<string | undefined> {
  const found = (await listControls(store)).find((one) => one.name === admittedName);
  return found === undefined ? undefined : String(found.value);
}

function interned(body: Granted): Interned<Granted> {
  return { id: digestOnce(body), body };
}

/** What guards say about a set of devices; budgets are counted by the plan itself. */
export function gatesFor(compiled: Compiled, latches: Latches, windows?: FleetGates): GatesFor {
  return (group, groups) => {
    const heldBy = suspendedGroups(group, groups, latches);
    const [name] = heldBy;
    const byGroup = name === undefined ? undefined : `${latches.suspendedGroups.get(name)} (group ${name})`;
    return {
      observe: compiled.organization.mode === "observe" || latches.observe !== undefined,
      ...(latches.armed === undefined ? {} : { armed: true }),
      suspended:
        latches.suspended ??
        compiled.organization.suspended ??
        group.suspended ??
        byGroup ??
        unreadableFor(compiled, group),
      heldBy,
      removalsFrozen: latches.frozen ?? contestedReason(group.facts.body) ?? unseenReason(group),
      ...(group.unseen === "foreign" ? { foreign: true } : {}),
      ...(windows === undefined ? {} : windowsOf(group.facts.body, windows)),
    };
  };
}

/** What decides about maintenance windows. A device that has not said how it is managed has not said anything yet. */
function windowsOf(
  { mode, platform, cellular, timeZone }: Facts,
  windows: FleetGates,
): Pick<Gates, "windows" | "traits" | "settingUp"> {
  const traits = {
    ...(mode === undefined ? {} : { supervised: mode.value === "supervised" }),
    ...(platform === undefined ? {} : { platform: platform.value }),
    cellular: cellular?.value === "true",
  };
  return { windows: windows.of(timeZone?.value), traits, ...(mode === undefined ? { settingUp: true } : {}) };
}

/** Who has a version of a policy that this program cannot read keeps all that it has. */
function unreadableFor(compiled: Compiled, { waves, granted }: AdmissionGroup): string | undefined {
  if (compiled.rollouts === undefined) return undefined;
  const policy = policiesSeen(compiled, waves).unreadable;
  if (policy === undefined) return undefined;
  const has = granted?.body.items.some((item) => item.policy === policy) === true;
  return has ? `the rollout of Policy/${policy} cannot be read` : undefined;
}

/** What a device loses only because another says that it is this one, it keeps until that is settled. */
function contestedReason(facts: Facts): string | undefined {
  const contested = facts[contestedKey];
  return contested === undefined ? undefined : `${contested.value} is claimed by another device too`;
}

/** What a removal rests on must be known. A policy of somebody else's ends as a whole, and is a removal by itself. */
function unseenReason({ unseen }: AdmissionGroup): string | undefined {
  if (unseen === "policy")
    return "it has not reported a policy of reeve's yet, or not since somebody changed it";
  if (unseen === "apps") return "it has not reported its apps for longer than maxAge allows";
  return undefined;
}

/** Who was in a group when it was suspended stays so until a person resumes it, whatever the group is called by then. */
function suspendedGroups(
  { granted }: AdmissionGroup,
  groups: readonly string[],
  { suspendedGroups: suspended }: Latches,
): readonly string[] {
  if (suspended.size === 0) return [];
  const mine = new Set([...groups, ...(granted?.body.groups ?? []), ...(granted?.body.heldBy ?? [])]);
  return [...suspended.keys()].filter((name) => mine.has(name)).sort();
}

/** Devices from which something may be taken now, and which may be cut off: the budgets less what the last hour has used. */
export async function roomFor(
  store: Store,
  { organization }: Compiled,
  groups: readonly AdmissionGroup[],
  scope: Scope,
  at: number,
): Promise<Pick<Fleet, "removalBudget" | "isolatingBudget">> {
  const fleet = scope === "all" ? count(groups) : await enrolledDevices(store);
  const room = async (budget: CountedBudget, limits: readonly Budget[]): Promise<number> => {
    const most = Math.min(...limits.map(({ devices, share }) => Math.max(devices, Math.ceil(fleet * share))));
    return most - (await budgetUsed(store, budget, at - budgetWindowMs, at));
  };
  return {
    removalBudget: await room("removals", organization.removalBudgets),
    isolatingBudget: await room("isolating", organization.isolatingBudgets),
  };
}

function count(groups: readonly AdmissionGroup[]): number {
  return groups.filter(isDevice).reduce((sum, group) => sum + group.count, 0);
}

async function enrolledDevices(store: Store): Promise<number> {
  const [row] = await store.query<{ count: number }>(
    "select count(*) as count from reeve.channel where kind = 'device' and status <> 'left'",
  );
  return row?.count ?? 0;
}

function isDevice(group: AdmissionGroup): boolean {
  return group.kind !== "user";
}

/** What Device manifests assert, in the words of the store. */
export function declarationsOf(entries: readonly DeviceEntry[]): readonly Declaration[] {
  return entries.map((entry) => ({
    name: entry.name,
    match: entry.match,
    alias: entry.alias,
    facts: assertedBy(entry),
  }));
}

function assertedBy(entry: DeviceEntry): Facts {
  const values: [string, string][] = Object.entries(entry.tags).map(([name, value]) => [
    `tag.${name}`,
    value,
  ]);
  if (entry.owner !== undefined) values.push(["owner", entry.owner]);
  if (entry.ownership !== undefined) values.push(["ownership", entry.ownership]);
  return Object.fromEntries(values.map(([key, value]) => [key, { value, source: "asserted" as const }]));
}
