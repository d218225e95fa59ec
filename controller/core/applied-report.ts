import { drifted, wasThere } from "./drift.ts";
import type { Facts } from "./facts.ts";
import type { Granted, GrantedItem } from "./granted.ts";
import { itemState } from "./item-state.ts";
import type { AppliedItem, Observed } from "./observed.ts";
import type { Observation } from "./report.ts";
import { reportedThere, reportedWrong } from "./reported-item.ts";
import type { Situation } from "./situation.ts";
import { type Transition, unchanged, withoutStrays, withProgress } from "./transition.ts";

/** What Google's record says of a device, translated. */
export interface AppliedReport {
  readonly observations: readonly Observation[];
  readonly facts: Facts;
  /**
   * The items of the policy that it has applied, with what it says of each; undefined when that policy, or this version
   * of it, is none that reeve wrote.
   */
  readonly applied: Readonly<Record<string, AppliedItem>> | undefined;
  /** When the device itself last reported, epoch ms; undefined when it has not. */
  readonly reportedAt: number | undefined;
}

/**
 * What a device's own report changes (Android). A section that its policy does not collect is absent and keeps what was
 * known; one that was read before changes nothing.
 */
export function applyApplied(situation: Situation, report: AppliedReport, now: number): Transition {
  const { granted, state, observed } = situation;
  const at = Math.min(report.reportedAt ?? 0, now);
  const news = report.observations.filter(
    ({ section }) => report.reportedAt !== undefined && (state.collected[section] ?? -1) < at,
  );
  const collected = Object.fromEntries(news.map(({ section }) => [section, at]));
  const found = foundIn(granted, news, observed);
  const start = unchanged(
    news.length === 0 ? state : { ...state, collected: { ...state.collected, ...collected } },
    withApplied({ ...observed, ...found }, report.applied),
  );
  const seen: Transition = { ...start, facts: report.facts, observations: news };
  const settled = settle(seen, situation, now);
  return { ...settled, state: withoutStrays(settled.state, settled.observed, granted) };
}

/** What is there by a policy of reeve's is reeve's, until a policy without it is applied. */
function withApplied(before: Observed, applied: AppliedReport["applied"]): Observed {
  const { applied: _before, ...rest } = before;
  if (applied === undefined) return rest;
  const owned = Object.fromEntries(
    Object.entries(applied).map(([key, { kind, id, digest, onLeave }]) => [
      key,
      { kind, id, digest, onLeave },
    ]),
  );
  return { ...rest, owned, applied };
}

/** Which of the watched apps are there; the whole list is for people, and not planned on. */
function foundIn(
  granted: Granted | undefined,
  news: readonly Observation[],
  observed: Observed,
): Pick<Observed, "found"> {
  const installed = news.find(({ section }) => section === "applications")?.installed;
  const watched = granted?.watched ?? [];
  if (installed === undefined || watched.length === 0)
    return observed.found === undefined ? {} : { found: observed.found };
  const there = new Set(installed);
  return { found: Object.fromEntries(watched.map(({ id }) => [id, there.has(id)])) };
}

function settle(start: Transition, situation: Situation, now: number): Transition {
  let settled = start;
  for (const item of situation.granted?.items ?? []) {
    const applied = settled.observed.applied?.[item.key];
    const isSame = applied?.digest === item.digest;
    if (itemState(item, settled.observed, settled.state).type === "verified") {
      if (!isVerifiedAlready(item, situation)) settled = reportedThere(settled, situation, item, now);
    } else if (isSame && applied.fault?.verdict === "failed")
      settled = reportedWrong(settled, situation, item, { domain: "policy", text: applied.fault.text }, now);
    else if (isSame && applied.fault?.verdict === "waiting" && wasThere(item, situation))
      settled = {
        ...settled,
        events: [...settled.events, drifted(item, situation, applied.fault.text, now)],
      };
    else if (settled.state.progress[item.key] !== undefined)
      settled = { ...settled, state: withProgress(settled.state, item.key, undefined) };
  }
  return settled;
}

function isVerifiedAlready(item: GrantedItem, { observed, state }: Situation): boolean {
  return itemState(item, observed, state).type === "verified" && state.progress[item.key] === undefined;
}
