import type { GrantedSchedule, Section } from "../granted.ts";
import type { Fields } from "./leaves.ts";

/**
 * What has to be reported for a section of an inventory (StatusReportingSettings). The device itself says the rest of
 * `device`, and its posture, without being asked.
 */
const switches: Partial<Readonly<Record<Section, readonly string[]>>> = {
  device: ["softwareInfoEnabled", "networkInfoEnabled", "memoryInfoEnabled", "displayInfoEnabled"],
  security: ["deviceSettingsEnabled", "softwareInfoEnabled"],
  applications: ["applicationReportsEnabled"],
  powerEvents: ["powerManagementEventsEnabled"],
};

/**
 * The reports that a device has to make: what its schedules collect, its version, by which groups choose, and its
 * apps where some are given to it, as only the report shows them.
 */
export function reportingFor(inventory: readonly GrantedSchedule[], hasApps: boolean): Fields {
  const sections = inventory.flatMap((schedule) => schedule.collect);
  const names = [
    "softwareInfoEnabled",
    ...(hasApps ? ["applicationReportsEnabled"] : []),
    ...sections.flatMap((section) => switches[section] ?? []),
  ];
  return {
    statusReportingSettings: Object.fromEntries([...new Set(names)].sort().map((name) => [name, true])),
  };
}
