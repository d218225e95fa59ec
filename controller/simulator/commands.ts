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
import { disableLostMode, enableLostMode, locate, playLostModeSound } from "./answer-lost-mode.ts";
import { installProfile, listCertificates, listProfiles, removeProfile } from "./answer-profiles.ts";
import type { Installer } from "./apps.ts";
import { isGranted, isKnown } from "./command-shapes.ts";
import type { DeclarationClient } from "./declaration-client.ts";
import { type Answer, type Machine, refused } from "./machine.ts";
import type { PlistDict } from "./plist.ts";

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
  EraseDevice: ({ body }, command) => eraseDevice(command, body),
  RestartDevice: ({ machine, body }) => restartDevice(machine, body),
  ShutDownDevice: ({ machine, body }) => shutDownDevice(machine, body),
  ClearPasscode: ({ machine }, command) => clearPasscode(machine, command),
  EnableLostMode: ({ machine }, command) => enableLostMode(machine, command),
  DisableLostMode: ({ machine }) => disableLostMode(machine),
  DeviceLocation: ({ machine }) => locate(machine),
  PlayLostModeSound: ({ machine }) => playLostModeSound(machine),
  DeclarativeManagement: ({ declarations }, command) => declarations.command(command),
};

/** Executes a command whose form has been checked. Error 12021: not known; 12007: no right to it. */
export async function execute(parts: Parts, command: PlistDict): Promise<Answer> {
  const requestType = String(command.RequestType);
  const { hardware, state } = parts.machine;
  const handler = isKnown(requestType, hardware.platform) ? HANDLERS[requestType] : undefined;
  if (handler === undefined)
    return refused("MCMDMErrorDomain", 12021, `“${requestType}” is not a valid request type.`);
  if (!isGranted(requestType, state.enrollment?.mdm.accessRights ?? 0))
    return refused("MCMDMErrorDomain", 12007, `The server has no right to “${requestType}”.`);
  return handler(parts, command);
}
