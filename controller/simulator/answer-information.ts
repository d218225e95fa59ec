import { fileVaultStatus } from "./answer-passwords.ts";
import { queriesOn } from "./device-queries.ts";
import { type Answer, acknowledged, type Machine } from "./machine.ts";
import { isDict, type PlistDict, type PlistValue, real } from "./plist.ts";
import { isWithheld } from "./user-enrollment.ts";

/** DeviceInformation: answers the queries that this kind of device knows and leaves out the others. */
export function deviceInformation(machine: Machine, command: PlistDict): Answer {
  const facts = factsOf(machine);
  const asked = Array.isArray(command.Queries) ? command.Queries.map(String) : [];
  const known = queriesOn(machine.hardware.platform);
  const queries = asked.filter((query) => known.has(query) && !isWithheld(machine, query));
  const found = queries.flatMap((query) =>
    facts[query] === undefined ? [] : [[query, facts[query]] as const],
  );
  return acknowledged({ QueryResponses: Object.fromEntries(found) });
}

function factsOf(machine: Machine): Record<string, PlistValue | undefined> {
  const { hardware, state } = machine;
  const isMac = hardware.platform === "macos";
  const isMobile = hardware.platform === "ios" || hardware.platform === "ipados";
  const usedGb = 14 + [...state.apps.values()].reduce((sum, app) => sum + app.bytes, 0) / 1e9;
  return {
    UDID: hardware.udid,
    DeviceName: state.name,
    OSVersion: state.osVersion,
    SupplementalOSVersionExtra: "",
    BuildVersion: state.build,
    SupplementalBuildVersion: state.build,
    ModelName: hardware.modelName,
    Model: hardware.model,
    ModelNumber: hardware.model,
    ProductName: hardware.productName,
    SerialNumber: hardware.serial,
    DeviceCapacity: real(hardware.capacityGb),
    AvailableDeviceCapacity: real(Math.max(1, Math.round((hardware.capacityGb - usedGb) * 100) / 100)),
    IsSupervised: machine.supervised,
    AwaitingConfiguration: state.awaiting,
    TimeZone: "Europe/Berlin",
    WiFiMAC: hardware.wifiMac,
    BluetoothMAC: hardware.bluetoothMac,
    EthernetMAC: hardware.ethernetMac,
    SoftwareUpdateDeviceID: hardware.productName,
    IsActivationLockEnabled: false,
    IsActivationLockSupported: !isMac,
    IsDeviceLocatorServiceEnabled: false,
    IsMDMLostModeEnabled: state.lost !== undefined,
    iTunesStoreAccountIsActive: true,
    PushToken: state.enrollment?.token,
    ...(isMobile ? mobileFacts(machine) : {}),
    ...(isMac ? macFacts(machine) : {}),
  };
}

function mobileFacts({ hardware, world }: Machine): Record<string, PlistValue | undefined> {
  // A charge that falls over the day and is full again in the morning.
  const hour = new Date(world.now()).getUTCHours();
  const facts: Record<string, PlistValue | undefined> = {
    BatteryLevel: real(Math.round((1 - hour / 32) * 100) / 100),
    HasBattery: true,
    IsCloudBackupEnabled: false,
    IsDoNotDisturbInEffect: false,
    IsMultiUser: hardware.shared,
    CellularTechnology: hardware.platform === "ios" ? 1 : 0,
    DiagnosticSubmissionEnabled: false,
    AppAnalyticsEnabled: false,
    IsRoaming: false,
  };
  if (hardware.platform !== "ios") return facts;
  const subscription: PlistDict = {
    Slot: "CTSubscriptionSlotOne",
    IMEI: hardware.imei ?? "",
    IsDataPreferred: true,
    IsVoicePreferred: true,
    IsRoaming: false,
    Label: "Primary",
    CurrentCarrierNetwork: "Simulated Mobile",
    ...(hardware.iccid === undefined ? {} : { ICCID: hardware.iccid }),
  };
  return {
    ...facts,
    IMEI: hardware.imei,
    ModemFirmwareVersion: "2.20.03",
    CurrentCarrierNetwork: "Simulated Mobile",
    DataRoamingEnabled: false,
    VoiceRoamingEnabled: false,
    PersonalHotspotEnabled: false,
    IsNetworkTethered: false,
    ServiceSubscriptions: [subscription],
  };
}

function macFacts({ hardware, state }: Machine): Record<string, PlistValue | undefined> {
  const host = state.name.replaceAll(/[^A-Za-z0-9-]/g, "-");
  return {
    IsAppleSilicon: !hardware.intel,
    HostName: `${host}.local`,
    LocalHostName: host,
    HasBattery: hardware.productName.startsWith("Mac15"),
    SystemIntegrityProtectionEnabled: true,
    PINRequiredForDeviceLock: true,
    PINRequiredForEraseDevice: hardware.intel,
    SupportsiOSAppInstalls: true,
    SupportsLOMDevice: false,
    ActiveManagedUsers: [],
    AutoSetupAdminAccounts: [],
  };
}

