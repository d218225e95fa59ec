import type { ActChange } from "./act.ts";
import { assigningKey } from "./assigning.ts";
import type { ChannelState, Progress, Sent } from "./channel.ts";
import { declaringKey } from "./declarations.ts";
import { equal } from "./equal.ts";
import type { Facts } from "./facts.ts";
import { type Granted, type GrantedItem, isLeftAlone } from "./granted.ts";
import { itemState, removalDigest, sectionOf } from "./item-state.ts";
import { wrappedBy } from "./kept.ts";
import type { Event, LedgerChange } from "./ledger.ts";
import type { Observed, Owned } from "./observed.ts";
import { isThere } from "./presence.ts";
import type { Kept, Observation } from "./report.ts";

/** What one report changes, gathered step by step; nothing of it is written before the decision is whole. */
export interface Transition {
  readonly state: ChannelState;
  readonly observed: Observed;
  readonly facts: Facts | undefined;
  readonly observations: readonly Observation[];
  readonly kept: readonly Kept[];
  readonly ledger: readonly LedgerChange[];
  readonly acts: readonly ActChange[];
  readonly events: readonly Event[];
}

/** The beginning of a transition: nothing has changed. */
export function unchanged(state: ChannelState, observed: Observed): Transition {
  return { state, observed, facts: undefined, observations: [], kept: [], ledger: [], acts: [], events: [] };
}

/** Sets one entry of progress, or deletes it with undefined. */
export function withProgress(
  state: ChannelState,
  key: string,
  progress: ChannelState["progress"][string] | undefined,
): ChannelState {
  const { [key]: _old, ...rest } = state.progress;
  return { ...state, progress: progress === undefined ? rest : { ...rest, [key]: progress } };
}

/**
 * When something was sent or taken: not before what was reported last, also where that was dated by the clock of
 * another replica, or by one that was put back since. What had been seen before says nothing of it.
 */
export function afterReports({ collected }: ChannelState, now: number): number {
  return Math.max(now, ...Object.values(collected));
}

/** Nothing is outstanding any more. */
export function withoutOutstanding(state: ChannelState): ChannelState {
  const { outstanding: _sent, ...rest } = state;
  return rest;
}

/** Takes a command out of what was set aside. */
export function withoutAside(state: ChannelState, id: string): ChannelState {
  return state.aside.some((one) => one.id === id)
    ? { ...state, aside: state.aside.filter((one) => one.id !== id) }
    : state;
}

/** What progress and events call the thing that a command is about. */
export function keyOf(sent: Sent): string {
  const { intent } = sent;
  if (intent.type === "query") return `query/${intent.section}`;
  if (intent.type === "enrollment") return `enrollment/${intent.step}`;
  if (intent.type === "declare") return declaringKey;
  if (intent.type === "assign") return assigningKey;
  return intent.type === "act" ? `act/${intent.act}` : intent.item;
}

/**
 * Ownership follows the granted set: renamed items keep it, what is gone or to be kept is let go. What an item was
 * under another id is kept apart from what it is now, so that it can still be removed.
 */
export function settleOwned(observed: Observed, granted: Granted | undefined, state: ChannelState): Observed {
  if (granted === undefined) return observed;
  const byId = new Map(granted.items.map((item) => [`${item.kind}/${item.id}`, item]));
  const keys = new Set(granted.items.map((item) => item.key));
  const takenOver = new Set(
    granted.items.flatMap((item) => (isTakenOver(item, observed, state) ? wrappedBy(item) : [])),
  );
  const letGo = new Set(granted.letGo);
  const owned: Record<string, Observed["owned"][string]> = {};
  for (const [key, known] of Object.entries(observed.owned)) {
    const one = letGo.has(`${known.kind}/${known.id}`) ? { ...known, onLeave: "keep" as const } : known;
    const heir = byId.get(`${one.kind}/${one.id}`);
    if (takenOver.has(`${one.kind}/${one.id}`)) continue;
    if (heir !== undefined) owned[heir.key] = { ...newerOf(owned[heir.key], one), onLeave: heir.onLeave };
    else if (isLeftAlone(granted, key) || isStillToGo(key, one, observed, state))
      owned[keys.has(key) ? formerKey(key, one.id) : key] = one;
  }
  // The same record is known by its identity: nothing has to be compared or written.
  return equal(owned, observed.owned) ? observed : { ...observed, owned };
}

