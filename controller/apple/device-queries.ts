import { keyGates } from "../core/apple-schema/key-gates.ts";
import { type DeviceTraits, unmet } from "../core/apple-schema/requirement.ts";
import { type Platform, platforms } from "../core/facts.ts";

/**
 * What DeviceInformation is asked for, and where Apple's schema knows it (information.device). Left out: tokens,
 * attestation (rate-limited by Apple), hashes of accounts and what Apple has removed. Devices leave out what the
 * access rights or their version do not cover.
 */
const queries: readonly (readonly [where: readonly Platform[], names: readonly string[]])[] = [
  [
    platforms,
    [
      "UDID",
      "DeviceName",
      "OSVersion",
      "SupplementalOSVersionExtra",
      "BuildVersion",
      "SupplementalBuildVersion",
      "ModelName",
      "ModelNumber",
      "ProductName",
      "SerialNumber",
      "IsSupervised",
      "AwaitingConfiguration",
      "WiFiMAC",
    ],
  ],
  [
    ["ios", "ipados", "macos", "tvos", "watchos"],
    ["Model", "iTunesStoreAccountIsActive"],
  ],
  [
    ["ios", "ipados", "macos", "watchos", "visionos"],
    ["DeviceCapacity", "AvailableDeviceCapacity", "BatteryLevel"],
  ],
  [["ios", "ipados", "tvos", "watchos", "visionos"], ["TimeZone"]],
  [["ios", "ipados", "macos", "tvos", "visionos"], ["BluetoothMAC"]],
  [
    ["ios", "ipados", "watchos", "visionos"],
    ["IsDeviceLocatorServiceEnabled", "DiagnosticSubmissionEnabled", "AppAnalyticsEnabled"],
  ],
  [["ios", "ipados", "macos", "watchos"], ["IsActivationLockEnabled"]],
  [["ios", "ipados", "macos", "visionos"], ["SoftwareUpdateDeviceID"]],
  [
    ["ios", "ipados", "visionos"],
    ["IsCloudBackupEnabled", "LastCloudBackupDate", "EASDeviceIdentifier"],
  ],
  [["ios", "ipados", "watchos"], ["IsMDMLostModeEnabled"]],
  [
    ["ios", "ipados"],
    [
      "IMEI",
      "MEID",
      "ModemFirmwareVersion",
      "CellularTechnology",
      "IsMultiUser",
      "ICCID",
      "CurrentCarrierNetwork",
      "SubscriberCarrierNetwork",
      "CarrierSettingsVersion",
      "PhoneNumber",
      "DataRoamingEnabled",
      "VoiceRoamingEnabled",
      "PersonalHotspotEnabled",
      "IsRoaming",
      "ServiceSubscriptions",
    ],
  ],
  [
    ["macos"],
    [
      "IsAppleSilicon",
      "HasBattery",
      "IsActivationLockSupported",
      "LocalHostName",
      "HostName",
      "SystemIntegrityProtectionEnabled",
      "EthernetMAC",
      "PINRequiredForEraseDevice",
      "PINRequiredForDeviceLock",
      "SupportsiOSAppInstalls",
    ],
  ],
  [["tvos"], ["DeviceID"]],
];

/**
 * What DeviceInformation asks a device of this platform; everything of one that has not said what it is. A device of
 * User Enrollment is never asked for what tells which device it is (serial number, IMEI, addresses), nor for what else
 * Apple forbids there.
 */
export function deviceQueries(
  platform: string | undefined,
  enrollment?: DeviceTraits["enrollment"],
): readonly string[] {
  const known = platforms.find((one) => one === platform);
  const names = queries.flatMap(([where, list]) =>
    known === undefined || where.includes(known) ? list : [],
  );
  if (enrollment !== "user") return names;
  const traits = { platform: known ?? "ios", enrollment } as const;
  return names.filter(
    (name) => unmet(keyGates("command", "DeviceInformation", ["Queries", name]), traits).length === 0,
  );
}
