import type { AppContent, Section } from "../core/granted.ts";
import { type Substitute, toPlistDict } from "./payload-value.ts";
import { dictAt, isDict, listAt, type PlistDict, type PlistValue, Real, textAt } from "./wire/plist.ts";

/**
 * The elements of Settings that give a managed app its configuration and attributes; what it has no more is taken away
 * by leaving it out (Apple: Settings, ApplicationConfiguration and ApplicationAttributes). Macs know no attributes.
 */
export function appSettings(
  content: AppContent,
  substitute: Substitute,
  platform: string | undefined,
): PlistDict {
  const { bundleId: Identifier, config, attributes } = content;
  const configuration = {
    Item: "ApplicationConfiguration",
    Identifier,
    ...(config === undefined ? {} : { Configuration: toPlistDict(config, substitute) }),
  };
  if (platform === "macos") return { Settings: [configuration] };
  const others = {
    Item: "ApplicationAttributes",
    Identifier,
    ...(attributes === undefined ? {} : { Attributes: toPlistDict(attributes, substitute) }),
  };
  return { Settings: [configuration, others] };
}

const lists = {
  appConfiguration: { list: "ApplicationConfigurations", value: "Configuration" },
  appAttributes: { list: "ApplicationAttributes", value: "Attributes" },
} as const;

/** The sections that show what apps were given along with them. */
export type SettingsSection = keyof typeof lists;

/** True for the sections that show what apps were given along with them. */
export function isSettingsSection(section: Section): section is SettingsSection {
  return section in lists;
}

/** What a device shows of its apps' settings, by bundle id; undefined when the answer does not contain the list. */
export function shownSettings(
  section: SettingsSection,
  body: PlistDict,
): ReadonlyMap<string, PlistDict> | undefined {
  const { list, value } = lists[section];
  const entries = listAt(body, list);
  if (entries === undefined) return undefined;
  return new Map(
    entries.filter(isDict).map((one) => [textAt(one, "Identifier") ?? "", dictAt(one, value) ?? {}] as const),
  );
}

/**
 * True when an app shows exactly the configuration that it was given, or all of the attributes: those that nobody set may
 * be shown with their defaults. Throws Stalled when a variable has no value.
 */
export function showsAsGiven(
  section: SettingsSection,
  shown: PlistDict | undefined,
  { config, attributes }: AppContent,
  substitute: Substitute,
): boolean {
  if (shown === undefined) return false;
  const given = toPlistDict((section === "appConfiguration" ? config : attributes) ?? {}, substitute);
  if (section === "appConfiguration") return isSame(given, shown);
  return Object.entries(given).every(([key, value]) => isSame(value, shown[key]));
}

function isSame(a: PlistValue, b: PlistValue | undefined): boolean {
  if (b === undefined) return false;
  const [numberA, numberB] = [numberOf(a), numberOf(b)];
  if (numberA !== undefined || numberB !== undefined) return numberA === numberB;
  if (a instanceof Date || b instanceof Date)
    return a instanceof Date && b instanceof Date && Math.abs(a.getTime() - b.getTime()) < 1_000;
  if (a instanceof Uint8Array || b instanceof Uint8Array)
    return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((one, at) => isSame(one, b[at]))
    );
  if (!isDict(a) || !isDict(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => isSame(a[key] as PlistValue, b[key]));
}

function numberOf(value: PlistValue): number | undefined {
  if (value instanceof Real) return value.value;
  return typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined;
}
