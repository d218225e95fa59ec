const MINUTE = 60_000;
const DAY = 86_400_000;

/**
 * Everything that the emulator does and that no public source proves, each under a name of its own, with what
 * the emulator does unless a test says otherwise. What can be looked up in Google's reference is not here; texts of
 * refusals that nobody has published are made up where they stand, and nothing should read them.
 */
export const KNOBS = {
  /** `strict` reports commands that a device cannot carry out; `quirks` reports some of them as done. */
  mode: "strict" as "strict" | "quirks",
  /** In quirks mode: commands that the wrong kind of management swallows and reports as a success. */
  falselySuccessful: ["REBOOT", "RELINQUISH_OWNERSHIP"] as readonly string[],

  /** Whether a PATCH that changes nothing makes a new version, keeps it, or is answered 304. */
  noopPatch: "bump" as "bump" | "keep" | "304",
  /** Whether a policy that is made again after it was deleted begins with version 1 or goes on counting. */
  recreatedPolicy: "begins" as "begins" | "goes-on",
  /** Whether `devices.patch` without a mask changes what is given, or all three fields as the reference has it. */
  devicePatchWithoutMask: "given" as "given" | "all",
  /** Whether `devices.patch` accepts the name of a policy that is not there. The device then keeps its own. */
  moveToMissingPolicy: "accept" as "accept" | "refuse",
  /** The page size of `policies.list` and its ceiling; the reference says only that it may be fixed. */
  policyPage: { usual: 100, most: 100 },
  /** The page size of `operations.list` and its ceiling. */
  operationPage: { usual: 100, most: 100 },
  /** The page size of `webApps.list` and `enterprises.list`, and its ceiling. */
  smallPage: { usual: 100, most: 100 },
  /** What becomes of the record of an earlier enrollment when the same serial number enrolls again. */
  earlierRecord: "stays" as "stays" | "removed",
  /** What a token without `allowPersonalUsage` makes of a device that was set up from the factory state. */
  unspecifiedUsage: "DEVICE_OWNER" as "DEVICE_OWNER" | "PROFILE_OWNER",

  /** How long a device may be without a policy before its enrollment fails. Documented; the exact end is not. */
  withoutPolicyMs: 5 * MINUTE,
  /** How long `devices.delete` keeps on trying to wipe a device that is offline. */
  deleteReachesMs: 30 * DAY,
  /** What `get`, `patch`, `delete` and commands say of a device whose user removed the management. */
  afterUserRemoval: "record-stays" as "record-stays" | "no-longer-managed",
  /** The status code of "Device is no longer being managed"; its text was seen, its code was not. */
  noLongerManaged: { http: 400, status: "FAILED_PRECONDITION" },
  /** The status code of the refusal to delete a policy that devices refer to. */
  policyInUse: { http: 400, status: "FAILED_PRECONDITION" },
  /** Whether a device that wiped itself because it did not comply tells the server that it went. */
  enforcementWipeIsTold: true,
  /** The notification type of the last report of a device that went; both have been seen. */
  deletedIsToldAs: "STATUS_REPORT" as "STATUS_REPORT" | "ENROLLMENT",
  /** Whether a device is compliant while all that it lacks is on its way. */
  onTheWayIsCompliant: false,
  /** Whether a device that was wiped because of wrong passwords tells it. */
  passwordWipeIsTold: false,

  /** Whether a finished operation carries `response` besides `done`. Recorded ones disagree. */
  includeResponse: false,
  /** `google.rpc.Code` of an operation that expired before the device executed it. */
  expiredCode: 4,
  /** Whether the end of an operation by expiry or cancelling is published as a COMMAND notification. */
  publishUnexecuted: true,
  /** How long a finished operation can still be read. */
  operationRetentionMs: 7 * DAY,
  /** Whether `operations.cancel` loses against a device that has already fetched the command. */
  cancelLosesRace: false,
  /** How long after a password reset Lost Mode is refused. */
  lostModeAfterResetMs: 60 * MINUTE,
  /** How long after its user left Lost Mode it is refused. */
  lostModeAfterExitMs: 60 * MINUTE,
  /** How often a lost device tells where it is. */
  lostModeLocationMs: 15 * MINUTE,

  /** How soon a device that is online fetches a changed policy or state. */
  syncAfterMs: 10_000,
  /** How soon a device that is online fetches a command. */
  commandAfterMs: 5_000,
  /** How long after a sync its report arrives. */
  reportAfterMs: 5_000,
  /** How often a device reports although nothing changed. */
  reportEveryMs: DAY,
  /** How long the installation or update of an app takes, and its removal. */
  installMs: 30_000,
  uninstallMs: 10_000,
  /** How much longer everything takes on a device of the mood `slow`. */
  slowFactor: 60,

  /** The documented quota. Whether it refills steadily or by windows is not known: it refills steadily here. */
  quota: { requests: 1_000, perMs: 100_000 },
  /** Restricted settings are refused by devices of projects that Google has not approved. */
  permissibleUsageRestricted: false,
  /** Settings that personally-owned devices report as MANAGEMENT_MODE; Google publishes no whole list. */
  notOnPersonal: (
    "addUserDisabled adjustVolumeDisabled autoDateAndTimeZone backupService bluetoothDisabled " +
    "cellBroadcastsConfigDisabled createWindowsDisabled dataRoamingDisabled deviceOwnerLockScreenInfo " +
    "factoryResetDisabled frpAdminEmails funDisabled kioskCustomLauncherEnabled kioskCustomization " +
    "locationMode microphoneAccess mobileNetworksConfigDisabled mountPhysicalMediaDisabled " +
    "networkResetDisabled outgoingCallsDisabled removeUserDisabled safeBootDisabled setWallpaperDisabled " +
    "smsDisabled statusBarDisabled systemUpdate tetheringConfigDisabled usbFileTransferDisabled"
  ).split(" ") as readonly string[],
  /** The same for company-owned devices with a work profile. */
  notOnCompanyProfile: (
    "adjustVolumeDisabled backupService kioskCustomLauncherEnabled kioskCustomization microphoneAccess " +
    "networkResetDisabled statusBarDisabled unmuteMicrophoneDisabled"
  ).split(" ") as readonly string[],
  /** The field of `applications[i]` that the `fieldPath` of an app that is not installed names. */
  appFieldPath: "installType",

  /** Whether a topic receives a message without data when it is set on the enterprise. */
  testMessage: true,
  /** Whether messages are lost unless the topic lets Google's service account publish. */
  publisherRoleNeeded: true,
  /** Whether an empty `enabledNotificationTypes` means that nothing but upgrades is published. */
  noTypesMeansNone: true,
  /** How long a subscription keeps what nobody acknowledged. */
  messageRetentionMs: 7 * DAY,
};

export type Knobs = typeof KNOBS;
