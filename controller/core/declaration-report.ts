import type { ChannelState } from "./channel.ts";
import { type DeclarationSet, declaringKey } from "./declarations.ts";
import { legacyIdentifier } from "./declared-identifier.ts";
import { faultsOf } from "./declared-state.ts";
import { delivered } from "./delivery.ts";
import { movedEvent, movedItems, rejecting, withoutProgress } from "./fallback.ts";
import type { GrantedItem } from "./granted.ts";
import { itemState } from "./item-state.ts";
import { type DeclarationStatus, type Observed, type Owned, withoutProfiles } from "./observed.ts";
import type { Observation } from "./report.ts";
import { reportedThere, reportedWrong } from "./reported-item.ts";
import type { Situation } from "./situation.ts";
import {
  settleOwned,
  type Transition,
  unchanged,
  withHeirs,
  withoutStrays,
  withProgress,
} from "./transition.ts";

/** A status report of a channel, translated; `told` are its own words on what is wrong, by declaration. */
export interface DeclarationReport {
  readonly observation: Observation;
  readonly full: boolean;
  readonly gone: readonly string[];
  readonly told: Readonly<Record<string, string>>;
}

/** What a status report changes: only it makes a declared item verified, or failed. */
export function applyStatus(before: Situation, report: DeclarationReport, now: number): Transition {
  const merged = merge(rejecting(before, report), before.declared, report);
  const isHeard = report.observation.declarations !== undefined && before.state.declared?.unheard === true;
  const observed = isHeard ? withoutProfiles(merged) : merged;
  const situation = delivered({ ...before, observed });
  const { granted } = situation;
  const moved = movedItems(delivered(before), situation);
  const state = withHeirs(
    withoutProgress(isHeard ? heard(before.state) : before.state, moved),
    observed,
    granted,
  );
  const at = Math.max(now, ...Object.values(state.progress).map((one) => one.at + 1));
  const collected = { ...state.collected, declarations: at };
  const start = unchanged({ ...state, collected }, observed);
  const seen: Transition = {
    ...start,
    facts: report.observation.facts,
    observations: [report.observation],
    events: moved.flatMap((item) => movedEvent(item, situation, at)),
  };
  const settled = settle(seen, situation, report, at);
  const owned = settleOwned(settled.observed, granted, settled.state);
  return { ...settled, observed: owned, state: withoutStrays(settled.state, owned, granted) };
}

/**
 * Lists of declarations may be whole or what changed: what the channel was handed stays until the device says
 * otherwise, what it was not handed is there only if this report has it.
 */
function merge(
  before: Observed,
  declared: DeclarationSet | undefined,
  { observation, full, gone }: DeclarationReport,
): Observed {
  const { declarations, supports } = observation;
  const told = supports === undefined ? {} : { supports };
  if (declarations === undefined) return { ...before, ...told };
  const handed = new Set((declared?.entries ?? []).map((one) => one.identifier));
  const known = before.declarations ?? {};
  const kept = full ? [] : Object.entries(known).filter(([identifier]) => handed.has(identifier));
  const news = Object.entries(declarations).filter(
    ([identifier]) => handed.has(identifier) || known[identifier] !== undefined,
  );
  const removed = new Set(gone);
  const all = [...new Map([...kept, ...news])].filter(([identifier]) => !removed.has(identifier));
  const after: Readonly<Record<string, DeclarationStatus>> = Object.fromEntries(
    all.sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  return {
    ...(lostProfile(known, after) ? withoutLost(before, after) : before),
    ...told,
    declarations: after,
  };
}

function heard(state: ChannelState): ChannelState {
  if (state.declared?.unheard === undefined) return state;
  const { unheard: _unheard, ...declared } = state.declared;
  return { ...state, declared };
}

/** A profile went with its declaration: which profiles there are is not known any more. */
function lostProfile(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): boolean {
  return Object.keys(before).some((identifier) => after[identifier] === undefined);
}

/**
 * What went so was taken by us, and not by its user: it counts as another content until it is seen. A declaration that
 * was never in force has taken nothing.
 */
function withoutLost(before: Observed, after: NonNullable<Observed["declarations"]>): Observed {
  const isLost = ({ kind, id }: Owned): boolean => {
    const identifier = legacyIdentifier(id);
    const known = kind === "Profile" ? before.declarations?.[identifier] : undefined;
    return known?.active === true && known.valid === "valid" && after[identifier] === undefined;
  };
  const owned = Object.entries(before.owned).map(([key, one]) => [
    key,
    isLost(one) ? { ...one, digest: "" } : one,
  ]);
  return { ...withoutProfiles(before), owned: Object.fromEntries(owned) };
}

function settle(
  start: Transition,
  situation: Situation,
  { told }: DeclarationReport,
  now: number,
): Transition {
  let settled = start;
  for (const item of situation.granted?.items ?? []) {
    if (item.kind !== "Declarations") continue;
    const faults = faultsOf(item, start.observed);
    if (faults.length > 0)
      settled = reportedWrong(settled, situation, item, wrongWith(item, faults, told), now);
    else if (isNews(item, settled)) settled = reportedThere(settled, situation, item, now);
  }
  const open = (situation.granted?.items ?? []).some(({ kind, key }) => {
    return kind === "Declarations" && settled.state.progress[key]?.phase === "acknowledged";
  });
  return open ? settled : { ...settled, state: withProgress(settled.state, declaringKey, undefined) };
}

/** What was not waited for is no news. */
function isNews(item: GrantedItem, { observed, state }: Transition): boolean {
  return state.progress[item.key] !== undefined && itemState(item, observed, state).type === "verified";
}

/** Codes first, then the device's own words. */
function wrongWith({ parts = [] }: GrantedItem, faults: readonly string[], told: DeclarationReport["told"]) {
  const words = parts.flatMap(({ identifier }) => told[identifier] ?? []);
  return { domain: "declaration", text: [...faults, ...words].join("; ").slice(0, 512) };
}
