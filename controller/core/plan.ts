import { type Admission, admit, type Gates } from "./admission.ts";
import type { Compiled } from "./compiled.ts";
import type { Desired } from "./desired.ts";
import { type DesiredStates, desiredStates } from "./desired-states.ts";
import type { Granted } from "./granted.ts";
import { nothingObserved, type Observed } from "./observed.ts";
import { actionsOf } from "./plan-actions.ts";
import { createTally } from "./plan-tally.ts";
import type { AdmissionGroup } from "./ports.ts";

/**
 * `adopt`: it is there as declared, and becomes reeve's without anything being sent. `act`: something done once and at
 * once, such as a lock; what destroys is never among these.
 */
export type Action =
  | "install"
  | "update"
  | "adopt"
  | "remove"
  | "act"
  | "hold"
  | "watch"
  | "conflict"
  | "unsupported";

/** One line of a plan: the same action on the same item, for all devices that get it. */
export interface PlanEntry {
  readonly action: Action;
  readonly key: string;
  readonly devices: number;
  /** Of an item for users: on so many of their channels; `devices` is 0 then. */
  readonly users?: number;
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
  /** Channels of users, and those of them that nothing happens to. */
  readonly users: number;
  readonly unchangedUsers: number;
  /** How many distinct states were planned; cost grows with this, not with devices. */
  readonly states: number;
}

/** What a gate says for one set of devices, members of `groups` now; the removal budget is counted as the plan goes. */
export type GatesFor = (group: AdmissionGroup, groups: readonly string[]) => Omit<Gates, "removalBudget">;

/** What one set of devices that are alike is given. */
export interface GroupAdmission {
  readonly group: AdmissionGroup;
  readonly desired: Desired;
  readonly admission: Admission;
}

/** What happens to one set of devices that are alike. */
export interface GroupPlan extends GroupAdmission {
  /** What would be admitted if devices that are only watched were not; the admission of the others. */
  readonly meant: Admission;
  readonly actions: readonly Line[];
}

/** Everything that decides what a fleet is given. */
export interface Fleet {
  readonly states: DesiredStates;
  readonly groups: readonly AdmissionGroup[];
  readonly gates: GatesFor;
  readonly removalBudget: number;
  readonly now: number;
}

/**
 * Plans a revision over all distinct states. The daemon's admission and `reeve plan` go through the same function,
 * `admitEach`: what is shown is what is done.
 */
export function planFleet(
  compiled: Compiled,
  groups: readonly AdmissionGroup[],
  gates: GatesFor,
  removalBudget: number,
  now: number,
  states: DesiredStates = desiredStates(compiled),
): { readonly plan: Plan; readonly groups: readonly GroupPlan[]; readonly budgetUsed: number } {
  const parts: GroupPlan[] = [];
  const tally = createTally(compiled.revision);
  for (const part of planEach({ states, groups, gates, removalBudget, now })) {
    parts.push(part);
    tally.add(part);
  }
  return { plan: tally.plan(), groups: parts, budgetUsed: tally.budgetUsed() };
}

/** Decides set by set, so that a caller with other work may pause in between; the removal budget goes down on the way. */
export function* admitEach({ states, groups, gates, removalBudget, now }: Fleet): Generator<GroupAdmission> {
  let left = removalBudget;
  for (const group of groups) {
    const desired = states.of(group, now);
    for (const part of split(group, desired, gates(group, desired.groups), left)) {
      if (part.admission.removals.length > 0) left -= part.group.count;
      yield { ...part, desired };
    }
  }
}

/** `admitEach`, with the actions that people are shown. */
export function* planEach(fleet: Fleet): Generator<GroupPlan> {
  for (const { group, desired, admission } of admitEach(fleet)) {
    const gates = fleet.gates(group, desired.groups);
    const meant = admission.granted.sends === "queries" ? meantFor(desired, group, gates) : admission;
    const actions = actionsOnce(desired, meant, group);
    const because = admission.granted.because;
    const shown = because === undefined ? actions : waiting(actions, because);
    yield { group, desired, admission, meant, actions: shown };
  }
}

function waiting(actions: readonly Line[], because: string): readonly Line[] {
  return actions.map((one) => {
    if (one.reason === undefined) return { ...one, reason: because };
    return one.action === "remove" ? { ...one, reason: `${because}; ${one.reason}` } : one;
  });
}

/** While only queries are sent: what would be admitted if that were over. */
function meantFor(desired: Desired, group: AdmissionGroup, gates: Omit<Gates, "removalBudget">): Admission {
  const open = { ...gates, observe: false, suspended: undefined, removalBudget: true };
  return admitOnce(desired, group.granted?.body, open);
}

/** Devices alike are given what the budget still admits; the rest keep what they have. */
function split(
  group: AdmissionGroup,
  desired: Desired,
  gates: Omit<Gates, "removalBudget">,
  left: number,
): readonly Pick<GroupPlan, "group" | "admission">[] {
  const previous = group.granted?.body;
  const free = admitOnce(desired, previous, { ...gates, removalBudget: true });
  if (free.removals.length === 0 || group.count <= left) return [{ group, admission: free }];
  const kept = admitOnce(desired, previous, { ...gates, removalBudget: false });
  if (left <= 0) return [{ group, admission: kept }];
  return [
    { group: { ...group, count: left }, admission: free },
    { group: { ...group, count: group.count - left }, admission: kept },
  ];
}

const nothingGranted = {};
const mostAdmissions = 64;
const admitted = new WeakMap<Desired, WeakMap<object, Map<string, Admission>>>();

/** Sets of devices that differ only in what they report are admitted once. */
function admitOnce(desired: Desired, previous: Granted | undefined, gates: Gates): Admission {
  const byPrevious = admitted.get(desired) ?? new WeakMap<object, Map<string, Admission>>();
  admitted.set(desired, byPrevious);
  const known = byPrevious.get(previous ?? nothingGranted) ?? new Map<string, Admission>();
  byPrevious.set(previous ?? nothingGranted, known);
  const name = nameOf(gates);
  // Windows open and shut again and again.
  if (known.size >= mostAdmissions) known.clear();
  const admission = known.get(name) ?? admit(desired, previous, gates);
  known.set(name, admission);
  return admission;
}

function nameOf(gates: Gates): string {
  const { observe, suspended, removalsFrozen, removalBudget, heldBy = [], foreign, windows } = gates;
  if (suspended === undefined && removalsFrozen === undefined && foreign !== true && windows === undefined)
    return `${observe} ${removalBudget}`;
  const stops = [observe, suspended ?? null, removalsFrozen ?? null, removalBudget, heldBy, foreign];
  return JSON.stringify([...stops, windows?.name, windows && gates.traits, windows && gates.settingUp]);
}

const planned = new WeakMap<Admission, WeakMap<Observed, readonly Line[]>>();

/** What is admitted and observed decides the actions; both are shared by all devices alike. */
function actionsOnce(desired: Desired, admission: Admission, group: AdmissionGroup): readonly Line[] {
  const observed = group.observed?.body ?? nothingObserved;
  const known = planned.get(admission) ?? new WeakMap<Observed, readonly Line[]>();
  planned.set(admission, known);
  const actions = known.get(observed) ?? actionsOf(desired, admission, group);
  known.set(observed, actions);
  return actions;
}

/** An action on one set of devices. */
export type Line = Omit<PlanEntry, "devices" | "users">;
