import type { Desired, DesiredItem } from "./desired.ts";
import type { Granted, GrantedItem } from "./granted.ts";

/** What guards say about one set of devices. */
export interface Gates {
  /** The whole organisation only watches, or has not been resumed since its first synchronisation. */
  readonly observe: boolean;
  /** The reason of a suspension of this device, its group or everything. */
  readonly suspended: string | undefined;
  /** Why nothing may be removed at all; undefined when it may. */
  readonly removalsFrozen: string | undefined;
  /** False when the removal budget has no room for these devices. */
  readonly removalBudget: boolean;
}

export interface Admission {
  readonly granted: Granted;
  /** Items that leave with this admission. */
  readonly removals: readonly string[];
  /** Items that a guard keeps, and why. */
  readonly retained: readonly { readonly key: string; readonly reason: string }[];
}

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
  if (stopped !== undefined) return stop(desired, previous, stopped);
  const before = new Map((previous?.items ?? []).map((item) => [item.key, item]));
  const items = desired.items.flatMap((item) => grant(item, before.get(item.key)));
  const turned = items.flatMap((item) => turnedFrom(item, before.get(item.key)));
  const leaving = [...leavingItems(desired, previous, items), ...turned];
  const retained = leaving.flatMap((item) => {
    const reason = desired.watching.includes(item.policy)
      ? "its policy is in observe mode"
      : keepReason(gates);
    return reason === undefined ? [] : [{ ...item, retained: reason }];
  });
  const kept = new Set(retained.map((item) => item.key));
  return {
    granted: grantedOf(desired, [...items.filter((item) => !kept.has(item.key)), ...retained].sort(byKey)),
    removals: leaving.map((item) => item.key).filter((key) => !kept.has(key)),
    retained: retained.map((item) => ({ key: item.key, reason: item.retained })),
  };
}

function keepReason(gates: Gates): string | undefined {
  if (gates.removalsFrozen !== undefined) return gates.removalsFrozen;
  return gates.removalBudget ? undefined : "removal budget used up";
}

function stop(desired: Desired, previous: Granted | undefined, because: string): Admission {
  const granted = grantedOf(desired, previous?.items ?? []);
  return { granted: { ...granted, sends: "queries", because }, removals: [], retained: [] };
}

/** An item of a policy that only watches keeps what had been granted before, or nothing. */
function grant(item: DesiredItem, previous: GrantedItem | undefined): readonly GrantedItem[] {
  if (item.observe) return previous === undefined ? [] : [previous];
  const { origin: _origin, observe: _observe, ...granted } = item;
  return [granted];
}

/** An app that was required and is blocked now goes, although its key stays: a removal like any other. */
function turnedFrom(item: GrantedItem, previous: GrantedItem | undefined): readonly GrantedItem[] {
  return previous?.kind === "App" && item.kind !== "App" && previous.onLeave === "remove" ? [previous] : [];
}

function leavingItems(
  desired: Desired,
  previous: Granted | undefined,
  items: readonly GrantedItem[],
): readonly GrantedItem[] {
  const wanted = new Set(items.flatMap((item) => [item.key, ...(item.formerly ?? [])]));
  const ids = new Set(items.map((item) => `${item.kind}/${item.id}`));
  const leftAlone = new Set([
    ...desired.conflicts.map((conflict) => conflict.key),
    ...desired.unsupported.filter((one) => one.stays === true).map((one) => one.key),
  ]);
  return (previous?.items ?? []).filter(
    (item) =>
      !wanted.has(item.key) &&
      !ids.has(`${item.kind}/${item.id}`) &&
      !leftAlone.has(item.key) &&
      item.onLeave === "remove",
  );
}

function grantedOf(desired: Desired, items: readonly GrantedItem[]): Granted {
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
  };
}

function byKey(a: GrantedItem, b: GrantedItem): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
