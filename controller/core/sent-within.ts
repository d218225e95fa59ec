import { isOffered } from "./app-updates.ts";
import type { Granted, GrantedItem } from "./granted.ts";
import type { Intent } from "./intent.ts";
import { isSettled, itemState } from "./item-state.ts";
import type { Observed } from "./observed.ts";
import type { Risk } from "./risk.ts";
import type { Situation } from "./situation.ts";
import { type CompiledWindow, type GateState, gateState } from "./window.ts";

/** Until when something that was admitted in a maintenance window waits for the next one. */
export interface NextWindow {
  /** Epoch ms; absent when none opens by itself. */
  readonly opensAt?: number;
  readonly waitsFor: string;
}

/** What windows are read off, epoch ms: this process's clock, and others. */
interface Times {
  readonly now: number;
  readonly clocks?: readonly number[] | undefined;
}

/**
 * The window that a device which was away, or which failed, has to wait for: another content than it had is sent in
 * windows only, and what it had already comes back at any time. Undefined when it may be sent now.
 */
function installWaits(
  granted: Granted,
  item: GrantedItem,
  observed: Observed,
  times: Times,
): NextWindow | undefined {
  const isUpdatesOnly = granted.sentWithin?.[item.key]?.updatesOnly === true;
  const isKnown = observed.owned[item.key]?.digest === item.digest;
  const isGated = isOffered(item, observed) || !(isKnown || isUpdatesOnly);
  return isGated ? windowFor(granted, item.key, times) : undefined;
}

/** The same of an item that left. */
function removalWindow(granted: Granted, key: string, times: Times): NextWindow | undefined {
  return granted.items.some((item) => item.key === key) ? undefined : windowFor(granted, key, times);
}

/** By several clocks what is shut by one of them is shut: one that leaps opens nothing. */
function windowFor(granted: Granted, key: string, { now, clocks = [] }: Times): NextWindow | undefined {
  const within = granted.sentWithin?.[key];
  if (within === undefined) return undefined;
  for (const risk of within.risks)
    for (const at of [now, ...clocks]) {
      const state = stateIn(within.windows, risk, at);
      if (state.open) continue;
      const { opensAt, waitsFor } = state;
      return opensAt === undefined ? { waitsFor } : { waitsFor, opensAt: now + (opensAt - at) };
    }
  return undefined;
}

const workedOut = new Map<string, GateState>();
const mostRemembered = 1_000;

/**
 * The same for all that come within a second, for windows begin and end at whole seconds: a device with many items, and
 * many devices, cost no more than one.
 */
function stateIn(windows: readonly CompiledWindow[], risk: Risk, at: number): GateState {
  const key = JSON.stringify([Math.floor(at / 1_000), risk, windows]);
  const known = workedOut.get(key) ?? gateState(windows, risk, at, undefined);
  if (workedOut.size >= mostRemembered) workedOut.clear();
  workedOut.set(key, known);
  return known;
}

/** What may be sent in windows only, not before the next one; nothing when none opens by itself. */
export function inWindows<
  T extends { readonly key: string; readonly intent: Intent; readonly notBefore: number },
>(candidates: readonly T[], { granted, observed, clocks }: Situation, now: number): readonly T[] {
  if (granted?.sentWithin === undefined) return candidates;
  const times = { now, clocks };
  const items = new Map(granted.items.map((item) => [item.key, item]));
  return candidates.flatMap((candidate) => {
    const item = items.get(candidate.key);
    const isInstall = candidate.intent.type === "install" && item !== undefined;
    const window = isInstall
      ? installWaits(granted, item, observed, times)
      : candidate.intent.type === "remove"
        ? removalWindow(granted, candidate.key, times)
        : undefined;
    if (window === undefined) return [candidate];
    if (window.opensAt === undefined) return [];
    return [{ ...candidate, notBefore: Math.max(candidate.notBefore, window.opensAt) }];
  });
}

/** What of a device waits for its next window by its key, and why: what was not admitted yet, and what did not reach it. */
export function waitingOn(situation: Situation, now: number): ReadonlyMap<string, string> {
  const { granted, observed, state, clocks } = situation;
  const times = { now, clocks };
  // What comes under a name is told before what stays under it until then.
  const found = new Map((granted?.waiting ?? []).toReversed().map(({ key, reason }) => [key, reason]));
  if (granted?.sentWithin === undefined) return found;
  for (const item of granted.items) {
    const window = installWaits(granted, item, observed, times);
    if (window !== undefined && !isSettled(itemState(item, observed, state)))
      found.set(item.key, `waits for ${window.waitsFor}`);
  }
  for (const key of Object.keys(observed.owned)) {
    const window = removalWindow(granted, key, times);
    if (window !== undefined) found.set(key, `waits for ${window.waitsFor}`);
  }
  return found;
}
