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

/**
 * The window that a device which was away, or which failed, has to wait for: another content than it had is sent in
 * windows only, and what it had already comes back at any time. Undefined when it may be sent now.
 */
export function installWaits(
  granted: Granted,
  item: GrantedItem,
  observed: Observed,
  now: number,
): NextWindow | undefined {
  const within = granted.sentWithin?.[item.key];
  if (within === undefined) return undefined;
  const isKnown = observed.owned[item.key]?.digest === item.digest;
  const isGated =
    within.updatesOnly === true ? isOffered(item, observed) : !isKnown || isOffered(item, observed);
  return isGated ? windowFor(granted, item.key, now) : undefined;
}

/** The same of an item that left. */
export function removalWindow(granted: Granted, key: string, now: number): NextWindow | undefined {
  return granted.items.some((item) => item.key === key) ? undefined : windowFor(granted, key, now);
}

function windowFor(granted: Granted, key: string, now: number): NextWindow | undefined {
  const within = granted.sentWithin?.[key];
  if (within === undefined) return undefined;
  for (const risk of within.risks) {
    const state = stateIn(within.windows, risk, now);
    if (!state.open) return state;
  }
  return undefined;
}

const workedOut = new Map<string, GateState>();
let second = Number.NaN;

/**
 * The same for all that come within a second, for windows begin and end at whole seconds: a device with many items, and
 * many devices, cost no more than one.
 */
function stateIn(windows: readonly CompiledWindow[], risk: Risk, now: number): GateState {
  const current = Math.floor(now / 1_000);
  if (current !== second) workedOut.clear();
  second = current;
  const key = JSON.stringify([risk, windows]);
  const known = workedOut.get(key) ?? gateState(windows, risk, now, undefined);
  workedOut.set(key, known);
  return known;
}

/** What may be sent in windows only, not before the next one; nothing when none opens by itself. */
export function inWindows<
  T extends { readonly key: string; readonly intent: Intent; readonly notBefore: number },
>(candidates: readonly T[], { granted, observed }: Situation, now: number): readonly T[] {
  if (granted?.sentWithin === undefined) return candidates;
  const items = new Map(granted.items.map((item) => [item.key, item]));
  return candidates.flatMap((candidate) => {
    const item = items.get(candidate.key);
    const isInstall = candidate.intent.type === "install" && item !== undefined;
    const window = isInstall
      ? installWaits(granted, item, observed, now)
      : candidate.intent.type === "remove"
        ? removalWindow(granted, candidate.key, now)
        : undefined;
    if (window === undefined) return [candidate];
    if (window.opensAt === undefined) return [];
    return [{ ...candidate, notBefore: Math.max(candidate.notBefore, window.opensAt) }];
  });
}

/** What of a device waits for its next window by its key, and why: what was not admitted yet, and what did not reach it. */
export function waitingOn(situation: Situation, now: number): ReadonlyMap<string, string> {
  const { granted, observed, state } = situation;
  const found = new Map((granted?.waiting ?? []).map(({ key, reason }) => [key, reason]));
  if (granted?.sentWithin === undefined) return found;
  for (const item of granted.items) {
    const window = installWaits(granted, item, observed, now);
    if (window !== undefined && !isSettled(itemState(item, observed, state)))
      found.set(item.key, `waits for ${window.waitsFor}`);
  }
  for (const key of Object.keys(observed.owned)) {
    const window = removalWindow(granted, key, now);
    if (window !== undefined) found.set(key, `waits for ${window.waitsFor}`);
  }
  return found;
}
