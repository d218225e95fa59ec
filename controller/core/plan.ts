import { type Admission, admit, type Gates } from "./admission.ts";
import { digestOf } from "./canonical.ts";
import { freshChannel } from "./channel.ts";
import type { Compiled } from "./compiled.ts";
import { type Desired, desiredOf } from "./desired.ts";
import type { Granted, GrantedItem } from "./granted.ts";
import { isSettled, itemState } from "./item-state.ts";
import { nothingObserved, type Observed } from "./observed.ts";
import type { AdmissionGroup } from "./ports.ts";

export type Action = "install" | "update" | "remove" | "hold" | "conflict" | "unsupported";

/** One line of a plan: the same action on the same item, for all devices that get it. */
export interface PlanEntry {
  readonly action: Action;
  readonly key: string;
  readonly devices: number;
  /** The policy that asks for it, or that asked for what leaves. */
  readonly policy: string;
  /** Content digests before and after, for showing what changes. */
  readonly from?: string;
  readonly to?: string;
  /** Why it is held, in conflict or not supported. */
  readonly reason?: string;
}

export interface Plan {
  readonly revision: string;
  readonly entries: readonly PlanEntry[];
  readonly devices: number;
  readonly unchanged: number;
  /** How many distinct states were planned; cost grows with this, not with devices. */
  readonly states: number;
}

/** What a gate says for one set of devices; the removal budget is counted as the plan goes. */
export type GatesFor = (group: AdmissionGroup) => Omit<Gates, "removalBudget">;

/** What happens to one set of devices that are alike. */
export interface GroupPlan {
  readonly group: AdmissionGroup;
  readonly desired: Desired;
  readonly admission: Admission;
  readonly actions: readonly Line[];
}

/**
 * Plans a revision over all distinct states. The daemon's admission and `reeve plan` call the same function:
 * what is shown is what is done.
 */
export function planFleet(
  compiled: Compiled,
  groups: readonly AdmissionGroup[],
  gates: GatesFor,
  removalBudget: number,
  now: number,
): { readonly plan: Plan; readonly groups: readonly GroupPlan[]; readonly budgetUsed: number } {
  const desired = memoize(compiled, now);
  const plans: GroupPlan[] = [];
  let left = removalBudget;
  for (const group of groups) {
    const wanted = desired(group);
    for (const part of split(group, wanted, gates(group), left)) {
      if (part.admission.removals.length > 0) left -= part.group.count;
      plans.push({ ...part, desired: wanted, actions: actionsOf(wanted, part.admission, part.group) });
    }
  }
  return { plan: summarize(compiled.revision, plans), groups: plans, budgetUsed: removalBudget - left };
}

/** Devices alike are given what the budget still admits; the rest keep what they have. */
function split(
  group: AdmissionGroup,
  desired: Desired,
  gates: Omit<Gates, "removalBudget">,
  left: number,
): readonly Pick<GroupPlan, "group" | "admission">[] {
  const previous = group.granted?.body;
  const free = admit(desired, previous, { ...gates, removalBudget: true });
  if (free.removals.length === 0 || group.count <= left) return [{ group, admission: free }];
  const kept = admit(desired, previous, { ...gates, removalBudget: false });
  if (left <= 0) return [{ group, admission: kept }];
  return [
    { group: { ...group, count: left }, admission: free },
    { group: { ...group, count: group.count - left }, admission: kept },
  ];
}

/** Desired state is computed once per distinct facts, names and previous membership. */
function memoize(compiled: Compiled, now: number): (group: AdmissionGroup) => Desired {
  const known = new Map<string, Desired>();
  return (group) => {
    const previous = group.granted?.body.groups;
    const key = `${group.facts.id}|${group.named.join(",")}|${previous === undefined ? "-" : previous.join(",")}`;
    const cached = known.get(key);
    if (cached !== undefined) return cached;
    const subject = { facts: group.facts.body, named: group.named };
    const desired = desiredOf(compiled, subject, previous, now);
    known.set(key, desired);
    return desired;
  };
}

type Line = Omit<PlanEntry, "devices">;

