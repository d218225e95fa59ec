import { queriesOn } from "./device-queries.ts";
import type { ApplePlatform } from "./hardware.ts";
import { isDict, isReal, type PlistDict, type PlistValue } from "./plist.ts";

/**
 * The keys of a command and the kind of each, from Apple's schema. `!` marks those that must be there, `=` the values
 * that are allowed, `@` the only platforms that have it.
 */
const SHAPES: Record<string, string> = {
  DeviceInformation: "Queries:array! DeviceAttestationNonce:data",
  SecurityInfo: "",
  Restrictions: "ProfileRestrictions:boolean",
  ProfileList: "ManagedOnly:boolean",
  InstallProfile: "Payload:data!",
  RemoveProfile: "Identifier:string!",
  InstalledApplicationList: "Identifiers:array ManagedAppsOnly:boolean Items:array@ios,ipados,tvos",
  ManagedApplicationList: "Identifiers:array",
  InstallApplication:
    "iTunesStoreID:integer Identifier:string ManifestURL:string Options:dictionary ManagementFlags:integer=1,4,5 " +
    "Configuration:dictionary Attributes:dictionary@ios,ipados,tvos ChangeManagementState:string=Managed " +
    "InstallAsManaged:boolean@macos iOSApp:boolean@macos",
  RemoveApplication: "Identifier:string!",
  ManagedApplicationConfiguration: "Identifiers:array!",
  ManagedApplicationAttributes: "Identifiers:array!",
  ManagedApplicationFeedback: "Identifiers:array! DeleteFeedback:boolean",
  InstallMedia:
    "iTunesStoreID:integer MediaURL:string MediaType:string!=Book PersistentID:string Kind:string=pdf,epub,ibooks " +
    "Version:string Author:string Title:string",
  RemoveMedia: "MediaType:string!=Book iTunesStoreID:string PersistentID:string",
  ManagedMediaList: "",
  CertificateList: "ManagedOnly:boolean",
  DeviceLock: "Message:string PhoneNumber:string PIN:string@macos",
  EraseDevice:
    "PreserveDataPlan:boolean@ios,ipados DisallowProximitySetup:boolean@ios,ipados PIN:string@macos " +
    "ObliterationBehavior:string=Default,DoNotObliterate,ObliterateWithWarning,Always@macos " +
    "ReturnToService:dictionary@ios,ipados,tvos",
  RestartDevice: "RebuildKernelCache:boolean@macos KextPaths:array@macos NotifyUser:boolean@macos",
  ShutDownDevice: "",
  DeviceConfigured: "",
  UserConfigured: "",
  ClearPasscode: "UnlockToken:data!",
  EnableLostMode: "Message:string PhoneNumber:string Footnote:string",
  DisableLostMode: "",
  DeviceLocation: "",
  PlayLostModeSound: "",
  DeclarativeManagement: "Data:data",
  Settings: "Settings:array!",
  ActivationLockBypassCode: "",
  ClearActivationLockBypassCode: "",
  ClearRestrictionsPassword: "",
  SetRecoveryLock: "CurrentPassword:string NewPassword:string!",
  VerifyRecoveryLock: "Password:string!",
  SetFirmwarePassword: "CurrentPassword:string NewPassword:string! AllowOroms:boolean",
  VerifyFirmwarePassword: "Password:string!",
  SetAutoAdminPassword: "GUID:string! passwordHash:data!",
  RotateFileVaultKey:
    "KeyType:string!=personal,institutional FileVaultUnlock:dictionary! NewCertificate:data " +
    "ReplyEncryptionCertificate:data",
  UserList: "",
  DeleteUser: "UserName:string ForceDeletion:boolean@ipados,ios DeleteAllUsers:boolean@ipados,ios",
  LogOutUser: "",
  UnlockUserAccount: "UserName:string!",
  EnableRemoteDesktop: "",
  DisableRemoteDesktop: "",
  RefreshCellularPlans: "eSIMServerURL:string!",
  RequestMirroring: "DestinationName:string DestinationDeviceID:string ScanTime:integer Password:string",
  StopMirroring: "",
};

const MAC_ONLY = [
  "SetRecoveryLock",
  "VerifyRecoveryLock",
  "SetFirmwarePassword",
  "VerifyFirmwarePassword",
  "SetAutoAdminPassword",
  "RotateFileVaultKey",
  "UnlockUserAccount",
  "EnableRemoteDesktop",
  "DisableRemoteDesktop",
];
const MOBILE_ONLY = [
  ...["ClearRestrictionsPassword", "LogOutUser", "RefreshCellularPlans"],
  ...["InstallMedia", "RemoveMedia", "ManagedMediaList"],
];
const LOST_MODE = ["EnableLostMode", "DisableLostMode", "DeviceLocation", "PlayLostModeSound"];

