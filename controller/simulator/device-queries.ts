import type { ApplePlatform } from "./hardware.ts";

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** What DeviceInformation can be asked, by the platforms that know it, from Apple's schema (information.device). */
const QUERIES: readonly (readonly [platforms: string, queries: readonly string[]])[] = [
  [
    "ios ipados macos tvos",
    words(`UDID OrganizationInfo MDMOptions AwaitingConfiguration DeviceName OSVersion SupplementalOSVersionExtra
      BuildVersion SupplementalBuildVersion ModelName ModelNumber ProductName SerialNumber IsSupervised WiFiMAC
      DevicePropertiesAttestation iTunesStoreAccountIsActive iTunesStoreAccountHash Model BluetoothMAC`),
  ],
  [
    "macos",
    words(`ProvisioningUDID IsAppleSilicon HasBattery IsActivationLockSupported ActiveManagedUsers OSUpdateSettings
      LocalHostName HostName AutoSetupAdminAccounts SystemIntegrityProtectionEnabled SupportsLOMDevice EthernetMAC
      PINRequiredForEraseDevice PINRequiredForDeviceLock SupportsiOSAppInstalls EACSPreflight`),
  ],
  [
    "ios ipados macos",
    words(`DeviceCapacity AvailableDeviceCapacity BatteryLevel IsActivationLockEnabled PushToken
      SoftwareUpdateDeviceID`),
  ],
  ["ios ipados tvos", ["TimeZone"]],
  ["tvos", ["DeviceID"]],
  [
    "ios ipados",
    words(`LastCloudBackupDate EASDeviceIdentifier IsCloudBackupEnabled IMEI MEID ModemFirmwareVersion
      CellularTechnology IsMultiUser MaximumResidentUsers EstimatedResidentUsers QuotaSize ResidentUsers
      UserSessionTimeout TemporarySessionTimeout TemporarySessionOnly ManagedAppleIDDefaultDomains
      OnlineAuthenticationGracePeriod SkipLanguageAndLocaleSetupForNewUsers ICCID CurrentCarrierNetwork
      SubscriberCarrierNetwork CarrierSettingsVersion PhoneNumber DataRoamingEnabled VoiceRoamingEnabled
      PersonalHotspotEnabled IsNetworkTethered IsRoaming SubscriberMCC SubscriberMNC CurrentMCC CurrentMNC
      ServiceSubscriptions SoftwareUpdateSettings IsDeviceLocatorServiceEnabled IsDoNotDisturbInEffect
      DiagnosticSubmissionEnabled AppAnalyticsEnabled IsMDMLostModeEnabled AccessibilitySettings`),
  ],
];

const known = new Map<ApplePlatform, ReadonlySet<string>>();

/** What a device of this platform can be asked. */
export function queriesOn(platform: ApplePlatform): ReadonlySet<string> {
  const before = known.get(platform);
  if (before !== undefined) return before;
  const found = QUERIES.filter(([platforms]) => platforms.split(" ").includes(platform));
  const queries = new Set(found.flatMap(([, names]) => names));
  known.set(platform, queries);
  return queries;
}
