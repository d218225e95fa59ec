import { type Admission, admit, type Gates } from "./admission.ts";
import { less, type Part, type Room, split } from "./budget-room.ts";
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
 * once, such as a lock; what destroys is never among these. `cancel`: an act that was not sent to all never is; `over`:
 * what changes in the manifest of one that is over, of which nothing comes.
 */
export type Action =
  | "install"
  | "update"
  | "adopt"
  | "remove"
  | "act"
  | "cancel"
  | "over"
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
  /** It may take the last network or the trust from these devices. */
  readonly risk?: "isolating";
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
export type GatesFor = (group: AdmissionGroup, groups: readonly string[]) => Standing;

/** What guards say before budgets are counted. */
type Standing = Omit<Gates, "removalBudget" | "isolatingBudget" | "links">;

/** What one set of devices that are alike is given. */
export interface GroupAdmission extends Part {
  readonly desired: Desired;
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
  /** Devices from which something may be taken now; less than none when a budget was lowered. */
  readonly removalBudget: number;
  /** Devices that may be cut off now; the same. */
  readonly isolatingBudget: number;
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
  const isolatingBudget = removalBudget;
  for (const part of planEach({ states, groups, gates, removalBudget, isolatingBudget, now })) {
    parts.push(part);
    tally.add(part);
  }
  return { plan: tally.plan(), groups: parts, budgetUsed: tally.budgetUsed() };
}

/** Decides set by set, so that a caller with other work may pause in between; budgets go down on the way. */
export function* admitEach(fleet: Fleet): Generator<GroupAdmission> {
  const { states, groups, gates, now } = fleet;
  let room: Room = { removals: fleet.removalBudget, isolating: fleet.isolatingBudget };
  for (const group of groups) {
    const desired = states.of(group, now);
    const standing = gates(group, desired.groups);
    const admitIn = (budgets: Pick<Gates, "removalBudget" | "isolatingBudget">) =>
      admitLinked(desired, group, { ...standing, ...budgets }, states.compiled.organization.mayIsolate);
    for (const part of split(group, admitIn, room)) {
      room = less(room, part);
      yield { ...part, desired };
    }
  }
}

/** `admitEach`, with the actions that people are shown. */
export function* planEach(fleet: Fleet): Generator<GroupPlan> {
  for (const { group, desired, admission } of admitEach(fleet)) {
    const gates = fleet.gates(group, desired.groups);
    const { mayIsolate } = fleet.states.compiled.organization;
    const open = { ...gates, observe: false, armed: false, suspended: undefined, removalBudget: true };
    const meant =
      admission.granted.sends === "queries" ? admitLinked(desired, group, open, mayIsolate) : admission;
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

/** What is known of networks is asked for only where something of these changes: a fleet at rest costs nothing. */
function admitLinked(
  desired: Desired,
  { granted, facts }: AdmissionGroup,
  gates: Gates,
  mayGo: ReadonlySet<string>,
): Admission {
  const found = admitOnce(desired, granted?.body, gates);
  if (found.touchesLinks !== true) return found;
  const links = { cellular: facts.body.cellular?.value === "true", mayGo };
  return admitOnce(desired, granted?.body, { ...gates, links });
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
  const { links, isolatingBudget = true, armed = false } = gates;
  const isPlain = links === undefined && windows === undefined && foreign !== true;
  if (suspended === undefined && removalsFrozen === undefined && isPlain)
    return `${observe} ${armed} ${removalBudget} ${isolatingBudget}`;
  const stops = [observe, armed, suspended ?? null, removalsFrozen ?? null, removalBudget, heldBy, foreign];
  const linked = [isolatingBudget, links?.cellular, links && [...links.mayGo]];
  return JSON.stringify([
    ...stops,
    ...linked,
    windows?.name,
    windows && gates.traits,
    windows && gates.settingUp,
  ]);
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
