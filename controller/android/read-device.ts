import { cleanText } from "../core/clean-text.ts";
import type { Fact, Facts } from "../core/facts.ts";
import { isObject, type JsonObject, listAt, objectAt, textAt, timeAt } from "./json-object.ts";
import type { NonComplianceDetail } from "./non-compliance.ts";
import { ReadingError } from "./reading-error.ts";

/** What Google's record says of one device, as far as it decides something (REST resource `enterprises.devices`). */
export interface AndroidReading {
  /** `enterprises/E/devices/D`: another one after each enrollment. */
  readonly name: string;
  /** The serial number, or the enterprise specific id of a device that does not tell it (work profile, Android 12). */
  readonly identity: string | undefined;
  /** Earlier names of the same device, oldest first. */
  readonly previousNames: readonly string[];
  readonly state: string;
  /** The state that the device itself has come to. */
  readonly appliedState: string;
  /** The policy that it is to have, by the last part of its name. */
  readonly policy: string | undefined;
  readonly applied: { readonly policy: string; readonly version: bigint } | undefined;
  readonly isCompliant: boolean | undefined;
  readonly details: readonly NonComplianceDetail[];
  /** Epoch ms. */
  readonly enrolledAt: number | undefined;
  readonly reportedAt: number | undefined;
  readonly syncedAt: number | undefined;
  /** Google's judgement of the device's security, with what it advises to do. */
  readonly posture: { readonly state: string; readonly details: readonly string[] } | undefined;
  /** `additionalData` of the token that it enrolled with. */
  readonly tokenData: string | undefined;
  readonly tokenName: string | undefined;
  /** The level of its security patches, `YYYY-MM-DD`. */
  readonly patch: string | undefined;
  readonly facts: Facts;
}

/** Enough for every setting of a policy and every app of 3,000. */
const mostDetails = 4_096;
const mostPreviousNames = 256;

/**
 * Reads a device of Google's. Throws ReadingError when it is none, or without a name: what is merely missing is
 * unknown, and what has another type than documented counts as missing.
 */
export function readDevice(value: unknown): AndroidReading {
  if (!isObject(value)) throw new ReadingError("a device is no JSON object");
  const name = textAt(value, "name");
  if (name === undefined || !deviceName.test(name)) throw new ReadingError("a device without a proper name");
  return {
    name,
    identity: identityOf(value),
    previousNames: listAt(value, "previousDeviceNames")
      .filter((one): one is string => typeof one === "string" && deviceName.test(one))
      .slice(-mostPreviousNames),
    state: textAt(value, "state") ?? "DEVICE_STATE_UNSPECIFIED",
    appliedState: textAt(value, "appliedState") ?? "DEVICE_STATE_UNSPECIFIED",
    policy: policyIdOf(textAt(value, "policyName")),
    applied: appliedOf(value),
    isCompliant: typeof value.policyCompliant === "boolean" ? value.policyCompliant : undefined,
    details: listAt(value, "nonComplianceDetails").filter(isObject).slice(0, mostDetails).map(detailOf),
    enrolledAt: timeAt(value, "enrollmentTime"),
    reportedAt: timeAt(value, "lastStatusReportTime"),
    syncedAt: timeAt(value, "lastPolicySyncTime"),
    posture: postureOf(value),
    tokenData: textAt(value, "enrollmentTokenData"),
    tokenName: textAt(value, "enrollmentTokenName"),
    patch: patchOf(textAt(objectAt(value, "softwareInfo"), "securityPatchLevel")),
    facts: factsOf(value),
  };
}

const deviceName = /^enterprises\/[A-Za-z0-9_-]{1,128}\/devices\/[A-Za-z0-9_-]{1,128}$/;

/** The last part of `enterprises/E/policies/P`; Google takes and may give the bare id too. */
function policyIdOf(name: string | undefined): string | undefined {
  const id = name?.slice(name.lastIndexOf("/") + 1);
  return id === "" ? undefined : id;
}

function appliedOf(value: JsonObject): AndroidReading["applied"] {
  const policy = policyIdOf(textAt(value, "appliedPolicyName"));
  const version = textAt(value, "appliedPolicyVersion") ?? "";
  if (policy === undefined || !/^\d{1,19}$/.test(version)) return undefined;
  return { policy, version: BigInt(version) };
}

function patchOf(level: string | undefined): string | undefined {
  return level !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(level) ? level : undefined;
}

/** A work profile on Android 12 and later reports the enterprise specific id as its serial number. */
function identityOf(value: JsonObject): string | undefined {
  const hardware = objectAt(value, "hardwareInfo");
  const found = textAt(hardware, "serialNumber") ?? textAt(hardware, "enterpriseSpecificId");
  return found === undefined || found.toLowerCase() === "unknown" ? undefined : cleanText(found, 128);
}

const mostAdvice = 10;

function postureOf(value: JsonObject): AndroidReading["posture"] {
  const found = objectAt(value, "securityPosture");
  const state = textAt(found, "devicePosture");
  if (state === undefined) return undefined;
  const details = listAt(found, "postureDetails")
    .filter(isObject)
    .slice(0, mostAdvice)
    .map((one) => {
      const advice = listAt(one, "advice").flatMap(
        (it) => textAt(isObject(it) ? it : undefined, "defaultMessage") ?? [],
      );
      return cleanText([textAt(one, "securityRisk"), ...advice].filter(Boolean).join(": "), 512);
    });
  return { state: cleanText(state, 128), details };
}

function detailOf(value: JsonObject): NonComplianceDetail {
  const text = (key: string): string | undefined => {
    const found = textAt(value, key);
    return found === undefined ? undefined : cleanText(found, 512);
  };
  return {
    settingName: text("settingName"),
    reason: text("nonComplianceReason"),
    packageName: text("packageName"),
    fieldPath: text("fieldPath"),
    installationFailureReason: text("installationFailureReason"),
    specificReason: text("specificNonComplianceReason"),
  };
}

/** Facts for selectors; what the record does not say is left out, and so unknown. */
function factsOf(value: JsonObject): Facts {
  const hardware = objectAt(value, "hardwareInfo");
  const facts: Record<string, Fact> = { platform: { value: "android", source: "reported" } };
  const set = (key: string, found: string | undefined): void => {
    if (found !== undefined && found !== "")
      facts[key] = { value: cleanText(found, 128), source: "reported" };
  };
  set("model", textAt(hardware, "model"));
  set("osVersion", textAt(objectAt(value, "softwareInfo"), "androidVersion"));
  set("ownership", ownershipWords[textAt(value, "ownership") ?? ""]);
  set("mode", modeWords[textAt(value, "managementMode") ?? ""]);
  return facts;
}

const ownershipWords: Readonly<Record<string, string>> = {
  COMPANY_OWNED: "company",
  PERSONALLY_OWNED: "personal",
};

/** Dedicated devices are device owners too: only what they enrolled with tells them apart (`asserted` there). */
const modeWords: Readonly<Record<string, string>> = {
  DEVICE_OWNER: "fullyManaged",
  PROFILE_OWNER: "workProfile",
};
