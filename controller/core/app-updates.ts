import type { GrantedItem, GrantedSchedule } from "./granted.ts";
import type { Intent } from "./intent.ts";
import type { ItemState } from "./item-state.ts";
import type { Observed } from "./observed.ts";
import type { Observation } from "./report.ts";
import type { Situation } from "./situation.ts";
import type { Transition } from "./transition.ts";

const day = 24 * 60 * 60_000;

/** Devices learn of updates once a day (Apple: HasUpdateAvailable), and lists of all apps are long. */
export function lookingForUpdates(
  items: readonly GrantedItem[],
  driftCheckMs: number,
): readonly GrantedSchedule[] {
  if (!items.some((item) => item.updates === true)) return [];
  const every = Math.max(driftCheckMs, day);
  return [{ name: "app updates", collect: ["applications"], every, timeZone: "UTC", spreadMs: every }];
}

/** True when the device has said that the store has an update of an app that is to be updated then. */
export function isOffered({ updates, id, key, digest }: GrantedItem, { offered, owned }: Observed): boolean {
  return updates === true && owned[key]?.digest === digest && offered?.includes(id) === true;
}

/** From when on an item is to be sent: it is not there as granted, or has an update; undefined when it is not. */
export function installFrom(item: GrantedItem, state: ItemState, observed: Observed): number | undefined {
  if (state.type === "missing") return Math.max(state.retryAt, 0);
  return state.type === "verified" && isOffered(item, observed) ? 0 : undefined;
}

/** Takes from a list of all apps which of those that are to be updated have an update. */
export function noteOffered(
  start: Transition,
  { granted }: Situation,
  { installed, offered = [] }: Observation,
): Transition {
  if (installed === undefined) return start;
  const wanted = (granted?.items ?? []).filter((item) => item.updates === true).map((item) => item.id);
  return {
    ...start,
    observed: withOffers(
      start.observed,
      wanted.filter((id) => offered.includes(id)),
    ),
  };
}

/** An update that was ordered, or refused, is offered no more before the device says so again. */
export function withoutOffer(observed: Observed, intent: Intent): Observed {
  if (intent.type !== "install" || observed.offered?.includes(intent.id) !== true) return observed;
  return withOffers(
    observed,
    observed.offered.filter((id) => id !== intent.id),
  );
}

function withOffers({ offered: _before, ...observed }: Observed, offered: readonly string[]): Observed {
  return offered.length === 0 ? observed : { ...observed, offered: [...offered].sort() };
}
