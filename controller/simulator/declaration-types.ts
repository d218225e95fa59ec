import type { Form, Held, Reason } from "./declaration-state.ts";
import type { ApplePlatform } from "./hardware.ts";
import type { Machine } from "./machine.ts";

/** The first version of each system that has declarations at all. */
const FIRST: Record<ApplePlatform, string> = { ios: "15.0", ipados: "15.0", macos: "13.0", tvos: "16.0" };

/** Types and the first version that knows them, as `iOS macOS tvOS`; `-` for never. From Apple's schema. */
const TYPES: Record<string, string> = {
  "activation.simple": "15.0 13.0 16.0",
  "asset.credential.userpassword": "15.0 13.0 16.0",
  "asset.data": "17.0 14.0 17.0",
  "asset.useridentity": "15.0 13.0 16.0",
  "configuration.legacy": "15.0 13.0 16.0",
  "configuration.management.status-subscriptions": "15.0 13.0 16.0",
  "configuration.management.test": "15.0 13.0 16.0",
  "configuration.passcode.settings": "15.0 13.0 -",
  "configuration.account.caldav": "15.0 13.0 -",
  "configuration.account.subscribed-calendar": "15.0 14.0 -",
  "configuration.services.configuration-files": "- 14.0 -",
  "configuration.softwareupdate.enforcement.specific": "17.0 14.0 -",
  "configuration.softwareupdate.settings": "18.0 15.0 -",
  "management.organization-info": "15.0 13.0 16.0",
  "management.properties": "16.0 13.0 16.0",
};

/** Status items, in the same way. */
const STATUS: Record<string, string> = {
  "device.operating-system.build-version": "15.0 13.0 16.0",
  "device.operating-system.family": "15.0 13.0 16.0",
  "device.operating-system.version": "15.0 13.0 16.0",
  "device.model.family": "15.0 13.0 16.0",
  "passcode.is-compliant": "16.0 - -",
  "passcode.is-present": "16.0 - -",
  "softwareupdate.install-state": "17.0 14.0 -",
  "softwareupdate.pending-version": "17.0 14.0 -",
};

/** Whose some of them are on systems with users (allowed-scopes); all others are anybody's. */
const SCOPES: Record<string, string> = {
  "configuration.passcode.settings": "mac",
  "configuration.account.caldav": "users",
  "configuration.account.subscribed-calendar": "users",
  "configuration.services.configuration-files": "devices",
  "configuration.softwareupdate.enforcement.specific": "devices",
  "configuration.softwareupdate.settings": "devices",
  "softwareupdate.install-state": "devices",
  "softwareupdate.pending-version": "devices",
};

/** Keys of a few types: `!` must be there, and no others may be. */
const KEYS: Record<string, string> = {
  "configuration.legacy": "ProfileURL!",
  "configuration.management.status-subscriptions": "StatusItems!",
  "configuration.management.test": "Echo! EchoDataAssetReference ReturnStatus",
  "configuration.softwareupdate.enforcement.specific":
    "TargetOSVersion! TargetBuildVersion TargetLocalDateTime! DetailsURL",
  "activation.simple": "StandardConfigurations! Predicate",
};

/** Whether a version of a system has declarations; that of 2021 had them in User Enrollment alone. */
export function hasDeclarations(platform: ApplePlatform, osVersion: string, isUsers: boolean): boolean {
  const isMobile = platform === "ios" || platform === "ipados";
  return isAtLeast(osVersion, isMobile && !isUsers ? "16.0" : FIRST[platform]);
}

/** The channel whose declarations these are: that of a device, or of one of its users. */
export type Where = Pick<Machine, "hardware" | "state" | "isUser">;

/** The types of a form that a channel supports. */
export function supportedTypes(where: Where, form: Form): string[] {
  const all = Object.keys(TYPES).filter((type) => type.startsWith(`${form}.`));
  const types = all.filter((type) => isOn(TYPES, type, where)).map((type) => `com.apple.${type}`);
  return types.filter((type) => !where.hardware.lacks.includes(type));
}

/** The status items that a channel can tell. */
export function supportedStatus(where: Where): string[] {
  return Object.keys(STATUS).filter((name) => isOn(STATUS, name, where));
}

/** What is wrong with a declaration by its type and keys; empty when nothing is. */
export function faultsOf(
  { form, type, payload }: Pick<Held, "form" | "type" | "payload">,
  where: Where,
): Reason[] {
  if (!supportedTypes(where, form).includes(type))
    return [{ code: "Error.ConfigurationNotSupported", description: `${type} is not supported` }];
  const words = (KEYS[type.slice("com.apple.".length)] ?? "").split(" ").filter((word) => word !== "");
  if (words.length === 0) return [];
  const known = new Set(words.map((word) => word.replace("!", "")));
  const strange = Object.keys(payload).filter((key) => !known.has(key));
  if (strange.length > 0) return [{ code: "Error.UnknownPayloadKeys", description: strange.join(", ") }];
  const missing = words.filter((word) => word.endsWith("!") && payload[word.slice(0, -1)] === undefined);
  if (missing.length === 0) return [];
  return [{ code: "Error.ConfigurationCannotBeDeserialized", description: `${missing.join(", ")} missing` }];
}

function isOn(table: Record<string, string>, name: string, where: Where): boolean {
  const { platform } = where.hardware;
  const [ios = "-", macos = "-", tvos = "-"] = (table[name] ?? "").split(" ");
  const first = platform === "macos" ? macos : platform === "tvos" ? tvos : ios;
  return first !== "-" && isAtLeast(where.state.osVersion, first) && isOffered(SCOPES[name], where);
}

/** Macs and Shared iPads tell users and devices apart; on all others everything is of the device. */
function isOffered(scope: string | undefined, { hardware, isUser }: Where): boolean {
  const isMac = hardware.platform === "macos";
  if (scope === "devices") return !isUser;
  if (scope === "mac") return isMac || !(isUser || hardware.shared);
  return scope !== "users" || isUser || !(isMac || hardware.shared);
}

/** Whether a version is not older than another. */
export function isAtLeast(version: string, other: string): boolean {
  const [a, b] = [version, other].map((text) => text.split(".").map(Number));
  for (let index = 0; index < 3; index++) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