/** What a platform does not offer, from Apple's schema (supportedOS). */
const ABSENT: Record<ApplePlatform, readonly string[]> = {
  ios: MAC_ONLY,
  ipados: MAC_ONLY,
  macos: [
    "Restrictions",
    "ManagedApplicationAttributes",
    "ManagedApplicationFeedback",
    "ClearPasscode",
    ...LOST_MODE,
    ...MOBILE_ONLY,
  ],
  tvos: [
    ...["DeviceLock", "ShutDownDevice", "ClearPasscode", "UserList", "DeleteUser", "RequestMirroring"],
    ...["StopMirroring", "ActivationLockBypassCode", "ClearActivationLockBypassCode"],
    ...LOST_MODE,
    ...MOBILE_ONLY,
    ...MAC_ONLY,
  ],
};

/** The bit of AccessRights that each command needs (com.apple.mdm; `accessrights` in Apple's schema); others need none. */
const RIGHTS: Record<string, number> = {
  ProfileList: 1,
  CertificateList: 1,
  InstallProfile: 2,
  RemoveProfile: 2,
  DeviceLock: 4,
  ClearPasscode: 4,
  RestartDevice: 4,
  ShutDownDevice: 4,
  SetRecoveryLock: 4,
  VerifyRecoveryLock: 4,
  SetFirmwarePassword: 4,
  RotateFileVaultKey: 4,
  UnlockUserAccount: 4,
  Settings: 2048,
  EraseDevice: 8,
  InstalledApplicationList: 256,
  Restrictions: 512,
  SecurityInfo: 1024,
  InstallApplication: 4096,
  RemoveApplication: 4096,
  ManagedApplicationList: 4096,
  ManagedApplicationConfiguration: 4096,
  ManagedApplicationAttributes: 4096,
  ManagedApplicationFeedback: 4096,
  InstallMedia: 4096,
  RemoveMedia: 4096,
  ManagedMediaList: 4096,
};

/** Whether a device of this platform knows the request type. */
export function isKnown(requestType: string, platform: ApplePlatform): boolean {
  return Object.hasOwn(SHAPES, requestType) && !ABSENT[platform].includes(requestType);
}

/** Whether the user granted management what the command needs. */
export function isGranted(requestType: string, accessRights: number): boolean {
  return (accessRights & (RIGHTS[requestType] ?? 0)) === (RIGHTS[requestType] ?? 0);
}

/** What a command lacks or has too much, in Apple's schema. `fatal` makes it a CommandFormatError. */
export type ShapeProblem = { readonly fatal: boolean; readonly detail: string };

/** Everything that is wrong with the form of a command. Empty for a request type that the device does not know. */
export function checkShape(command: PlistDict, platform: ApplePlatform): ShapeProblem[] {
  const requestType = String(command.RequestType);
  const shape = Object.hasOwn(SHAPES, requestType) ? SHAPES[requestType] : undefined;
  if (shape === undefined) return [];
  const keys = new Map(readShape(shape).map((key) => [key.name, key]));
  const unknown = Object.keys(command)
    .filter((key) => key !== "RequestType" && key !== "RequestRequiresNetworkTether" && !keys.has(key))
    .map((key) => ({ fatal: false, detail: `${key} is not a key of ${requestType}` }));
  const wrong = [...keys.values()].flatMap((key) => problemsOf(key, command[key.name], platform));
  return [...wrong, ...unknown, ...strangeQueries(command, platform)];
}

/** A device leaves out what it does not know; the server should not have asked. */
function strangeQueries({ RequestType, Queries }: PlistDict, platform: ApplePlatform): ShapeProblem[] {
  if (RequestType !== "DeviceInformation" || !Array.isArray(Queries)) return [];
  const strange = Queries.map(String).filter((query) => !queriesOn(platform).has(query));
  return strange.map((query) => ({ fatal: false, detail: `${query} is no query on ${platform}` }));
}

type Key = {
  readonly name: string;
  readonly kind: string;
  readonly required: boolean;
  readonly values: readonly string[] | undefined;
  readonly platforms: readonly string[] | undefined;
};

function readShape(shape: string): Key[] {
  const words = shape.split(" ").filter((word) => word !== "");
  return words.map((word) => {
    const [, name = "", kind = "", required, values, platforms] =
      /^(\w+):(\w+)(!)?(?:=([^@]+))?(?:@(.+))?$/.exec(word) ?? [];
    return {
      name,
      kind,
      required: required !== undefined,
      values: values?.split(","),
      platforms: platforms?.split(","),
    };
  });
}

function problemsOf(key: Key, value: PlistValue | undefined, platform: ApplePlatform): ShapeProblem[] {
  const { name, kind, required, values, platforms } = key;
  if (value === undefined) return required ? [{ fatal: true, detail: `${name} is missing` }] : [];
  if (kindOf(value) !== kind) return [{ fatal: true, detail: `${name} is a ${kindOf(value)}` }];
  if (platforms?.includes(platform) === false)
    return [{ fatal: false, detail: `${name} is no key on ${platform}` }];
  if (values?.includes(String(value)) === false)
    return [{ fatal: false, detail: `${name} is ${String(value)}, which is not among its values` }];
  return [];
}

function kindOf(value: PlistValue): string {
  if (Buffer.isBuffer(value)) return "data";
  if (Array.isArray(value)) return "array";
  if (value instanceof Date) return "date";
  if (isDict(value)) return "dictionary";
  if (isReal(value)) return "real";
  return typeof value === "number" || typeof value === "bigint" ? "integer" : typeof value;
}
