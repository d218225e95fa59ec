import type { CompiledPolicy } from "./compiled.ts";
import type { Platform } from "./facts.ts";
import type { GrantedItem, GrantedSchedule, Section } from "./granted.ts";

/**
 * What shows the installed items is asked for again now and then, so that drift is found; and what a device is like,
 * where something does not fit it, so that an update of its system is. Of its declarations a device tells by itself.
 */
export function driftChecks(
  driftCheckMs: number,
  {
    items,
    unsupported,
  }: { readonly items: readonly Pick<GrantedItem, "kind">[]; readonly unsupported: readonly unknown[] },
): readonly GrantedSchedule[] {
  const kinds = new Set(items.map((item) => item.kind));
  const sections: Section[] = [
    ...(unsupported.length > 0 ? (["device"] as const) : []),
    ...(kinds.has("App") ? (["managedApps"] as const) : []),
    ...(kinds.has("Profile") ? (["profiles"] as const) : []),
  ];
  if (sections.length === 0) return [];
  return [
    { name: "drift check", collect: sections, every: driftCheckMs, timeZone: "UTC", spreadMs: driftCheckMs },
  ];
}

/** Sections that some platform has no way to report (such as macOS, which has no Restrictions query). */
const unreported: Readonly<Partial<Record<Section, ReadonlySet<Platform>>>> = {
  restrictions: new Set<Platform>(["macos", "android"]),
  profiles: new Set<Platform>(["android"]),
  certificates: new Set<Platform>(["android"]),
  powerEvents: new Set<Platform>(["ios", "ipados", "macos", "tvos", "watchos", "visionos"]),
};

function reports(platform: Platform | undefined, section: Section): boolean {
  return platform === undefined || unreported[section]?.has(platform) !== true;
}

/** All schedules of all policies; the same schedule counts once. */
export function schedulesOf(
  policies: readonly CompiledPolicy[],
  platform: Platform | undefined,
): readonly GrantedSchedule[] {
  const schedules = new Map<string, GrantedSchedule>();
  for (const schedule of policies.flatMap((policy) => policy.inventory)) {
    const collect = schedule.collect.filter((section) => reports(platform, section));
    if (collect.length > 0) schedules.set(schedule.name, { ...schedule, collect });
  }
  return [...schedules.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
