import { listAttributes, listConfigurations, listFeedback } from "./answer-app-settings.ts";
import {
  installApplication,
  listInstalledApplications,
  listManagedApplications,
  removeApplication,
} from "./answer-apps.ts";
import { installMedia, listManagedMedia, removeMedia } from "./answer-books.ts";
import {
  type Body,
  bypassCode,
  clearBypassCode,
  clearPasscode,
  clearRestrictionsPassword,
  eraseDevice,
  lockDevice,
  remoteDesktop,
  requestMirroring,
  restartDevice,
  shutDownDevice,
} from "./answer-device.ts";
import { deviceInformation, listRestrictions, securityInformation } from "./answer-information.ts";
import { disableLostMode, enableLostMode, locate, playLostModeSound } from "./answer-lost-mode.ts";
import {
  rotateFileVaultKey,
  setAdminPassword,
  setFirmwarePassword,
  setRecoveryLock,
  verifyFirmwarePassword,
  verifyRecoveryLock,
} from "./answer-passwords.ts";
import { installProfile, listCertificates, listProfiles, removeProfile } from "./answer-profiles.ts";
import { applySettings } from "./answer-settings.ts";
import { deleteUser, listUsers, logOutUser, unlockUser } from "./answer-users.ts";
import type { Installer } from "./apps.ts";
import { isGranted, isKnown } from "./command-shapes.ts";
import type { DeclarationClient } from "./declaration-client.ts";
import { type Answer, acknowledged, type Machine, refused } from "./machine.ts";
import type { PlistDict } from "./plist.ts";
import { isForbidden } from "./user-enrollment.ts";

export type Parts = {
  readonly machine: Machine;
  readonly installer: Installer;
  readonly body: Body;
  readonly declarations: DeclarationClient;
  /** Ends the management of the device. */
  readonly leave: () => Promise<void>;
};

type Handler = (parts: Parts, command: PlistDict) => Answer | Promise<Answer>;

const HANDLERS: Record<string, Handler> = {
  InstallMedia: ({ machine }, command) => installMedia(machine, command),
  RemoveMedia: ({ machine }, command) => removeMedia(machine, command),
  ManagedMediaList: ({ machine }) => listManagedMedia(machine),
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
  ManagedApplicationConfiguration: ({ machine }, command) => listConfigurations(machine, command),
  ManagedApplicationAttributes: ({ machine }, command) => listAttributes(machine, command),
  ManagedApplicationFeedback: ({ machine }, command) => listFeedback(machine, command),
  CertificateList: ({ machine }, command) => listCertificates(machine, command),
  DeviceLock: ({ machine }, command) => lockDevice(machine, command),
  EraseDevice: ({ machine, body }, command) => eraseDevice(machine, command, body),
  DeviceConfigured: ({ machine }) => configured(machine),
  UserConfigured: ({ machine }) => configured(machine),
  RestartDevice: ({ machine, body }, command) => restartDevice(machine, body, command),
  ShutDownDevice: ({ machine, body }) => shutDownDevice(machine, body),
  ClearPasscode: ({ machine }, command) => clearPasscode(machine, command),
  EnableLostMode: ({ machine }, command) => enableLostMode(machine, command),
  DisableLostMode: ({ machine }) => disableLostMode(machine),
  DeviceLocation: ({ machine }) => locate(machine),
  PlayLostModeSound: ({ machine }) => playLostModeSound(machine),
  DeclarativeManagement: ({ declarations }, command) => declarations.command(command),
  Settings: ({ machine }, command) => applySettings(machine, command),
  ActivationLockBypassCode: ({ machine }) => bypassCode(machine),
  ClearActivationLockBypassCode: ({ machine }) => clearBypassCode(machine),
  ClearRestrictionsPassword: ({ machine }) => clearRestrictionsPassword(machine),
  SetRecoveryLock: ({ machine }, command) => setRecoveryLock(machine, command),
  VerifyRecoveryLock: ({ machine }, command) => verifyRecoveryLock(machine, command),
  SetFirmwarePassword: ({ machine }, command) => setFirmwarePassword(machine, command),
  VerifyFirmwarePassword: ({ machine }, command) => verifyFirmwarePassword(machine, command),
  SetAutoAdminPassword: ({ machine }, command) => setAdminPassword(machine, command),
  RotateFileVaultKey: ({ machine }, command) => rotateFileVaultKey(machine, command),
  UserList: ({ machine }) => listUsers(machine),
  DeleteUser: ({ machine }, command) => deleteUser(machine, command),
  LogOutUser: ({ machine }) => logOutUser(machine),
  UnlockUserAccount: ({ machine }, command) => unlockUser(machine, command),
  EnableRemoteDesktop: ({ machine }) => remoteDesktop(machine, true),
  DisableRemoteDesktop: ({ machine }) => remoteDesktop(machine, false),
  RefreshCellularPlans: () => acknowledged({}, "looks for cellular plans"),
  RequestMirroring: () => requestMirroring(),
  StopMirroring: () => acknowledged({}, "stops mirroring"),
};

/** Only who waits can be let go. */
function configured(machine: Machine): Answer {
  if (!machine.state.awaiting)
    return refused("MCMDMErrorDomain", 12066, "The device does not wait in Setup Assistant.");
  machine.state.awaiting = false;
  return acknowledged({}, "left Setup Assistant");
}

/** What the simulated users take of what Apple's schema has for user channels (userchannel). */
const ON_USER_CHANNELS = new Set([
  "InstallProfile",
  "RemoveProfile",
  "ProfileList",
  "CertificateList",
  "UserConfigured",
  "DeclarativeManagement",
]);

/** Executes a command whose form has been checked. Error 12021: not known; 12007: no right to it. */
export async function execute(parts: Parts, command: PlistDict): Promise<Answer> {
  const requestType = String(command.RequestType);
  const { hardware, state } = parts.machine;
  const handler = isKnown(requestType, hardware.platform) ? HANDLERS[requestType] : undefined;
  if (handler === undefined)
    return refused("MCMDMErrorDomain", 12021, `“${requestType}” is not a valid request type.`);
  if (parts.machine.isUser && !ON_USER_CHANNELS.has(requestType)) {
    parts.machine.log({
      type: "violation",
      rule: "user-channel",
      detail: `${requestType} on a user's channel`,
    });
    return refused("MCMDMErrorDomain", 12021, `“${requestType}” is not a valid request type of a user.`);
  }
  if (isForbidden(parts.machine, requestType))
    return refused("MCMDMErrorDomain", 12021, `“${requestType}” is not a valid request type here.`);
  if (!isGranted(requestType, state.enrollment?.mdm.accessRights ?? 0))
    return refused("MCMDMErrorDomain", 12007, `The server has no right to “${requestType}”.`);
  return handler(parts, command);
}
