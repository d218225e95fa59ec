import { isOffered } from "./app-updates.ts";
import type { Progress } from "./channel.ts";
import type { Platform } from "./facts.ts";
import { failedAttempt } from "./failed-attempt.ts";
import type { GrantedItem, Section } from "./granted.ts";
import { itemState, notAsGiven, sectionOf } from "./item-state.ts";
import type { Observed } from "./observed.ts";
import type { Observation } from "./report.ts";
import type { Situation } from "./situation.ts";
import type { Transition } from "./transition.ts";

/** Macs know no attributes of apps, and cannot show them (Apple: ManagedApplicationAttributes). */
export function shownBy(
  sections: readonly Section[] | undefined,
  platform: Platform,
): Pick<GrantedItem, "shownBy"> {
  const known = sections?.filter((section) => section !== "appAttributes" || platform !== "macos") ?? [];
  return known.length === 0 ? {} : { shownBy: known };
}

/** True when a section tells how far an item has come. */
export function isToldBy(section: Section, { kind, shownBy: sections }: GrantedItem): boolean {
  return sectionOf(kind) === section || sections?.includes(section) === true;
}

/** What a report of configuration or attributes makes of an app that was given some: verified, or not as declared. */
export function settleSettings(
  item: GrantedItem,
  progress: Progress,
  { observed, state }: Pick<Transition, "observed" | "state">,
  situation: Situation,
  { configured }: Observation,
  now: number,
): Progress | undefined {
  if (progress.digest !== item.digest || progress.phase !== "acknowledged" || now <= progress.at)
    return progress;
  if (configured?.[item.id] === true)
    return itemState(item, observed, state).type === "verified" ? undefined : progress;
  const text = "accepted, but the device shows another configuration";
  return failedAttempt(progress, [{ domain: notAsGiven, code: 6, text }], situation, item.key, now);
}

/** Attempts to change settings in place, before the app is installed anew with them. */
const mostInPlace = 2;

/** True when only configuration and attributes differ from what a managed app was given: they are changed in place. */
export function isChangedInPlace(
  item: GrantedItem,
  observed: Observed,
  progress: Progress | undefined,
): boolean {
  if (item.kind !== "App" || observed.apps?.[item.id]?.status !== "Managed") return false;
  const owned = observed.owned[item.key];
  // What was managed before reeve came keeps its app too, and gets the settings.
  const base = owned === undefined && progress === undefined ? item.base : owned?.base;
  if (base === undefined || base !== item.base || isOffered(item, observed)) return false;
  return (progress?.attempts ?? 0) < mostInPlace;
}
