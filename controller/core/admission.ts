import { anyApps } from "./android-policy/app-losses.ts";
import type { Desired, DesiredItem } from "./desired.ts";
import type { Granted, GrantedItem } from "./granted.ts";
import { inPlaceOf } from "./in-place-of.ts";
import { holdLinkChanges, type LinkedItems, type Links } from "./isolation.ts";
import { keepLeavers } from "./kept-leavers.ts";
import { type Losses, lossesOf, takenBy, withhold } from "./losses.ts";
import { onceByKey, putBackBy, waitingBeside, watchedReason } from "./put-back.ts";
import { idOf, replacedBy } from "./replaced-by.ts";
import type { RiskTraits } from "./risk.ts";
import { holdChanges, holdRemovals, type WaitingChange, windowsIn } from "./waiting.ts";
import type { WindowGates } from "./window-gates.ts";

/** What guards say about one set of devices. */
export interface Gates {
  /** The whole organisation only watches, or has not been resumed since its first synchronisation. */
  readonly observe: boolean;
  /** Nothing changes until approvers let devices erase themselves sooner; acts leave all the same. */
  readonly armed?: boolean;
  /** The reason of a suspension of this device, its group or everything. */
  readonly suspended: string | undefined;
  /** The suspended groups among its groups, now or when it was admitted last. */
  readonly heldBy?: readonly string[];
  /** Why nothing may be removed at all; undefined when it may. */
  readonly removalsFrozen: string | undefined;
  /** False when the removal budget has no room for these devices. */
  readonly removalBudget: boolean;
  /** Android: their policy is somebody else's, and nobody knows which apps it let them have. */
  readonly foreign?: boolean;
  /** The maintenance windows of their policies, as they stand now; absent when there are none. */
  readonly windows?: WindowGates;
  /** What may be taken of their networks; absent until something of these changes, and then as if nothing may. */
  readonly links?: Links;
  /** False when the budget of what may cut devices off has no room for these. */
  readonly isolatingBudget?: boolean;
  /** What decides how a change may hurt them. */
  readonly traits?: RiskTraits;
  /** They have not said yet what they are like. */
  readonly settingUp?: boolean;
}

export interface Admission {
  readonly granted: Granted;
  /** Items that leave with this admission. */
  readonly removals: readonly string[];
  /** Items that a guard keeps, and why. */
  readonly retained: readonly { readonly key: string; readonly reason: string }[];
  /** Changes that wait for a maintenance window. */
  readonly waiting?: readonly WaitingChange[];
  /** Items whose change or removal may cut a device off, and is admitted. */
  readonly isolating?: readonly string[];
  /** Networks or trusted certificates change: `Gates.links` decides. */
  readonly touchesLinks?: true;
  /** Android: apps that go although no item of theirs leaves; they count as removals. */
  readonly losses?: Losses;
}

/**
 * Desired, as far as guards admit it. What is not admitted keeps its previously granted content, item by item: so do
 * changes that wait for a maintenance window.
 */
export function admit(desired: Desired, previous: Granted | undefined, gates: Gates): Admission {
  const stopped = stoppedBy(gates);
  if (stopped !== undefined) return stop(desired, previous, stopped, gates.heldBy ?? []);
  const isForeign = gates.foreign === true && previous?.sends !== "all";
  const because = keepReason(gates);
  // It keeps the policy that it came with as a whole, until all that this let it have may go.
  if (isForeign && because !== undefined) return stop(desired, previous, because, gates.heldBy ?? []);
  const earlier = [...(previous?.items ?? []), ...(previous?.leftAlone ?? [])].map(asGranted);
  const before = new Map(earlier.map((item) => [item.key, item]));
  const wanted = desired.items.flatMap((item) => grant(item, before.get(item.key)));
  const { items: open, waiting, sentWithin } = holdChanges(wanted, earlier, previous, gates);
  const linked = holdLinkChanges(open, earlier, gates);
  const { items } = linked;
  const { leftAlone, gone } = unwanted(desired, earlier, items);
  const leaving = gone.filter((item) => item.onLeave === "remove");
  const leaves = holdRemovals(leaving, { earlier, items, previous, desired }, gates);
  const otherwise = (item: GrantedItem): string | undefined =>
    (desired.watching.includes(item.policy) ? watchedReason : because) ?? leaves.reasons.get(item.key);
  const isLate = (item: GrantedItem): boolean =>
    leaves.reasons.has(item.key) && otherwise(item) === leaves.reasons.get(item.key);
  const back = putBackBy(desired, waiting, leaving.filter(isLate));
  const { once, links } = keepLeavers(leaving, otherwise, { ...linked, earlier, back }, gates);
  const { retained } = once;
  const kept = new Set([...retained, ...once.withheld].map(({ key }) => key));
  const going = leaving.filter(({ key }) => !kept.has(key));
  const mayCutOff = new Set([...linked.isolating, ...links.last]);
  const all = [...once.given, ...retained].sort(byKey);
  const now = new Set(all);
  const notYet = wanted.filter((item) => !now.has(item));
  const given = inPlaceOf(all, earlier, going, mayCutOff, notYet);
  const later = [...waiting, ...waitingBeside(once)];
  const late = onceByKey(later);
  const withheld = [...linked.withheld, ...once.withheld.filter(({ key }) => !once.late.has(key))];
  const granted: Granted = {
    ...grantedOf(desired, given, { leftAlone, letGo: letGoBy(previous, gone, given) }),
    ...withheldIn(withheld),
    ...windowsIn(later, { ...leaves.sentWithin, ...sentWithin }, gates),
  };
  const removals = going.map(({ key }) => key);
  const isolating = [
    ...linked.isolating.filter((key) => !kept.has(key)),
    ...removals.filter((key) => links.isolating.includes(key)),
  ];
  const touches = linked.touches || links.last.size > 0;
  const found = lossesOf(isForeign ? anyApps : previous, granted);
  const others = [...retained, ...once.withheld].filter(({ key }) => !once.late.has(key));
  const held = onceByKey([
    ...linked.kept,
    ...others.map((item) => ({ key: item.key, reason: item.retained })),
  ]);
  const waits = {
    ...(late.length === 0 ? {} : { waiting: late }),
    ...(isolating.length === 0 ? {} : { isolating }),
    ...(touches ? { touchesLinks: true as const } : {}),
  };
  if (found === undefined || because === undefined)
    return { granted, ...takenBy(removals, found), retained: held, ...waits };
  const guarded = withhold(granted, found, because);
  return { granted: guarded, removals, retained: [...held, ...guarded.withheld], ...waits };
}

