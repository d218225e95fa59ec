import { type AppGrant, type AppLosses, anyApps, appLosses } from "./android-policy/app-losses.ts";
import type { Desired, DesiredItem } from "./desired.ts";
import { type Granted, type GrantedItem, isAndroid, type Withheld } from "./granted.ts";

/** What guards say about one set of devices. */
export interface Gates {
  /** The whole organisation only watches, or has not been resumed since its first synchronisation. */
  readonly observe: boolean;
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
}

export interface Admission {
  readonly granted: Granted;
  /** Items that leave with this admission. */
  readonly removals: readonly string[];
  /** Items that a guard keeps, and why. */
  readonly retained: readonly { readonly key: string; readonly reason: string }[];
  /** Android: apps that go although no item of theirs leaves; they count as removals. */
  readonly losses?: Losses;
}

/** Apps that go by what another item says of them. */
export interface Losses {
  /** Items that block an app, which may be there without one. */
  readonly blocking: readonly string[];
  /** The items by which all apps go that the policy does not name. */
  readonly others?: readonly string[];
}

/** What stands in a plan and among removals for all apps that a policy does not name. */
export const otherApps = "other apps";

/**
 * Desired, as far as guards admit it. What is not admitted keeps its previously granted content; rollout waves
 * and maintenance windows will decide here, item by item, in the same way.
 */
export function admit(desired: Desired, previous: Granted | undefined, gates: Gates): Admission {
  const stopped = gates.observe
    ? "observe"
    : gates.suspended === undefined
      ? undefined
      : `suspended: ${gates.suspended}`;
  if (stopped !== undefined) return stop(desired, previous, stopped, gates.heldBy ?? []);
  const isForeign = gates.foreign === true && previous?.sends !== "all";
  const because = keepReason(gates);
  // It keeps the policy that it came with as a whole, until all that this let it have may go.
  if (isForeign && because !== undefined) return stop(desired, previous, because, gates.heldBy ?? []);
  const earlier = [...(previous?.items ?? []), ...(previous?.leftAlone ?? [])];
  const before = new Map(earlier.map((item) => [item.key, item]));
  const items = desired.items.flatMap((item) => grant(item, before.get(item.key)));
  const { leftAlone, gone } = unwanted(desired, earlier, items);
  const leaving = gone.filter((item) => item.onLeave === "remove");
  const retained = leaving.flatMap((item) => {
    const reason = desired.watching.includes(item.policy) ? "its policy is in observe mode" : because;
    return reason === undefined ? [] : [{ ...item, retained: reason }];
  });
  const kept = new Set(retained.map((item) => item.key));
  const given = [...items.filter((item) => !kept.has(item.key)), ...retained].sort(byKey);
  const granted = grantedOf(desired, given, { leftAlone, letGo: letGoBy(previous, gone, given) });
  const removals = leaving.map((item) => item.key).filter((key) => !kept.has(key));
  const found = lossesOf(isForeign ? anyApps : previous, granted);
  const held = retained.map((item) => ({ key: item.key, reason: item.retained }));
  if (found === undefined || because === undefined)
    return { granted, ...takenBy(removals, found), retained: held };
  const { withheld, ...guarded } = withhold(granted, found, because);
  const told = withheld.filter(({ key }) => !kept.has(key));
  return { granted: { ...guarded, withheld }, removals, retained: [...held, ...told] };
}

/** What goes by what another item says, not by an item that leaves; undefined when nothing does. */
function lossesOf(before: AppGrant | undefined, after: Granted): AppLosses | undefined {
  const isConcerned = [...(before?.items ?? []), ...after.items].some(({ kind }) => isAndroid(kind));
  if (!isConcerned && before?.unnamed === undefined) return undefined;
  const { apps, others } = appLosses(before, after);
  const blocked = apps.filter(({ blockedBy }) => blockedBy !== undefined);
  if (blocked.length === 0 && others === undefined) return undefined;
  return { apps: blocked, ...(others === undefined ? {} : { others }) };
}

function takenBy(
  removals: readonly string[],
  found: AppLosses | undefined,
): Pick<Admission, "removals" | "losses"> {
  if (found === undefined) return { removals };
  const blocking = [...new Set(found.apps.flatMap(({ blockedBy = [] }) => blockedBy))].sort();
  const more = blocking.filter((key) => !removals.includes(key));
  return {
    removals: [...removals, ...more, ...(found.others === undefined ? [] : [otherApps])],
    losses: { blocking: more, ...(found.others === undefined ? {} : { others: found.others.by }) },
  };
}

/** The same without what would take apps away: who blocks one is not given, and others stay as they were. */
function withhold(
  granted: Granted,
  { apps, others }: AppLosses,
  reason: string,
): Granted & { readonly withheld: readonly Withheld[] } {
  const blocking = new Set(apps.flatMap(({ blockedBy = [] }) => blockedBy));
  const byOthers = others === undefined ? [] : others.by.length === 0 ? [otherApps] : others.by;
  const stays = `apps that the policy does not name stay: ${reason}`;
  return {
    ...granted,
    items: granted.items.filter((item) => !blocking.has(item.key)),
    ...(others === undefined ? {} : { unnamed: others.before }),
    withheld: [
      ...[...blocking].sort().map((key) => ({ key, reason })),
      ...byOthers.map((key) => ({ key, reason: stays })),
    ],
  };
}

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
  const { items = [], leftAlone = [], letGo = [], unnamed, withheld } = previous ?? {};
  const granted: Granted = {
    ...grantedOf(desired, items, { leftAlone, letGo }),
    sends: "queries",
    because,
    ...(unnamed === undefined ? {} : { unnamed }),
    ...(withheld === undefined ? {} : { withheld }),
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
 * What had been granted and is not asked for any more. What policies disagree about, or a device cannot have, is left
 * alone and remembered: it may leave later, and counts then.
 */
function unwanted(
  desired: Desired,
  earlier: readonly GrantedItem[],
  items: readonly GrantedItem[],
): { readonly leftAlone: readonly GrantedItem[]; readonly gone: readonly GrantedItem[] } {
  const succeeded = succeededBy(items, earlier);
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

/**
 * The items whose place another takes, one for each: under the same name, or the first of those that it was renamed
 * from, for many into one is not a rename. An app that is another one now, or blocked, goes with its data whatever
 * stands under its name, and is a removal like any other.
 */
function succeededBy(
  items: readonly GrantedItem[],
  earlier: readonly GrantedItem[],
): ReadonlySet<GrantedItem> {
  const byKey = new Map(earlier.map((item) => [item.key, item]));
  const found = items.flatMap((item) => {
    const key = [item.key, ...(item.formerly ?? [])].find((one) => byKey.has(one));
    return (key === undefined ? undefined : byKey.get(key)) ?? [];
  });
  return new Set(found.filter((item) => item.kind !== "App" && item.kind !== "AndroidApp"));
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

function idOf({ kind, id }: GrantedItem): string {
  return `${kind}/${id}`;
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
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
