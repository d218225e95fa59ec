import type { Machine } from "./machine.ts";

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** What Apple's schema forbids in User Enrollment (userenrollment of the commands), on some system or all. */
const FORBIDDEN = words(`ActivationLockBypassCode ClearActivationLockBypassCode DeviceConfigured EraseDevice
  RefreshCellularPlans DisableLostMode EnableLostMode DeviceLocation PlayLostModeSound RestartDevice ShutDownDevice
  ClearRestrictionsPassword Restrictions StopMirroring ClearPasscode SetFirmwarePassword VerifyFirmwarePassword
  SetRecoveryLock VerifyRecoveryLock RequestUnlockToken EnableRemoteDesktop DisableRemoteDesktop RotateFileVaultKey
  SetAutoAdminPassword AvailableOSUpdates ScheduleOSUpdate OSUpdateStatus UserConfigured DeleteUser UserList LogOutUser
  UnlockUserAccount`);
const FORBIDDEN_ON_MACS = words(
  "DeviceLock InstalledApplicationList RemoveApplication ManagedApplicationFeedback",
);

/** What DeviceInformation may not be asked for there (information.device). */
const WITHHELD =
  words(`UDID ProvisioningUDID LastCloudBackupDate AwaitingConfiguration iTunesStoreAccountIsActive
  iTunesStoreAccountHash SerialNumber IMEI MEID ModemFirmwareVersion IsActivationLockEnabled IsActivationLockSupported
  IsDoNotDisturbInEffect IsCloudBackupEnabled OSUpdateSettings AutoSetupAdminAccounts IsMDMLostModeEnabled PushToken ICCID
  BluetoothMAC WiFiMAC EthernetMAC CurrentCarrierNetwork SubscriberCarrierNetwork CarrierSettingsVersion PhoneNumber
  DataRoamingEnabled VoiceRoamingEnabled PersonalHotspotEnabled IsRoaming ServiceSubscriptions PINRequiredForEraseDevice
  PINRequiredForDeviceLock SoftwareUpdateDeviceID SoftwareUpdateSettings EACSPreflight`);

/** True for a personal device that an account enrolled. */
export function isUserEnrolled({ state }: Machine): boolean {
  return state.enrollment?.mdm.mode === "BYOD";
}

/** True for a command that a device of User Enrollment refuses; a server should know that. */
export function isForbidden(machine: Machine, requestType: string): boolean {
  const isMac = machine.hardware.platform === "macos";
  const forbidden = FORBIDDEN.has(requestType) || (isMac && FORBIDDEN_ON_MACS.has(requestType));
  if (!isUserEnrolled(machine) || !forbidden) return false;
  machine.log({ type: "violation", rule: "user-enrollment", detail: `${requestType} in User Enrollment` });
  return true;
}

/** True for what such a device does not tell of itself, whoever asks. */
export function isWithheld(machine: Machine, query: string): boolean {
  if (!isUserEnrolled(machine) || !WITHHELD.has(query)) return false;
  machine.log({
    type: "violation",
    rule: "user-enrollment",
    detail: `asked for ${query} in User Enrollment`,
  });
  return true;
}
