import type { Platform } from "../facts.ts";
import { compareVersions } from "../version.ts";
import type { OsGate, OsGates, System } from "./schema.ts";

/** What gates ask of a device. What is undefined is not known, and fails no gate. */
export interface DeviceTraits {
  readonly platform: Platform;
  readonly osVersion?: string | undefined;
  readonly supervised?: boolean | undefined;
  readonly enrollment?: "user" | "device" | "automated" | undefined;
  readonly userApproved?: boolean | undefined;
  readonly channel?: "device" | "user" | undefined;
  readonly sharedIpad?: boolean | undefined;
  /** The AccessRights bits of its enrollment profile. */
  readonly rights?: number | undefined;
}

/** What a device lacks to use something. */
export type Requirement =
  | { readonly type: "never" }
  | { readonly type: "since"; readonly version: string }
  | { readonly type: "until"; readonly version: string }
  | { readonly type: "supervised" | "automated" | "user-approved" }
  | { readonly type: "device-channel" | "user-channel" }
  | { readonly type: "user-enrollment" | "no-user-enrollment" | "shared-ipad" | "no-shared-ipad" }
  | { readonly type: "enrollment"; readonly allowed: readonly string[] }
  | { readonly type: "right"; readonly right: string };

/** The schema's system of a platform; it has no Android. */
export function systemOf(platform: Platform): System | undefined {
  if (platform === "android") return undefined;
  return platform === "ipados" ? "ios" : platform;
}

/** What is known to keep a device from using something; empty when nothing is. */
export function unmet(gates: OsGates | undefined, traits: DeviceTraits): readonly Requirement[] {
  const system = systemOf(traits.platform);
  const gate = system === undefined ? undefined : gates?.[system];
  if (gate === undefined) return [];
  if (gate.introduced === "n/a") return [{ type: "never" }];
  return [
    ...versionUnmet(gate, traits.osVersion),
    ...managementUnmet(gate, traits),
    ...enrollmentUnmet(gate, traits),
    ...channelUnmet(gate, traits),
    ...sharedIpadUnmet(gate, traits),
  ];
}

function versionUnmet(gate: OsGate, version: string | undefined): readonly Requirement[] {
  if (version === undefined) return [];
  const { introduced, removed } = gate;
  if (introduced !== undefined && compareVersions(version, introduced) < 0)
    return [{ type: "since", version: introduced }];
  if (removed !== undefined && compareVersions(version, removed) >= 0)
    return [{ type: "until", version: removed }];
  return [];
}

function managementUnmet(gate: OsGate, traits: DeviceTraits): readonly Requirement[] {
  const found: Requirement[] = [];
  if (gate.supervised === true && traits.supervised === false) found.push({ type: "supervised" });
  const { enrollment } = traits;
  if (gate.automated === true && enrollment !== undefined && enrollment !== "automated")
    found.push({ type: "automated" });
  if (gate.userApproved === true && traits.userApproved === false) found.push({ type: "user-approved" });
  const bit = gate.rights === undefined ? undefined : accessRights[gate.rights];
  if (gate.rights !== undefined && bit !== undefined && traits.rights !== undefined && !(traits.rights & bit))
    found.push({ type: "right", right: gate.rights });
  return found;
}

function enrollmentUnmet(gate: OsGate, { enrollment, supervised }: DeviceTraits): readonly Requirement[] {
  if (enrollment === undefined) return [];
  const isUser = enrollment === "user";
  if (gate.userEnrollment === "required" && !isUser) return [{ type: "user-enrollment" }];
  if ((gate.userEnrollment === "forbidden" || gate.userEnrollment === "ignored") && isUser)
    return [{ type: "no-user-enrollment" }];
  const { enrollments } = gate;
  if (enrollments === undefined) return [];
  const isDevice =
    enrollments.includes("device") || (enrollments.includes("supervised") && supervised !== false);
  return (isUser ? enrollments.includes("user") : isDevice)
    ? []
    : [{ type: "enrollment", allowed: enrollments }];
}

function channelUnmet(gate: OsGate, { channel, sharedIpad }: DeviceTraits): readonly Requirement[] {
  if (channel === undefined) return [];
  const shared = sharedIpad === true ? gate.sharedIpad : undefined;
  const scopes = shared?.scopes ?? gate.scopes;
  if (channel === "device") {
    const isOpen = (shared?.deviceChannel ?? gate.deviceChannel) !== false;
    return isOpen && (scopes === undefined || scopes.includes("system")) ? [] : [{ type: "user-channel" }];
  }
  const isOpen = (shared?.userChannel ?? gate.userChannel) !== false;
  return isOpen && (scopes === undefined || scopes.includes("user")) ? [] : [{ type: "device-channel" }];
}

function sharedIpadUnmet(gate: OsGate, { platform, sharedIpad }: DeviceTraits): readonly Requirement[] {
  const mode = gate.sharedIpad?.mode;
  const isShared = platform === "ipados" ? sharedIpad : false;
  if (mode === "required" && isShared === false) return [{ type: "shared-ipad" }];
  if ((mode === "forbidden" || mode === "ignored") && isShared === true) return [{ type: "no-shared-ipad" }];
  return [];
}

/**
 * The bits of AccessRights in the com.apple.mdm payload by the names that the schema has for them. `Special Case`
 * is none: such commands check their rights item by item.
 */
export const accessRights: Readonly<Record<string, number>> = {
  AllowInspection: 1,
  AllowInstallationRemoval: 2,
  AllowPasscodeRemovalAndLock: 4,
  DeviceLockAndRemovePasscode: 4,
  AllowDeviceErase: 8,
  AllowQueryDeviceInformation: 16,
  AllowQueryNetworkInformation: 32,
  AllowProvisioningInspection: 64,
  AllowProvisioningInstallationRemoval: 128,
  AllowQueryApplications: 256,
  QueryInstalledApps: 256,
  AllowQueryRestrictions: 512,
  AllowQuerySecurity: 1024,
  AllowSettings: 2048,
  AllowAppInstallation: 4096,
};
