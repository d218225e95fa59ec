import type { CompiledPolicy } from "./compiled.ts";
import { driftCheck } from "./delivery.ts";
import type { Desired } from "./desired.ts";
import { type Platform, platforms } from "./facts.ts";
import type { GrantedSchedule, Section } from "./granted.ts";
import type { Placement } from "./placement.ts";

/** What a channel is asked for again and again: the schedules of its policies, of a device, and looks for drift. */
export function inventoryOf(
  placement: Placement,
  { items, unsupported, awaitsUpdate }: Inventoried,
  driftCheckMs: number,
): readonly GrantedSchedule[] {
  // A user's channel says nothing of the device, which is looked at for both.
  if (placement.channel === "user") return driftChecks(driftCheckMs, items, false);
  const looksAtDevice = unsupported.length > 0 || awaitsUpdate;
  return [...schedulesOf(placement.policies, placement), ...driftChecks(driftCheckMs, items, looksAtDevice)];
}

interface Inventoried extends Pick<Desired, "items" | "unsupported"> {
  /** Something for it or its users waits for an update of its system. */
  readonly awaitsUpdate: boolean;
}

/**
 * What shows the installed items is asked for again now and then, so that drift is found; and what a device is like,
 * where something does not fit it, so that an update of its system is. Of its declarations a device tells by itself.
 */
function driftChecks(
  driftCheckMs: number,
  items: Desired["items"],
  looksAtDevice: boolean,
): readonly GrantedSchedule[] {
  const kinds = new Set(items.map((item) => item.kind));
  const isShown = items.some(({ kind, orProfile }) => kind === "Profile" || orProfile !== undefined);
  const sections: Section[] = [
    ...(looksAtDevice ? (["device"] as const) : []),
    ...(kinds.has("App") ? (["managedApps"] as const) : []),
    ...(kinds.has("Book") ? (["managedBooks"] as const) : []),
    ...(isShown ? (["profiles"] as const) : []),
  ];
  if (sections.length === 0) return [];
  return [
    { name: driftCheck, collect: sections, every: driftCheckMs, timeZone: "UTC", spreadMs: driftCheckMs },
  ];
}

/** Sections that some platform has no way to report (such as macOS, which has no Restrictions query). */
const unreported: Readonly<Partial<Record<Section, ReadonlySet<Platform>>>> = {
  restrictions: new Set<Platform>(["macos", "android"]),
  profiles: new Set<Platform>(["android"]),
  certificates: new Set<Platform>(["android"]),
  // Shared iPads have users too; that an iPad is one is no part of its place.
  users: new Set<Platform>(["ios", "ipados", "tvos", "watchos", "visionos", "android"]),
  activationLock: new Set<Platform>(["tvos", "watchos", "android"]),
  // Macs tell it on the channels of their users only.
  appFeedback: new Set<Platform>(["macos", "watchos", "android"]),
  powerEvents: new Set<Platform>(["ios", "ipados", "macos", "tvos", "watchos", "visionos"]),
};

/** Sections that only supervised devices report. */
const supervisedOnly: ReadonlySet<Section> = new Set(["users", "activationLock"]);

/** Sections that a device of User Enrollment may not be asked for (userenrollment in Apple's commands), by platform. */
const notOfUsers: Readonly<Partial<Record<Section, ReadonlySet<Platform>>>> = {
  restrictions: new Set<Platform>(["ios", "ipados", "visionos"]),
  applications: new Set<Platform>(["macos"]),
  users: new Set<Platform>(platforms),
  activationLock: new Set<Platform>(platforms),
};

/** True when a place may be asked for a section and has a way to report it. */
export function reports({ platform, supervised, enrollment, android }: Place, section: Section): boolean {
  // Google tells it of the company's devices alone (powerManagementEventsEnabled).
  if (section === "powerEvents" && android?.ownership === "personal") return false;
  if (enrollment === "user" && platform !== undefined && notOfUsers[section]?.has(platform) === true)
    return false;
  if (platform === undefined) return !supervisedOnly.has(section);
  return unreported[section]?.has(platform) !== true && (supervised || !supervisedOnly.has(section));
}

type Place = Pick<Placement, "platform" | "supervised" | "enrollment" | "android">;

/** All schedules of all policies, with the sections that this place reports; the same schedule counts once. */
export function schedulesOf(policies: readonly CompiledPolicy[], place: Place): readonly GrantedSchedule[] {
  const schedules = new Map<string, GrantedSchedule>();
  for (const schedule of policies.flatMap((policy) => policy.inventory)) {
    const collect = schedule.collect.filter((section) => reports(place, section));
    if (collect.length > 0) schedules.set(schedule.name, { ...schedule, collect });
  }
  return [...schedules.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
