import type { GrantedItem } from "./granted.ts";
import { type ItemState, itemState, sectionOf } from "./item-state.ts";
import type { Event } from "./ledger.ts";
import type { Observation } from "./report.ts";
import type { Situation } from "./situation.ts";
import type { Transition } from "./transition.ts";

/**
 * Tells of items that were as granted by the report before and are not by this one, although nothing was sent for them:
 * somebody took them away. Each is told once, and again when it was there in between; what `drift: ignore` leaves alone
 * is not told.
 */
export function noteDrift(
  start: Transition,
  situation: Situation,
  { section }: Observation,
  at: number,
): Transition {
  const events = (situation.granted?.items ?? [])
    .filter((item) => sectionOf(item.kind) === section && item.drift !== "ignore")
    .filter((item) => wasThere(item, situation) && start.state.progress[item.key] === undefined)
    .filter((item) => isAway(itemState(item, start.observed, start.state)))
    .map((item) => drifted(item, situation, wordsOf(item), at));
  return events.length === 0 ? start : { ...start, events: [...start.events, ...events] };
}

/** True when the device had it as granted by its report before, and nothing was on its way. */
export function wasThere(item: GrantedItem, { observed, state }: Situation): boolean {
  return state.progress[item.key] === undefined && itemState(item, observed, state).type === "verified";
}

/** The event of one item. */
export function drifted(item: GrantedItem, { device }: Situation, message: string, at: number): Event {
  return { type: "item.drifted", at, device, subject: item.key, message };
}

function isAway({ type }: ItemState): boolean {
  return type === "missing" || type === "drifted";
}

function wordsOf({ drift }: GrantedItem): string {
  return drift === "report"
    ? "it was taken away from the device; it is only reported (drift: report)"
    : "it was taken away from the device, and is put back";
}
