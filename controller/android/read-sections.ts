import type { Json } from "../core/canonical.ts";
import { cleanText } from "../core/clean-text.ts";
import type { Section } from "../core/granted.ts";
import type { Observation } from "../core/report.ts";
import { isObject, type JsonObject, listAt, textAt } from "./json-object.ts";

/** The parts of Google's record that belong to a section; what its policy does not collect is absent, and stays unknown. */
const partsOf = {
  device: ["hardwareInfo", "softwareInfo", "memoryInfo", "networkInfo", "displays", "apiLevel"],
  security: ["deviceSettings", "securityPosture", "commonCriteriaModeInfo", "appliedPasswordPolicies"],
  applications: ["applicationReports"],
  powerEvents: ["powerManagementEvents"],
} as const satisfies Partial<Record<Section, readonly string[]>>;

/** Parts without which a section says too little to count as reported. */
const neededFor: Readonly<Record<keyof typeof partsOf, string>> = {
  device: "hardwareInfo",
  security: "deviceSettings",
  applications: "applicationReports",
  powerEvents: "powerManagementEvents",
};

/** The sections that a record contains, as of the device's last report. */
export function readSections(value: JsonObject): readonly Observation[] {
  return (Object.keys(partsOf) as (keyof typeof partsOf)[]).flatMap((section): readonly Observation[] => {
    const parts = partsOf[section].filter((part) => value[part] !== undefined);
    if (!parts.includes(neededFor[section] as never)) return [];
    if (section === "applications") return [applicationsOf(value)];
    if (section === "device")
      return [{ section, detail: { ...detailOf(value, parts), ...memoryOf(value), ...batteryOf(value) } }];
    return [{ section, detail: detailOf(value, parts) }];
  });
}

/** An app that is gone may still be reported, as removed. */
function applicationsOf(value: JsonObject): Observation {
  const reports = listAt(value, "applicationReports").filter(isObject);
  const installed = reports
    .filter((one) => textAt(one, "state") !== "REMOVED")
    .map((one) => cleanText(textAt(one, "packageName") ?? "", 256));
  return { section: "applications", installed, detail: reports.map((one) => toJson(one)) };
}

function detailOf(value: JsonObject, parts: readonly string[]): Readonly<Record<string, Json>> {
  return Object.fromEntries(parts.map((part) => [part, toJson(value[part])]));
}

/** What is free of the storage is told by the last measurement (MemoryEvent). */
function memoryOf(value: JsonObject): Readonly<Record<string, Json>> {
  const measured = lastOf(value, "memoryEvents", "INTERNAL_STORAGE_MEASURED");
  const free = textAt(measured, "byteCount");
  return free === undefined ? {} : { freeInternalStorage: cleanText(free, 32) };
}

/** Android has no battery level of its own: the last one that was collected (PowerManagementEvent). */
function batteryOf(value: JsonObject): Readonly<Record<string, Json>> {
  const level = lastOf(value, "powerManagementEvents", "BATTERY_LEVEL_COLLECTED")?.batteryLevel;
  return typeof level === "number" ? { batteryLevel: level } : {};
}

function lastOf(value: JsonObject, list: string, type: string): JsonObject | undefined {
  const events = listAt(value, list).filter(isObject);
  const those = events.filter((one) => textAt(one, "eventType") === type);
  return those.toSorted((a, b) =>
    (textAt(a, "createTime") ?? "") < (textAt(b, "createTime") ?? "") ? 1 : -1,
  )[0];
}

const deepest = 16;

/** JSON for people: text without control characters and bounded, as with everything that a device says. */
export function toJson(value: unknown, depth = 0): Json {
  if (typeof value === "string") return cleanText(value, 4_096);
  if (value === null || typeof value === "boolean" || typeof value === "number") return value;
  if (depth >= deepest) return "…";
  if (Array.isArray(value)) return value.map((one) => toJson(one, depth + 1));
  if (!isObject(value)) return null;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [cleanText(key, 256), toJson(inner, depth + 1)]),
  );
}
