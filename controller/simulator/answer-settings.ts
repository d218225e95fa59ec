import { applyAppSetting, isAppSetting } from "./answer-app-settings.ts";
import { type Answer, acknowledged, type Machine } from "./machine.ts";
import { isDict, type PlistDict, type PlistValue } from "./plist.ts";

type Setting = {
  readonly on: string;
  /** Keys of it besides Item, all of which must be known; the first must be there. */
  readonly keys: readonly string[];
  /** iPhones, iPads and Apple TVs take it only when they are supervised. */
  readonly supervised?: true;
  readonly shared?: true;
  /** The first version that has a key, where it is younger than the setting. */
  readonly later?: Readonly<Record<string, number>>;
  /** What is wrong with its values. */
  readonly wrong?: (item: PlistDict) => string | undefined;
  /** The first version of a platform that has it. */
  readonly since?: Readonly<Record<string, number>>;
};

/** What can be set where, from Apple's schema (settings). */
const SETTINGS: Record<string, Setting> = {
  DeviceName: { on: "ios ipados macos tvos", keys: ["DeviceName"], supervised: true },
  HostName: { on: "macos", keys: ["HostName"] },
  TimeZone: {
    on: "ios ipados tvos",
    keys: ["TimeZone"],
    supervised: true,
    since: { ios: 14, ipados: 14, tvos: 14 },
  },
  Bluetooth: { on: "ios ipados macos", keys: ["Enabled"], supervised: true },
  DataRoaming: { on: "ios ipados", keys: ["Enabled"] },
  VoiceRoaming: { on: "ios ipados", keys: ["Enabled"] },
  PersonalHotspot: { on: "ios ipados", keys: ["Enabled"] },
  DiagnosticSubmission: { on: "ios ipados", keys: ["Enabled"] },
  AppAnalytics: { on: "ios ipados", keys: ["Enabled"] },
  MDMOptions: { on: "ios ipados macos", keys: ["MDMOptions"] },
  PasscodeLockGracePeriod: { on: "ios ipados", keys: ["PasscodeLockGracePeriod"], shared: true },
  Wallpaper: {
    on: "ios ipados",
    keys: ["Image", "Where"],
    supervised: true,
    wrong: ({ Image, Where }) =>
      isPicture(Image) && [1, 2, 3].includes(Number(Where)) ? undefined : "it is no picture",
  },
  SoftwareUpdateSettings: {
    on: "ios ipados",
    keys: ["RecommendationCadence"],
    supervised: true,
    since: { ios: 14.5, ipados: 14.5 },
  },
  OrganizationInfo: { on: "ios ipados macos tvos", keys: ["OrganizationInfo"] },
  AccessibilitySettings: {
    on: "ios ipados",
    keys: [
      "",
      "BoldTextEnabled",
      "IncreaseContrastEnabled",
      "ReduceMotionEnabled",
      "ReduceTransparencyEnabled",
      "TextSize",
      "TouchAccommodationsEnabled",
      "VoiceOverEnabled",
      "ZoomEnabled",
    ],
    supervised: true,
    since: { ios: 16, ipados: 16 },
  },
  SharedDeviceConfiguration: {
    on: "ipados",
    keys: [
      "",
      "QuotaSize",
      "ResidentUsers",
      "UserSessionTimeout",
      "TemporarySessionTimeout",
      "TemporarySessionOnly",
      "ManagedAppleIDDefaultDomains",
      "OnlineAuthenticationGracePeriod",
      "SkipLanguageAndLocaleSetupForNewUsers",
      "AwaitUserConfiguration",
      "PasscodePolicy",
    ],
    shared: true,
    since: { ipados: 13.4 },
    later: {
      UserSessionTimeout: 14.5,
      TemporarySessionTimeout: 14.5,
      TemporarySessionOnly: 14.5,
      ManagedAppleIDDefaultDomains: 16,
      OnlineAuthenticationGracePeriod: 16,
      SkipLanguageAndLocaleSetupForNewUsers: 16.2,
      AwaitUserConfiguration: 17,
      PasscodePolicy: 17,
    },
  },
};

/** Settings: acknowledged as a whole, and each of them with a status of its own. */
export function applySettings(machine: Machine, command: PlistDict): Answer {
  const items = (Array.isArray(command.Settings) ? command.Settings : []).filter(isDict);
  const results = items.map((item) => apply(machine, item));
  const done = items.filter((_, index) => results[index]?.Status === "Acknowledged");
  const effect = done.length === 0 ? undefined : `set ${done.map(({ Item }) => String(Item)).join(", ")}`;
  return acknowledged({ Settings: results }, effect);
}

function apply(machine: Machine, item: PlistDict): PlistDict {
  const name = String(item.Item);
  if (isAppSetting(item)) {
    const wrong = applyAppSetting(machine, item);
    return wrong === undefined ? { Item: name, Status: "Acknowledged" } : failed(name, wrong);
  }
  const problem = machine.faults.take("refuse-setting", "Settings")?.text ?? problemOf(machine, name, item);
  if (problem !== undefined) return failed(name, problem);
  const { Item: _name, ...content } = item;
  machine.state.settings[name] = content;
  if (name === "DeviceName") machine.state.name = String(item.DeviceName);
  return { Item: name, Status: "Acknowledged" };
}

function problemOf(machine: Machine, name: string, item: PlistDict): string | undefined {
  const setting = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
  const { platform, shared } = machine.hardware;
  if (setting === undefined || !setting.on.split(" ").includes(platform)) return "no such setting";
  const strange = Object.keys(item).find((key) => key !== "Item" && !setting.keys.includes(key));
  const [needed = ""] = setting.keys;
  if (strange !== undefined) return `${strange} is no key of it`;
  if (needed !== "" && item[needed] === undefined) return `${needed} is missing`;
  if (setting.supervised === true && platform !== "macos" && !machine.supervised)
    return "the device is not supervised";
  if (setting.shared === true && !shared) return "the device is no Shared iPad";
  const since = Math.max(
    setting.since?.[platform] ?? 0,
    ...Object.keys(item).map((key) => setting.later?.[key] ?? 0),
  );
  return versionOf(machine) < since ? "the system is too old for it" : setting.wrong?.(item);
}

/** PNG or JPEG, by how its bytes begin. */
function isPicture(bytes: PlistValue | undefined): boolean {
  if (!(bytes instanceof Uint8Array)) return false;
  const start = Buffer.from(bytes.subarray(0, 4)).toString("hex");
  return start === "89504e47" || start.startsWith("ffd8ff");
}

function versionOf({ state }: Machine): number {
  const [major = 0, minor = 0] = state.osVersion.split(".").map(Number);
  return major + minor / 10;
}

function failed(name: string, description: string): PlistDict {
  const chain: PlistValue[] = [
    {
      ErrorCode: 12064,
      ErrorDomain: "MCMDMErrorDomain",
      LocalizedDescription: description,
      USEnglishDescription: `${name}: ${description}`,
    },
  ];
  return { Item: name, Status: "Error", ErrorChain: chain };
}
