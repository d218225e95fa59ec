import type { GrantedSchedule, Section } from "../granted.ts";
import type { Fields } from "./leaves.ts";

/**
 * What has to be reported for a section of an inventory (StatusReportingSettings). The device itself says the rest of
 * `device`, and its posture, without being asked.
 */
const switches = {
  // The level of the battery is one of the power events.
  device: [
    "softwareInfoEnabled",
    "networkInfoEnabled",
    "memoryInfoEnabled",
    "displayInfoEnabled",
    "powerManagementEventsEnabled",
  ],
  security: ["deviceSettingsEnabled", "softwareInfoEnabled", "commonCriteriaModeEnabled"],
  applications: ["applicationReportsEnabled"],
  powerEvents: ["powerManagementEventsEnabled"],
} satisfies Partial<Record<Section, readonly string[]>>;

/**
 * The reports that a device has to make: what it is, as every device is asked that, what its schedules collect, and its
 * apps where some are given to it, as only the report shows them.
 */
export function reportingFor(inventory: readonly GrantedSchedule[], hasApps: boolean): Fields {
  const sections = inventory.flatMap((schedule) => schedule.collect);
  const names = [
    ...switches.device,
    ...(hasApps ? switches.applications : []),
    ...sections.flatMap((section) => (section in switches ? switches[section as keyof typeof switches] : [])),
  ];
  return {
    statusReportingSettings: Object.fromEntries([...new Set(names)].sort().map((name) => [name, true])),
  };
}