function actionsOf(desired: Desired, admission: Admission, group: AdmissionGroup): readonly Line[] {
  const observed = group.observed?.body ?? nothingObserved;
  const previous = new Map((group.granted?.body.items ?? []).map((item) => [item.key, item]));
  const policyOf = (key: string): string => previous.get(key)?.policy ?? "";
  return [
    ...itemActions(desired, admission, previous, observed),
    ...observedOnly(desired, observed),
    ...leavingKeys(admission.granted, observed).map(
      (key): Line => ({ action: "remove", key, policy: policyOf(key) }),
    ),
    ...admission.retained.map(
      ({ key, reason }): Line => ({ action: "hold", key, policy: policyOf(key), reason }),
    ),
    ...desired.conflicts.map(({ key, policies }): Line => {
      return { action: "conflict", key, policy: policies.join(", "), reason: "equal priority" };
    }),
    ...desired.unsupported.map(
      ({ key, reason }): Line => ({ action: "unsupported", key, policy: "", reason }),
    ),
  ];
}

/** What is to be installed or updated; while only queries are sent, what would be, and why it waits. */
function itemActions(
  desired: Desired,
  admission: Admission,
  previous: ReadonlyMap<string, GrantedItem>,
  observed: Observed,
): readonly Line[] {
  const { granted } = admission;
  const stopped = granted.sends === "queries" ? granted.because : undefined;
  const wanted = stopped === undefined ? granted.items : desired.items;
  return wanted
    .filter((item) => item.retained === undefined)
    .flatMap((item) => itemAction(item, previous.get(item.key), observed) ?? [])
    .map((action) => (stopped === undefined ? action : { ...action, reason: stopped }));
}

function observedOnly(desired: Desired, observed: Observed): readonly Line[] {
  return desired.items
    .filter((item) => item.observe && !isSettled(itemState(item, observed, freshChannel)))
    .map(({ key, policy }) => ({ action: "hold", key, policy, reason: "its policy is in observe mode" }));
}

function itemAction(
  item: GrantedItem,
  previous: GrantedItem | undefined,
  observed: Observed,
): Line | undefined {
  if (isSettled(itemState(item, observed, freshChannel))) return undefined;
  const before = observed.owned[item.key]?.digest ?? previous?.digest;
  const there = isThere(item, observed);
  if (!there || before === undefined)
    return { action: "install", key: item.key, policy: item.policy, to: item.digest };
  return { action: "update", key: item.key, policy: item.policy, from: before, to: item.digest };
}

function isThere(item: GrantedItem, observed: Observed): boolean {
  if (item.kind === "Profile") return observed.profiles?.[item.id] !== undefined;
  return observed.apps?.[item.id]?.status === "Managed";
}

function leavingKeys(granted: Granted, observed: Observed): readonly string[] {
  if (granted.sends === "queries") return [];
  const kept = new Set(granted.items.map((item) => `${item.kind}/${item.id}`));
  return Object.entries(observed.owned)
    .filter(([key, one]) => one.onLeave === "remove" && !granted.conflicts.includes(key))
    .filter(([, one]) => !kept.has(`${one.kind}/${one.id}`) && stillThere(one, observed))
    .map(([key]) => key);
}

function stillThere(one: Observed["owned"][string], observed: Observed): boolean {
  if (one.kind === "Profile")
    return observed.profiles === undefined || observed.profiles[one.id] !== undefined;
  return observed.apps === undefined || observed.apps[one.id] !== undefined;
}

function summarize(revision: string, groups: readonly GroupPlan[]): Plan {
  const entries = new Map<string, PlanEntry>();
  let devices = 0;
  let unchanged = 0;
  for (const { group, actions } of groups) {
    devices += group.count;
    if (actions.length === 0) unchanged += group.count;
    for (const action of actions) {
      const id = digestOf(action);
      const known = entries.get(id);
      entries.set(id, { ...action, devices: (known?.devices ?? 0) + group.count });
    }
  }
  return {
    revision,
    devices,
    unchanged,
    states: groups.length,
    entries: [...entries.values()].sort(byAction),
  };
}

const order: readonly Action[] = ["install", "update", "remove", "hold", "conflict", "unsupported"];

function byAction(a: PlanEntry, b: PlanEntry): number {
  const difference = order.indexOf(a.action) - order.indexOf(b.action);
  if (difference !== 0) return difference;
  return a.key === b.key ? b.devices - a.devices : a.key < b.key ? -1 : 1;
}
