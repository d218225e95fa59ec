import {
  installApplication,
  listInstalledApplications,
  listManagedApplications,
  removeApplication,
} from "./answer-apps.ts";
import {
  type Body,
  clearPasscode,
  eraseDevice,
  lockDevice,
  restartDevice,
  shutDownDevice,
} from "./answer-device.ts";
import { deviceInformation, listRestrictions, securityInformation } from "./answer-information.ts";
import { installProfile, listCertificates, listProfiles, removeProfile } from "./answer-profiles.ts";
import type { Installer } from "./apps.ts";
import type { ApplePlatform } from "./hardware.ts";
import { type Answer, type Machine, refused } from "./machine.ts";
import { isDict, type PlistDict, type PlistValue } from "./plist.ts";

/** The keys of a command and the kind of each; `!` marks those that must be there. From Apple's schema. */
const SHAPES: Record<string, string> = {
  DeviceInformation: "Queries:array! DeviceAttestationNonce:data",
  SecurityInfo: "",
  Restrictions: "ProfileRestrictions:boolean",
  ProfileList: "ManagedOnly:boolean",
  InstallProfile: "Payload:data!",
  RemoveProfile: "Identifier:string!",
  InstalledApplicationList: "Identifiers:array ManagedAppsOnly:boolean Items:array",
  ManagedApplicationList: "Identifiers:array",
  InstallApplication:
    "iTunesStoreID:integer Identifier:string ManifestURL:string Options:dictionary ManagementFlags:integer " +
    "Configuration:dictionary Attributes:dictionary ChangeManagementState:string InstallAsManaged:boolean iOSApp:boolean",
  RemoveApplication: "Identifier:string!",
  CertificateList: "ManagedOnly:boolean",
  DeviceLock: "Message:string PhoneNumber:string PIN:string",
  EraseDevice:
    "PreserveDataPlan:boolean DisallowProximitySetup:boolean PIN:string ObliterationBehavior:string ReturnToService:dictionary",
  RestartDevice: "RebuildKernelCache:boolean KextPaths:array NotifyUser:boolean",
  ShutDownDevice: "",
  ClearPasscode: "UnlockToken:data!",
};

/** What a platform does not offer, from Apple's schema (supportedOS). */
const ABSENT: Record<ApplePlatform, readonly string[]> = {
  ios: [],
  ipados: [],
  macos: ["Restrictions", "ClearPasscode"],
  tvos: ["DeviceLock", "ShutDownDevice", "ClearPasscode"],
};

/** What a command lacks or has too much, in Apple's schema. `fatal` makes it a CommandFormatError. */
export type ShapeProblem = { readonly fatal: boolean; readonly detail: string };

/** Everything that is wrong with the form of a command. Empty for a request type that the device does not know. */
export function checkShape(command: PlistDict): ShapeProblem[] {
  const shape = SHAPES[String(command.RequestType)];
  if (shape === undefined) return [];
  const keys = new Map(shape.split(" ").map((word) => word.split(":") as [string, string]));
  const problems: ShapeProblem[] = [];
  for (const [key, kind] of keys) {
    const value = command[key];
    if (value === undefined && kind?.endsWith("!"))
      problems.push({ fatal: true, detail: `${key} is missing` });
    if (value !== undefined && kindOf(value) !== kind?.replace("!", ""))
      problems.push({ fatal: true, detail: `${key} is a ${kindOf(value)}` });
  }
  for (const key of Object.keys(command))
    if (key !== "RequestType" && key !== "RequestRequiresNetworkTether" && !keys.has(key))
      problems.push({ fatal: false, detail: `${key} is not a key of ${String(command.RequestType)}` });
  return problems;
}

/** Whether a device of this platform knows the request type. */
export function isKnown(requestType: string, platform: ApplePlatform): boolean {
  return Object.hasOwn(SHAPES, requestType) && !ABSENT[platform].includes(requestType);
}

export type Parts = {
  readonly machine: Machine;
  readonly installer: Installer;
  readonly body: Body;
  /** Ends the management of the device. */
  readonly leave: () => Promise<void>;
};

type Handler = (parts: Parts, command: PlistDict) => Answer | Promise<Answer>;

const HANDLERS: Record<string, Handler> = {
  DeviceInformation: ({ machine }, command) => deviceInformation(machine, command),
  SecurityInfo: ({ machine }) => securityInformation(machine),
  Restrictions: ({ machine }, command) => listRestrictions(machine, command),
  ProfileList: ({ machine }, command) => listProfiles(machine, command),
  InstallProfile: ({ machine }, command) => installProfile(machine, command),
  RemoveProfile: ({ machine, leave }, command) => removeProfile(machine, command, leave),
  InstalledApplicationList: ({ machine }, command) => listInstalledApplications(machine, command),
  ManagedApplicationList: ({ machine }, command) => listManagedApplications(machine, command),
  InstallApplication: ({ machine, installer }, command) => installApplication(machine, installer, command),
  RemoveApplication: ({ machine }, command) => removeApplication(machine, command),
  CertificateList: ({ machine }, command) => listCertificates(machine, command),
  DeviceLock: ({ machine }, command) => lockDevice(machine, command),
  EraseDevice: ({ body }) => eraseDevice(body),
  RestartDevice: ({ machine, body }) => restartDevice(machine, body),
  ShutDownDevice: ({ machine, body }) => shutDownDevice(machine, body),
  ClearPasscode: ({ machine }, command) => clearPasscode(machine, command),
};

/** Executes a command whose form has been checked; a request type that is not known is an Error 12021. */
export async function execute(parts: Parts, command: PlistDict): Promise<Answer> {
  const requestType = String(command.RequestType);
  const handler = isKnown(requestType, parts.machine.hardware.platform) ? HANDLERS[requestType] : undefined;
  if (handler !== undefined) return handler(parts, command);
  return refused("MCMDMErrorDomain", 12021, `“${requestType}” is not a valid request type.`);
}

function kindOf(value: PlistValue): string {
  if (Buffer.isBuffer(value)) return "data";
  if (Array.isArray(value)) return "array";
  if (value instanceof Date) return "date";
  if (isDict(value)) return "dictionary";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "real";
  return typeof value === "bigint" ? "integer" : typeof value;
}