/** SecurityInfo as the platform reports it. */
export function securityInformation(machine: Machine): Answer {
  const passcodePolicy = payloadsOf(machine, "com.apple.mobiledevice.passwordpolicy").length > 0;
  const compliant = machine.state.hasPasscode || !passcodePolicy;
  const status: PlistDict = {
    EnrolledViaDEP: false,
    IsActivationLockManageable: machine.supervised,
    IsUserEnrollment: machine.state.enrollment?.mdm.mode === "BYOD",
    UserApprovedEnrollment: true,
  };
  if (machine.hardware.platform === "macos")
    return acknowledged({ SecurityInfo: macSecurity(machine, status) });
  return acknowledged({
    SecurityInfo: {
      AutoLockTime: 300,
      HardwareEncryptionCaps: 3,
      ManagementStatus: status,
      PasscodeCompliant: compliant,
      PasscodeCompliantWithProfiles: compliant,
      PasscodeLockGracePeriod: 0,
      PasscodeLockGracePeriodEnforced: 0,
      PasscodePresent: machine.state.hasPasscode,
    },
  });
}

function macSecurity(machine: Machine, status: PlistDict): PlistDict {
  const firewall = payloadsOf(machine, "com.apple.security.firewall").some(
    (payload) => payload.EnableFirewall === true,
  );
  return {
    AuthenticatedRootVolumeEnabled: true,
    BootstrapTokenAllowedForAuthentication: "allowed",
    BootstrapTokenRequiredForKernelExtensionApproval: false,
    BootstrapTokenRequiredForSoftwareUpdate: true,
    ...fileVaultStatus(machine),
    FirewallSettings: {
      Applications: [],
      BlockAllIncoming: false,
      FirewallEnabled: firewall,
      StealthMode: false,
    },
    FirmwarePasswordStatus: {
      AllowOroms: false,
      ChangePending: false,
      PasswordExists: machine.state.secrets.firmwarePassword !== undefined,
    },
    IsRecoveryLockEnabled: machine.state.secrets.recoveryLock !== undefined,
    ManagementStatus: status,
    RemoteDesktopEnabled: machine.state.remoteDesktop,
    SecureBoot: { ExternalBootLevel: "disallowed", SecureBootLevel: "full" },
    SystemIntegrityProtectionEnabled: true,
  };
}

// Restrictions that an unsupervised device ignores, from Apple's schema (the ones most used).
const SUPERVISED_KEYS = new Set([
  "allowAppInstallation",
  "allowAppRemoval",
  "allowAccountModification",
  "allowAirDrop",
  "allowEraseContentAndSettings",
  "allowCamera",
  "allowSafari",
  "allowUIConfigurationProfileInstallation",
  "allowBluetoothModification",
  "allowHostPairing",
  "forceDelayedSoftwareUpdates",
]);

/** Restrictions: those in force, and by profile when asked. The strictest value of several wins. */
export function listRestrictions(machine: Machine, command: PlistDict): Answer {
  const byProfile = Object.fromEntries(
    [...machine.state.profiles.values()].map((profile) => [
      profile.identifier,
      restrictionsIn(machine, profile.payloads),
    ]),
  );
  const all = [...machine.state.profiles.values()].flatMap((profile) => profile.payloads);
  return acknowledged({
    GlobalRestrictions: restrictionsIn(machine, all),
    ...(command.ProfileRestrictions === true ? { ProfileRestrictions: byProfile } : {}),
  });
}

/** The restrictions that payloads put in force, in the shape that the device reports. */
export function restrictionsIn(machine: Machine, payloads: readonly PlistDict[]): PlistDict {
  const bools: Record<string, PlistDict> = {};
  const values: Record<string, PlistDict> = {};
  for (const payload of payloads) {
    if (payload.PayloadType !== "com.apple.applicationaccess") continue;
    for (const [key, value] of Object.entries(payload)) {
      if (key.startsWith("Payload") || (SUPERVISED_KEYS.has(key) && !machine.supervised)) continue;
      if (typeof value === "boolean") bools[key] = { value: strictest(key, bools[key], value) };
      else if (typeof value === "number") values[key] = { value };
    }
  }
  return { restrictedBool: bools, restrictedValue: values };
}

/** `allow…` restricts when it is false, `force…` when it is true. */
function strictest(key: string, known: PlistDict | undefined, value: boolean): boolean {
  if (!isDict(known) || typeof known.value !== "boolean") return value;
  return key.startsWith("force") ? known.value || value : known.value && value;
}

function payloadsOf(machine: Machine, type: string): PlistDict[] {
  return [...machine.state.profiles.values()].flatMap((profile) =>
    profile.payloads.filter((payload) => payload.PayloadType === type),
  );
}
