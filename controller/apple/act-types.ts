import type { Verb } from "../core/intent.ts";

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
