import { Stalled } from "../errors.ts";
import { dictAt, type PlistDict, type PlistValue } from "./wire/plist.ts";

/** Apple's name of each setting (Apple: Settings). */
export const settingItems: Readonly<Record<string, string>> = {
  deviceName: "DeviceName",
  hostName: "HostName",
  timeZone: "TimeZone",
  bluetooth: "Bluetooth",
  dataRoaming: "DataRoaming",
  voiceRoaming: "VoiceRoaming",
  personalHotspot: "PersonalHotspot",
  diagnostics: "DiagnosticSubmission",
  appAnalytics: "AppAnalytics",
  activationLock: "MDMOptions",
  passcodeGracePeriod: "PasscodeLockGracePeriod",
  updateCadence: "SoftwareUpdateSettings",
  organization: "OrganizationInfo",
  accessibility: "AccessibilitySettings",
  sharedIpad: "SharedDeviceConfiguration",
};

/** The elements of Settings, in the order of their names. Throws Stalled when there is none, or one that is unknown. */
export function settingsOf(parameters: PlistDict): PlistValue[] {
  const names = Object.keys(parameters).sort();
  if (names.length === 0) throw new Stalled("act-parameters", "no setting is named");
  return names.map((name) => {
    const Item = settingItems[name];
    if (Item === undefined) throw new Stalled("act-parameters", `${name} is no setting`);
    return { Item, ...fieldsOf(name, Item, parameters) };
  });
}

/** RecommendationCadence in the words of the manifest. */
const cadences: Readonly<Record<string, number>> = { all: 0, lowest: 1, highest: 2 };

function fieldsOf(name: string, item: string, parameters: PlistDict): PlistDict {
  const value = parameters[name];
  switch (name) {
    case "activationLock":
      return { MDMOptions: { ActivationLockAllowedWhileSupervised: value === true } };
    case "updateCadence":
      return { RecommendationCadence: cadences[String(value)] ?? 0 };
    case "organization":
      return { OrganizationInfo: renamed(dictAt(parameters, name), organizationKeys) };
    case "accessibility":
      return renamed(dictAt(parameters, name), accessibilityKeys);
    case "sharedIpad":
      return renamed(dictAt(parameters, name), sharedIpadKeys);
    default:
      return typeof value === "boolean" ? { Enabled: value } : { [item]: filled(name, value) };
  }
}

function filled(name: string, value: PlistValue | undefined): PlistValue {
  if (value === undefined || value === "") throw new Stalled("act-parameters", `${name} is empty`);
  return value;
}

const organizationKeys: Readonly<Record<string, string>> = {
  name: "OrganizationName",
  shortName: "OrganizationShortName",
  address: "OrganizationAddress",
  phone: "OrganizationPhone",
  email: "OrganizationEmail",
};

const accessibilityKeys: Readonly<Record<string, string>> = {
  boldText: "BoldTextEnabled",
  increaseContrast: "IncreaseContrastEnabled",
  reduceMotion: "ReduceMotionEnabled",
  reduceTransparency: "ReduceTransparencyEnabled",
  textSize: "TextSize",
  touchAccommodations: "TouchAccommodationsEnabled",
  voiceOver: "VoiceOverEnabled",
  zoom: "ZoomEnabled",
};

const sharedIpadKeys: Readonly<Record<string, string>> = {
  quotaMegabytes: "QuotaSize",
  residentUsers: "ResidentUsers",
  userSessionTimeout: "UserSessionTimeout",
  temporarySessionTimeout: "TemporarySessionTimeout",
  temporarySessionOnly: "TemporarySessionOnly",
};

function renamed(values: PlistDict | undefined, names: Readonly<Record<string, string>>): PlistDict {
  const entries = Object.entries(values ?? {}).flatMap(([key, value]) =>
    names[key] === undefined ? [] : [[names[key], value] as const],
  );
  return Object.fromEntries(entries);
}
