import type { ActTarget } from "./act.ts";
import type { ChannelState, Sent } from "./channel.ts";
import type { Facts } from "./facts.ts";
import type { Granted } from "./granted.ts";
import type { Event, LedgerChange } from "./ledger.ts";
import type { Observed } from "./observed.ts";
import type { Observation } from "./report.ts";

/** What one report changes, gathered step by step; nothing of it is written before the decision is whole. */
export interface Transition {
  readonly state: ChannelState;
  readonly observed: Observed;
  readonly facts: Facts | undefined;
  readonly observations: readonly Observation[];
  readonly ledger: readonly LedgerChange[];
  readonly acts: readonly {
    readonly act: string;
    readonly status: ActTarget["status"];
    readonly note?: string;
  }[];
  readonly events: readonly Event[];
}

/** The beginning of a transition: nothing has changed. */
export function unchanged(state: ChannelState, observed: Observed): Transition {
  return { state, observed, facts: undefined, observations: [], ledger: [], acts: [], events: [] };
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
  return intent.type === "act" ? `act/${intent.act}` : intent.item;
}

/** Ownership follows the granted set: renamed items keep it, what is gone or to be kept is let go. */
export function settleOwned(observed: Observed, granted: Granted | undefined): Observed {
  if (granted === undefined) return observed;
  const byId = new Map(granted.items.map((item) => [`${item.kind}/${item.id}`, item]));
  const keys = new Set(granted.items.map((item) => item.key));
  const owned: Record<string, Observed["owned"][string]> = {};
  for (const [key, one] of Object.entries(observed.owned)) {
    const heir = byId.get(`${one.kind}/${one.id}`);
    if (heir !== undefined) owned[heir.key] = { ...(owned[heir.key] ?? one), onLeave: heir.onLeave };
    else if (keys.has(key) || granted.conflicts.includes(key) || isStillToGo(one, observed)) owned[key] = one;
  }
  return { ...observed, owned };
}

function isStillToGo(one: Observed["owned"][string], observed: Observed): boolean {
  if (one.onLeave === "keep") return false;
  if (one.kind === "Profile")
    return observed.profiles === undefined || observed.profiles[one.id] !== undefined;
  const status = observed.apps?.[one.id]?.status;
  return observed.apps === undefined || (status !== undefined && status !== "ManagedButUninstalled");
}