/** What is remembered of an item goes with its identifier: a renamed manifest forgets nothing that was sent. */
export function withHeirs(
  state: ChannelState,
  { owned }: Observed,
  granted: Granted | undefined,
): ChannelState {
  const byId = new Map((granted?.items ?? []).map((item) => [`${item.kind}/${item.id}`, item.key]));
  let moved = state;
  for (const [key, one] of Object.entries(owned)) {
    const heir = byId.get(`${one.kind}/${one.id}`);
    const progress = moved.progress[key] ?? removalAs(nameOf(key), moved);
    if (heir === undefined || heir === key || progress === undefined) continue;
    if (progress.at <= (moved.progress[heir]?.at ?? -1)) continue;
    moved = withProgress(moved, heir, progress);
  }
  return moved;
}

/** That an item was taken away stands under the name that it had then, which may be another item's by now. */
function removalAs(name: string, { progress }: ChannelState): Progress | undefined {
  return progress[name]?.digest === removalDigest ? progress[name] : undefined;
}

/**
 * When something was last sent, if no observation since then can tell whether it is there; epoch ms. What has another
 * id by now was sent under the name of the item that takes its place.
 */
export function unseenSince(key: string, owned: Owned, state: ChannelState): number | undefined {
  const progress = state.progress[nameOf(key)];
  if (progress === undefined || progress.digest === removalDigest) return undefined;
  return (state.collected[sectionOf(owned.kind)] ?? -1) <= progress.at ? progress.at : undefined;
}

/** Nothing is remembered of items that are neither granted nor ours any more. */
export function withoutStrays(
  state: ChannelState,
  { owned }: Observed,
  granted: Granted | undefined,
): ChannelState {
  if (granted === undefined) return state;
  const keys = new Set([
    ...granted.items.map((item) => item.key),
    ...Object.keys(owned).flatMap((key) => [key, nameOf(key)]),
  ]);
  const isKept = (key: string): boolean => keys.has(key) || !/^(Profile|App|Book)\//.test(key);
  const entries = Object.entries(state.progress);
  if (entries.every(([key]) => isKept(key))) return state;
  return { ...state, progress: Object.fromEntries(entries.filter(([key]) => isKept(key))) };
}

/** Of two records of one thing the one that says which content it is. */
function newerOf(known: Owned | undefined, other: Owned): Owned {
  return known === undefined || known.digest === "" ? other : known;
}

/** What an item's earlier self is owned under, once the item has another id. */
function formerKey(key: string, id: string): string {
  return `${key}~${id}`;
}

/** The name of the item that something is owned under, whatever identifier it had then. */
export function nameOf(key: string): string {
  const [name = key] = key.split("~", 1);
  return name;
}

/** The device has put the profile of this name under the declaration that wraps it. */
function isTakenOver(item: GrantedItem, observed: Observed, state: ChannelState): boolean {
  return item.wraps === true && itemState(item, observed, state).type === "verified";
}

function isOnItsWay(key: string, { outstanding, aside }: ChannelState): boolean {
  const sent = outstanding === undefined ? aside : [outstanding, ...aside];
  return sent.some(({ intent }) => intent.type === "install" && intent.item === nameOf(key));
}

function isStillToGo(key: string, one: Owned, observed: Observed, state: ChannelState): boolean {
  // What is to be kept is let go, but not before its answer: that would make it look like something to be removed.
  if (one.onLeave === "keep") return isOnItsWay(key, state);
  return unseenSince(key, one, state) !== undefined || isThere(one, observed) !== false;
}
