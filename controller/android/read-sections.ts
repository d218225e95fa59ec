import type { Json } from "../core/canonical.ts";
import { cleanText } from "../core/clean-text.ts";
import type { Section } from "../core/granted.ts";
import type { Observation } from "../core/report.ts";
import { isObject, type JsonObject, listAt, textAt } from "./json-object.ts";

/** The parts of Google's record that belong to a section; what its policy does not collect is absent, and stays unknown. */
const partsOf = {
  device: ["hardwareInfo", "softwareInfo", "memoryInfo", "networkInfo", "displays", "apiLevel"],
  security: ["deviceSettings", "commonCriteriaModeInfo", "appliedPasswordPolicies"],
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
    if (section === "powerEvents") return [{ section, detail: eventsOf(value, "powerManagementEvents") }];
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
  return { section: "applications", installed, detail: reports.map((one) => toJson(withoutWords(one))) };
}

/** What apps say in their own words of the settings that they were given: it may repeat a secret, and nobody looks at it. */
function withoutWords(report: JsonObject): JsonObject {
  const { keyedAppStates: _keyedAppStates, ...rest } = report;
  const states = listAt(report, "keyedAppStates").filter(isObject);
  if (states.length === 0) return rest;
  return { ...rest, keyedAppStates: states.map(({ message: _message, data: _data, ...state }) => state) };
}

function detailOf(value: JsonObject, parts: readonly string[]): Readonly<Record<string, Json>> {
  return Object.fromEntries(parts.map((part) => [part, toJson(value[part])]));
}

/** What is free of the storage is told by measurements (MemoryEvent); the last of each sort counts. */
function memoryOf(value: JsonObject): Readonly<Record<string, Json>> {
  const events = newestFirst(value, "memoryEvents");
  const last = (type: string): JsonObject | undefined =>
    events.find((one) => textAt(one, "eventType") === type);
  const free = last("INTERNAL_STORAGE_MEASURED");
  const card = events.find((one) => (textAt(one, "eventType") ?? "").startsWith("EXTERNAL_STORAGE_"));
  return {
    ...measured("freeInternalStorage", free && textAt(free, "byteCount"), free),
    ...(card === undefined ? {} : { externalStorage: toJson(card) }),
  };
}

/** Android has no battery level of its own: the last one that was collected (PowerManagementEvent). */
function batteryOf(value: JsonObject): Readonly<Record<string, Json>> {
  const last = newestFirst(value, "powerManagementEvents").find(
    (one) => textAt(one, "eventType") === "BATTERY_LEVEL_COLLECTED",
  );
  const level = last?.batteryLevel;
  return measured("batteryLevel", typeof level === "number" ? level : undefined, last);
}

/** A value, and when it was measured: events are older than the report that tells them. */
function measured(
  name: string,
  found: string | number | undefined,
  event: JsonObject | undefined,
): Readonly<Record<string, Json>> {
  if (found === undefined) return {};
  const at = textAt(event, "createTime");
  return { [name]: toJson(found), ...(at === undefined ? {} : { [`${name}At`]: cleanText(at, 64) }) };
}

const mostEvents = 500;

function eventsOf(value: JsonObject, list: string): Json {
  return newestFirst(value, list)
    .slice(0, mostEvents)
    .map((one) => toJson(one));
}

function newestFirst(value: JsonObject, list: string): readonly JsonObject[] {
  const events = listAt(value, list).filter(isObject);
  const at = (one: JsonObject): string => textAt(one, "createTime") ?? "";
  return events.toSorted((a, b) => (at(a) < at(b) ? 1 : at(a) > at(b) ? -1 : 0));
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