/** What kept it before is asked again. */
function asGranted(item: GrantedItem): GrantedItem {
  if (item.retained === undefined) return item;
  const { retained: _because, ...plain } = item;
  return plain;
}

/** What stops acts as well comes before what does not. */
function stoppedBy({ observe, suspended, armed }: Gates): string | undefined {
  if (observe) return "observe";
  if (suspended !== undefined) return `suspended: ${suspended}`;
  return armed === true ? armedReason : undefined;
}

const armedReason = "armed";

function keepReason(gates: Gates): string | undefined {
  if (gates.removalsFrozen !== undefined) return gates.removalsFrozen;
  return gates.removalBudget ? undefined : "removal budget used up";
}

function stop(
  desired: Desired,
  previous: Granted | undefined,
  because: string,
  heldBy: readonly string[],
): Admission {
  const { items = [], leftAlone = [], letGo = [], unnamed, withheld, sentWithin } = previous ?? {};
  const granted: Granted = {
    ...grantedOf(desired, items, { leftAlone, letGo }),
    sends: "queries",
    because,
    ...(because === armedReason ? { acts: true as const } : {}),
    ...(unnamed === undefined ? {} : { unnamed }),
    ...(withheld === undefined ? {} : { withheld }),
    ...(sentWithin === undefined ? {} : { sentWithin }),
    ...(heldBy.length === 0 ? {} : { heldBy }),
  };
  return { granted, removals: [], retained: [] };
}

/** An item of a policy that only watches keeps what had been granted before, or nothing. */
function grant(item: DesiredItem, previous: GrantedItem | undefined): readonly GrantedItem[] {
  if (item.observe) return previous === undefined ? [] : [previous];
  const { origin: _origin, observe: _observe, ...granted } = item;
  return [granted];
}

/**
 * What had been granted and is not asked for any more, nor has another taken its place: one for each. What policies
 * disagree about, or a device cannot have, is left alone and remembered: it may leave later, and counts then. An app
 * that is another one now, or blocked, goes with its data whatever stands under its name, and is a removal like any other.
 */
function unwanted(
  desired: Desired,
  earlier: readonly GrantedItem[],
  items: readonly GrantedItem[],
): { readonly leftAlone: readonly GrantedItem[]; readonly gone: readonly GrantedItem[] } {
  const replaced = items.map(replacedBy(items, earlier));
  const succeeded = new Set(replaced.filter((one) => one?.kind !== "App" && one?.kind !== "AndroidApp"));
  const ids = new Set(items.map(idOf));
  const alone = new Set([
    ...desired.conflicts.map((conflict) => conflict.key),
    ...desired.unsupported.filter((one) => one.stays === true).map((one) => one.key),
  ]);
  const open = earlier.filter((item) => !ids.has(idOf(item)) && !succeeded.has(item));
  return {
    leftAlone: open.filter((item) => alone.has(item.key)),
    gone: open.filter((item) => !alone.has(item.key)),
  };
}

function withheldIn(items: LinkedItems["withheld"]): Pick<Granted, "withheld"> {
  if (items.length === 0) return {};
  return { withheld: items.map(({ key, retained }) => ({ key, reason: retained })) };
}

function letGoBy(
  previous: Granted | undefined,
  gone: readonly GrantedItem[],
  given: readonly GrantedItem[],
): readonly string[] {
  const kept = gone.filter((item) => item.onLeave === "keep").map(idOf);
  const ids = new Set(given.map(idOf));
  return [...new Set([...(previous?.letGo ?? []), ...kept])].filter((id) => !ids.has(id)).sort();
}

function grantedOf(
  desired: Desired,
  items: readonly GrantedItem[],
  { leftAlone, letGo }: Required<Pick<Granted, "leftAlone" | "letGo">>,
): Granted {
  return {
    items,
    inventory: desired.inventory,
    groups: desired.groups,
    sends: "all",
    conflicts: desired.conflicts.map((conflict) => conflict.key),
    lifted: desired.lifted,
    unsupported: desired.unsupported,
    ...(desired.watched.length === 0 ? {} : { watched: desired.watched }),
    notApplicable: desired.notApplicable,
    ...(desired.undecided === undefined ? {} : { undecided: desired.undecided }),
    ...(leftAlone.length === 0 ? {} : { leftAlone }),
    ...(letGo.length === 0 ? {} : { letGo }),
  };
}

function byKey(a: GrantedItem, b: GrantedItem): number {
  return a.key < b.key ? -1 : 1;
}
