import type { ItemUse } from "./compiled.ts";
import type { Platform } from "./facts.ts";
import type { GrantedSchedule, WatchedApp } from "./granted.ts";
import type { Event } from "./ledger.ts";
import type { Observed } from "./observed.ts";
import type { Observation } from "./report.ts";
import type { Situation } from "./situation.ts";
import type { Transition } from "./transition.ts";

const canBlockApps: ReadonlySet<Platform> = new Set(["ios", "ipados", "tvos"]);

/** True for a blocked app on a device that cannot block it: then it is looked for, and told when it is there. */
export function isWatched(use: Pick<ItemUse, "install">, platform: Platform, supervised: boolean): boolean {
  return use.install === "blocked" && !(supervised && canBlockApps.has(platform));
}

const hour = 60 * 60_000;

/** Lists of all apps are long: what is watched is looked for at most every six hours. */
export function watching(watched: readonly WatchedApp[], driftCheckMs: number): readonly GrantedSchedule[] {
  if (watched.length === 0) return [];
  const every = Math.max(driftCheckMs, 6 * hour);
  return [{ name: "restricted apps", collect: ["applications"], every, timeZone: "UTC", spreadMs: every }];
}

/** A watched app that the device has not yet been asked about, if there is one. */
export function unknownApp(
  watched: readonly WatchedApp[] | undefined,
  { found }: Observed,
): WatchedApp | undefined {
  return watched?.find(({ id }) => found?.[id] === undefined);
}

/** The watched apps that a device has. */
export function violations(
  watched: readonly WatchedApp[] | undefined,
  { found }: Observed,
): readonly WatchedApp[] {
  return (watched ?? []).filter(({ id }) => found?.[id] === true);
}

/** Takes from a list of all apps which watched ones are among them; what comes and goes is told. */
export function noteFound(
  start: Transition,
  situation: Situation,
  observation: Observation,
  now: number,
): Transition {
  const { installed } = observation;
  if (installed === undefined) return start;
  const watched = situation.granted?.watched ?? [];
  const { found: before, ...rest } = start.observed;
  if (watched.length === 0) return before === undefined ? start : { ...start, observed: rest };
  const there = new Set(installed);
  const found = Object.fromEntries(watched.map(({ id }) => [id, there.has(id)]));
  const events = watched.flatMap((one): Event[] => {
    if (found[one.id] === (before?.[one.id] ?? false)) return [];
    const about = { at: now, device: situation.device, subject: one.key };
    return found[one.id] === true
      ? [{ ...about, type: "item.violated", message: `${one.id} is on the device, which cannot block it` }]
      : [{ ...about, type: "item.complied", message: `${one.id} is gone from the device` }];
  });
  return { ...start, observed: { ...rest, found }, events: [...start.events, ...events] };
}
