/**
 * What a device's report says about a part of its policy that it does not comply with (NonComplianceDetail), from
 * outside. Enums are texts: Google adds values.
 */
export interface NonComplianceDetail {
  readonly settingName?: string | undefined;
  /** `nonComplianceReason` */
  readonly reason?: string | undefined;
  /** `specificNonComplianceReason` */
  readonly specificReason?: string | undefined;
  readonly installationFailureReason?: string | undefined;
  readonly packageName?: string | undefined;
  /** Index based, in JavaScript's way of writing: `applications[2].externalData.url`. */
  readonly fieldPath?: string | undefined;
}

/**
 * What a detail means for the item that asked. `pending`: on its way, and no failure. `user`: waits for its user, and
 * is judged anew with each report. `unsupported`: the device cannot have it. `failed`: it could, and has not.
 */
export type Verdict = "pending" | "user" | "unsupported" | "failed";

export interface Judgement {
  readonly verdict: Verdict;
  /** For people, with Google's own word. */
  readonly reason: string;
}

const meanings: Readonly<Record<string, readonly [Verdict, string]>> = {
  API_LEVEL: ["unsupported", "its version of Android does not have it"],
  MANAGEMENT_MODE: ["unsupported", "the way in which it is managed does not have it"],
  USER_ACTION: ["user", "its user has still to do something"],
  INVALID_VALUE: ["failed", "the device refuses the value"],
  APP_NOT_INSTALLED: ["failed", "the app is not installed"],
  UNSUPPORTED: ["unsupported", "its version of Android Device Policy does not have it"],
  APP_INSTALLED: ["failed", "the blocked app is installed"],
  PENDING: ["pending", "the device is about to apply it"],
  APP_INCOMPATIBLE: ["unsupported", "the app does not support it"],
  APP_NOT_UPDATED: ["failed", "the app is older than asked for"],
  DEVICE_INCOMPATIBLE: ["unsupported", "the device does not support it"],
  APP_SIGNING_CERT_MISMATCH: ["failed", "the app is signed by somebody else"],
  PROJECT_NOT_PERMITTED: ["unsupported", "Google does not permit it to this project"],
  OS_NOT_PERMITTED: ["unsupported", "its system is not permitted it"],
};

const installations: Readonly<Record<string, string>> = {
  INSTALLATION_FAILURE_REASON_UNKNOWN: "it is tried again",
  NOT_FOUND: "Google Play does not know the app",
  NOT_COMPATIBLE_WITH_DEVICE: "the app does not run on the device",
  NOT_APPROVED: "the app is not approved",
  PERMISSIONS_NOT_ACCEPTED: "new permissions of the app are not accepted",
  NOT_AVAILABLE_IN_COUNTRY: "the app is not offered in the country",
  NO_LICENSES_REMAINING: "there is no licence left",
  NOT_ENROLLED: "the enterprise is not enrolled with managed Google Play",
  USER_INVALID: "its user is not valid any more",
  NETWORK_ERROR_UNRELIABLE_CONNECTION: "the network is not reliable; it goes on by itself",
  INSUFFICIENT_STORAGE: "there is no room; it goes on by itself",
};

const specifics: Readonly<Record<string, string>> = {
  PASSWORD_POLICIES_USER_CREDENTIALS_CONFIRMATION_REQUIRED: "its user has to enter the screen lock once",
  PASSWORD_POLICIES_PASSWORD_EXPIRED: "the passcode has expired",
  PASSWORD_POLICIES_PASSWORD_NOT_SUFFICIENT: "the passcode is too weak",
  ONC_WIFI_INVALID_VALUE: "a value of the network is wrong",
  ONC_WIFI_API_LEVEL: "its version of Android does not have it",
  ONC_WIFI_INVALID_ENTERPRISE_CONFIG: "the network names no authority or no server to trust",
  ONC_WIFI_USER_SHOULD_REMOVE_NETWORK: "its user has to remove a network of the same name",
  ONC_WIFI_KEY_PAIR_ALIAS_NOT_CORRESPONDING_TO_EXISTING_KEY: "the key that it names is not on the device",
  PERMISSIBLE_USAGE_RESTRICTION: "Google permits it to approved projects only",
  PRIVATE_DNS_HOST_NOT_SERVING: "the host is no private DNS server",
};

/** What one detail means. Values that nobody knows yet are failures, in Google's own words. */
export function judgeDetail(detail: NonComplianceDetail): Judgement {
  const word = detail.reason ?? "";
  const [verdict, text] = lookUp(meanings, word) ?? ["failed", "the device does not comply"];
  const about = ["APP_NOT_INSTALLED", "APP_NOT_UPDATED"].includes(word)
    ? detail.installationFailureReason
    : undefined;
  if (about === "IN_PROGRESS")
    return { verdict: "pending", reason: "the app is being installed (IN_PROGRESS)" };
  const specific = detail.specificReason ?? about;
  const more =
    specific === undefined ? undefined : (lookUp(specifics, specific) ?? lookUp(installations, specific));
  const words = [word, ...(specific === undefined ? [] : [specific])]
    .map(shortWord)
    .filter((one) => one !== "");
  const shown = words.length === 0 ? "no reason given" : words.join(", ");
  return { verdict, reason: `${more === undefined ? text : `${text}: ${more}`} (${shown})` };
}

function lookUp<T>(table: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}

function shortWord(word: string): string {
  return word.slice(0, 80);
}
