import type { Verb } from "./intent.ts";

const types: Readonly<Partial<Record<Verb, string>>> = {
  unenroll: "RemoveProfile",
  lock: "DeviceLock",
  wipe: "EraseDevice",
  clearPasscode: "ClearPasscode",
  clearRestrictionsPassword: "ClearRestrictionsPassword",
  reboot: "RestartDevice",
  shutdown: "ShutDownDevice",
  lostMode: "EnableLostMode",
  endLostMode: "DisableLostMode",
  locate: "DeviceLocation",
  playSound: "PlayLostModeSound",
  removeProfile: "RemoveProfile",
  settings: "Settings",
  clearBypassCode: "ClearActivationLockBypassCode",
  setRecoveryLock: "SetRecoveryLock",
  verifyRecoveryLock: "VerifyRecoveryLock",
  setFirmwarePassword: "SetFirmwarePassword",
  verifyFirmwarePassword: "VerifyFirmwarePassword",
  setAdminPassword: "SetAutoAdminPassword",
  rotateFileVaultKey: "RotateFileVaultKey",
  unlockUser: "UnlockUserAccount",
  logOutUser: "LogOutUser",
  deleteUser: "DeleteUser",
  startRemoteDesktop: "EnableRemoteDesktop",
  stopRemoteDesktop: "DisableRemoteDesktop",
  refreshCellularPlans: "RefreshCellularPlans",
  startMirroring: "RequestMirroring",
  stopMirroring: "StopMirroring",
};

/** Apple's RequestType for an act; undefined when Apple's devices have none. */
export function actType(verb: Verb): string | undefined {
  return types[verb];
}

/** Apple's name of each setting (Apple: Settings). Two may be parts of one of them. */
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
  promptForBootstrapToken: "MDMOptions",
  passcodeGracePeriod: "PasscodeLockGracePeriod",
  wallpaper: "Wallpaper",
  updateCadence: "SoftwareUpdateSettings",
  organization: "OrganizationInfo",
  accessibility: "AccessibilitySettings",
  sharedIpad: "SharedDeviceConfiguration",
};

/** Where each part of a setting stands below it. */
export const settingKeys: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  organization: {
    name: ["OrganizationName"],
    shortName: ["OrganizationShortName"],
    address: ["OrganizationAddress"],
    phone: ["OrganizationPhone"],
    email: ["OrganizationEmail"],
    magic: ["OrganizationMagic"],
  },
  accessibility: {
    boldText: ["BoldTextEnabled"],
    increaseContrast: ["IncreaseContrastEnabled"],
    reduceMotion: ["ReduceMotionEnabled"],
    reduceTransparency: ["ReduceTransparencyEnabled"],
    textSize: ["TextSize"],
    touchAccommodations: ["TouchAccommodationsEnabled"],
    voiceOver: ["VoiceOverEnabled"],
    zoom: ["ZoomEnabled"],
  },
  sharedIpad: {
    quotaMegabytes: ["QuotaSize"],
    residentUsers: ["ResidentUsers"],
    userSessionTimeout: ["UserSessionTimeout"],
    temporarySessionTimeout: ["TemporarySessionTimeout"],
    temporarySessionOnly: ["TemporarySessionOnly"],
    defaultDomains: ["ManagedAppleIDDefaultDomains"],
    onlineAuthenticationDays: ["OnlineAuthenticationGracePeriod"],
    skipLanguageSetup: ["SkipLanguageAndLocaleSetupForNewUsers"],
    awaitUserConfiguration: ["AwaitUserConfiguration", "Enabled"],
    passcodeGracePeriod: ["PasscodePolicy", "PasscodeLockGracePeriod"],
    autoLockSeconds: ["PasscodePolicy", "AutoLockTime"],
  },
};

/** Settings that are one key of an item which holds others as well. */
const partsOfItems: Readonly<Record<string, readonly string[]>> = {
  activationLock: ["MDMOptions", "ActivationLockAllowedWhileSupervised"],
  promptForBootstrapToken: ["MDMOptions", "PromptUserToAllowBootstrapTokenForAuthentication"],
};

/** Options that change what is done. One that is missing where it cannot be would turn the act into another. */
const options: Readonly<Partial<Record<Verb, Readonly<Record<string, string>>>>> = {
  wipe: {
    disallowProximitySetup: "DisallowProximitySetup",
    obliteration: "ObliterationBehavior",
    returnToService: "ReturnToService",
  },
  reboot: {
    notifyUser: "NotifyUser",
    rebuildKernelCache: "RebuildKernelCache",
    kextPaths: "KextPaths",
  },
  deleteUser: { all: "DeleteAllUsers", force: "ForceDeletion" },
};

/** A key of Apple's command that an act uses, and where the manifest says so. */
export interface UsedKey {
  /** Below the act's parameters. */
  readonly at: readonly string[];
  /** Its place in Apple's schema (`keyGates`). */
  readonly path: readonly string[];
}

/** The keys of its command that an act as its manifest has it cannot do without. */
export function keysUsed(verb: Verb, parameters: Readonly<Record<string, unknown>>): readonly UsedKey[] {
  if (verb === "settings") return Object.entries(parameters).flatMap(([name, value]) => keysOf(name, value));
  const known = options[verb] ?? {};
  return Object.keys(parameters).flatMap((name) =>
    known[name] === undefined || parameters[name] === false ? [] : [{ at: [name], path: [known[name]] }],
  );
}

function keysOf(name: string, value: unknown): readonly UsedKey[] {
  const item = settingItems[name];
  if (item === undefined) return [];
  const above = ["Settings", item];
  const whole = { at: [name], path: [...above, ...(partsOfItems[name] ?? [])] };
  const parts = settingKeys[name];
  if (parts === undefined || typeof value !== "object" || value === null) return [whole];
  // OrganizationInfo is the name of the item, and of the dictionary in it.
  const inside = name === "organization" ? [...above, item] : above;
  const used = Object.keys(value).flatMap((part) =>
    parts[part] === undefined ? [] : [{ at: [name, part], path: [...inside, ...parts[part]] }],
  );
  return [whole, ...used];
}
