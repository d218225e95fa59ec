/* Generated from schemas/ by `npm run generate`. Do not edit. */

/**
 * Any manifest that its schema accepts.
 */
export type ManifestBody =
  | OrganizationManifest
  | DeviceGroupManifest
  | UserGroupManifest
  | DeviceManifest
  | DeviceRegisterManifest
  | AutomatedEnrollmentManifest
  | ProfileManifest
  | AppManifest
  | BookManifest
  | InventoryScheduleManifest
  | PolicyManifest
  | ExemptionManifest
  | OperationManifest
  | DeprovisionManifest
  | SecretManifest;
/**
 * Version of the policy language; always reeve/v1.
 */
export type ApiVersion = "reeve/v1";
/**
 * enforce acts; observe plans and reports, and sends only queries.
 */
export type Mode = "enforce" | "observe";
/**
 * An operating system.
 */
export type Platform = "ios" | "ipados" | "macos" | "tvos" | "watchos" | "visionos" | "android";
/**
 * An event.
 */
export type NotificationEvent =
  | "refused"
  | "held"
  | "approved"
  | "stalled"
  | "drift"
  | "budget"
  | "frozen"
  | "unreachable"
  | "certificate"
  | "enrolled"
  | "left"
  | "act"
  | "rollout"
  | "stopped"
  | "exemption"
  | "warning";
/**
 * Facts that must all hold; a list means any of its values.
 */
export type Match = {[key: string]: string | string[]};
/**
 * How the fact is compared.
 */
export type Operator = "In" | "NotIn" | "Exists" | "Absent" | "VersionAtLeast" | "VersionBelow";
/**
 * A value of a fact.
 */
export type Scalar = string;
/**
 * Whose device it is. Unknown ownership refuses a wipe.
 */
export type Ownership = "company" | "personal";
export type PortalPlatform = "ios" | "ipados" | "macos" | "tvos" | "visionos";
/**
 * A day of the week.
 */
export type Weekday = "Mon" | "Tue" | "Wed" | "Thu" | "Fri" | "Sat" | "Sun";
/**
 * One section of what a device reports.
 */
export type Section =
  | "device"
  | "security"
  | "restrictions"
  | "applications"
  | "profiles"
  | "certificates"
  | "powerEvents"
  | "users"
  | "activationLock"
  | "appFeedback";
/**
 * What happens when a device no longer has what was verified there.
 */
export type Drift = "correct" | "report" | "ignore";
/**
 * What becomes of it.
 */
export type Install = "required" | "installed" | "available" | "blocked" | "kiosk";
/**
 * What happens when it leaves the policy.
 */
export type OnLeave = "remove" | "keep";
/**
 * How an action may hurt.
 */
export type Risk = "safe" | "disruptive" | "isolating" | "armed";
/**
 * What happens when the outcome of a command stays unknown.
 */
export type Delivery = "once" | "untilAcknowledged";
/**
 * Why the device goes.
 */
export type DeprovisionState = "in-repair" | "employee-left" | "retired" | "other";

/**
 * The one manifest that speaks for the whole fleet.
 */
export interface OrganizationManifest {
  apiVersion: ApiVersion;
  /**
   * Always Organization.
   */
  kind: "Organization";
  metadata: Metadata;
  spec: OrganizationSpec;
}
/**
 * What every manifest says about itself.
 */
export interface Metadata {
  /**
   * Name of the manifest, unique within its kind. Other manifests refer to it by this name.
   */
  name: string;
  /**
   * A sentence for people; shown by explain and in reports.
   */
  description?: string;
  /**
   * Free labels for people and tools; reeve does not act on them.
   */
  labels?: {
    [k: string]: string;
  };
  /**
   * Former names of this manifest. Ownership, history and rollout position go over to the new name.
   */
  renamedFrom?: string[];
}
/**
 * Settings of the whole fleet.
 */
export interface OrganizationSpec {
  /**
   * Time zone of schedules and maintenance windows that name none.
   */
  timeZone: string;
  /**
   * The DeviceGroup that a device joins when its enrollment names none, by platform.
   */
  defaultGroups?: {
    /**
     * DeviceGroup for iPhone.
     */
    ios?: string;
    /**
     * DeviceGroup for iPad.
     */
    ipados?: string;
    /**
     * DeviceGroup for Mac.
     */
    macos?: string;
    /**
     * DeviceGroup for Apple TV.
     */
    tvos?: string;
    /**
     * DeviceGroup for Apple Watch.
     */
    watchos?: string;
    /**
     * DeviceGroup for Apple Vision.
     */
    visionos?: string;
    /**
     * DeviceGroup for Android.
     */
    android?: string;
  };
  /**
   * Enrollment is refused, with a clear message, once this many devices are enrolled. No limit when absent.
   */
  deviceLimit?: number;
  mode?: Mode;
  budgets?: Budgets;
  /**
   * Profiles that may be taken from devices that have no other network or trust. Without this word they stay.
   */
  allowIsolating?: AllowIsolating[];
  /**
   * Removals freeze when a group suddenly loses this share of its members.
   */
  membershipLoss?: string;
  enrollment?: EnrollmentRules;
  /**
   * Who is told what.
   */
  notifications?: Notification[];
  suspend?: Suspend;
}
/**
 * How many devices may lose something within any hour before removals wait for a person. Ceilings that Git cannot raise are in the daemon's configuration.
 */
export interface Budgets {
  removals?: Budget;
  isolating?: Budget;
}
/**
 * The greater of both, within any hour.
 */
export interface Budget {
  /**
   * This many devices.
   */
  devices?: number;
  /**
   * This share of the fleet.
   */
  percent?: string;
}
/**
 * A profile that may go although it may be the last network or trust of a device.
 */
export interface AllowIsolating {
  /**
   * Name of the Profile; its manifest may be gone already.
   */
  profile: string;
  /**
   * Why, for whoever reads the plan.
   */
  reason: string;
}
/**
 * Who may enroll, and what the user sees.
 */
export interface EnrollmentRules {
  /**
   * Name of the organisation that the device shows.
   */
  displayName?: string;
  /**
   * Platforms that may enroll. All when absent.
   */
  platforms?: Platform[];
  /**
   * Whether personal devices may enroll.
   */
  personal?: "allow" | "refuse";
  /**
   * Whether a device without a Device manifest may enroll.
   */
  unknownDevices?: "allow" | "refuse";
  /**
   * How long an invitation is valid when its maker says nothing else.
   */
  invitationExpires?: string;
  /**
   * Address that instructions and refusals name.
   */
  supportEmail?: string;
  /**
   * Text that the enrollment page and invitations show.
   */
  instructions?: string;
}
/**
 * One receiver; exactly one of email, webhook, slack and teams.
 */
export interface Notification {
  /**
   * Addresses that get a mail.
   */
  email?: string[];
  /**
   * Address that gets CloudEvents; ${secret:NAME/KEY} where the address itself is a secret.
   */
  webhook?: string;
  /**
   * Of webhook: the key by which its messages are signed, a ${secret:NAME/KEY}.
   */
  signingKey?: string;
  /**
   * Incoming webhook of Slack; whoever has it can write there, so it is best a ${secret:NAME/KEY}.
   */
  slack?: string;
  /**
   * Workflow of Microsoft Teams that posts what it receives; whoever has it can write there, so it is best a ${secret:NAME/KEY}.
   */
  teams?: string;
  /**
   * Events that are told.
   */
  on: NotificationEvent[];
}
/**
 * While present, only queries are sent to any device.
 */
export interface Suspend {
  /**
   * Why; shown by status.
   */
  reason: string;
}
/**
 * Devices under one name: those that a selector finds, and those that are listed.
 */
export interface DeviceGroupManifest {
  apiVersion: ApiVersion;
  /**
   * Always DeviceGroup.
   */
  kind: "DeviceGroup";
  metadata: Metadata;
  spec: DeviceGroupSpec;
}
/**
 * Members are the union of what selector finds and devices lists, and the members of groups that name this one as parent.
 */
export interface DeviceGroupSpec {
  selector?: Selector;
  /**
   * Devices by name.
   */
  devices?: string[];
  /**
   * A DeviceGroup whose members the members of this one are too.
   */
  parent?: string;
  /**
   * Lets acts and profiles with secrets use this group although its selector uses facts that the device itself reports.
   */
  trustReported?: boolean;
}
/**
 * Facts of a device that must all hold.
 */
export interface Selector {
  match?: Match;
  /**
   * Conditions that match cannot say, such as version ranges.
   */
  expressions?: Expression[];
}
/**
 * One condition on one fact.
 */
export interface Expression {
  /**
   * platform, model, osVersion, ownership, mode, owner, userGroup, enrollment, or tag.NAME.
   */
  key: string;
  operator: Operator;
  /**
   * In, NotIn: any number. VersionAtLeast, VersionBelow: exactly one. Exists, Absent: none.
   */
  values?: Scalar[];
}
/**
 * Users under one name.
 */
export interface UserGroupManifest {
  apiVersion: ApiVersion;
  /**
   * Always UserGroup.
   */
  kind: "UserGroup";
  metadata: Metadata;
  spec: UserGroupSpec;
}
/**
 * Members are the union of the lists.
 */
export interface UserGroupSpec {
  /**
   * Users by e-mail address.
   */
  users?: string[];
  /**
   * UserGroups whose members are members of this one.
   */
  userGroups?: string[];
  /**
   * A CSV file with a column email; other columns are ignored.
   */
  membersFrom?: string;
}
/**
 * What the company knows and asserts about one device.
 */
export interface DeviceManifest {
  apiVersion: ApiVersion;
  /**
   * Always Device.
   */
  kind: "Device";
  metadata: Metadata;
  spec: DeviceSpec;
}
/**
 * Asserted facts win over what the device reports.
 */
export interface DeviceSpec {
  match: DeviceMatch;
  /**
   * Name that people use, such as the one on the sticker.
   */
  alias?: string;
  /**
   * E-mail address of its user.
   */
  owner?: string;
  ownership?: Ownership;
  /**
   * Facts for selectors, as tag.NAME.
   */
  tags?: {
    [k: string]: Scalar;
  };
  asset?: Asset;
}
/**
 * How the device is recognised; exactly one.
 */
export interface DeviceMatch {
  /**
   * Serial number.
   */
  serial?: string;
  /**
   * IMEI, 14 to 16 digits.
   */
  imei?: string;
  /**
   * Android's enterprise-specific id, for personal devices.
   */
  enterpriseSpecificId?: string;
  /**
   * Apple's EnrollmentID, for account-driven enrollments.
   */
  enrollmentId?: string;
}
/**
 * The asset record.
 */
export interface Asset {
  /**
   * Number of the bill.
   */
  billNumber?: string;
  /**
   * Date of the bill.
   */
  billDate?: string;
  /**
   * First day of the warranty.
   */
  warrantyStart?: string;
  /**
   * Last day of the warranty.
   */
  warrantyEnd?: string;
  /**
   * Where the inventory system shows this device.
   */
  inventoryUrl?: string;
  /**
   * Free text.
   */
  description?: string;
  /**
   * Mobile operator or supplier.
   */
  provider?: string;
  /**
   * Tariff.
   */
  tariff?: string;
  /**
   * Customer number at the provider.
   */
  customerNumber?: string;
  /**
   * Number of the contract.
   */
  contractNumber?: string;
  /**
   * Day on which the contract was concluded.
   */
  concludedOn?: string;
  /**
   * Term of the contract in months.
   */
  termMonths?: number;
  /**
   * Day on which the user got the device.
   */
  handoverOn?: string;
}
/**
 * Many devices from one CSV file; each row is a Device.
 */
export interface DeviceRegisterManifest {
  apiVersion: ApiVersion;
  /**
   * Always DeviceRegister.
   */
  kind: "DeviceRegister";
  metadata: Metadata;
  spec: DeviceRegisterSpec;
}
/**
 * Columns: one of serial, imei, enterpriseSpecificId, enrollmentId; and name, alias, owner, ownership, tag.NAME, asset.FIELD.
 */
export interface DeviceRegisterSpec {
  /**
   * The CSV file.
   */
  devicesFrom: string;
}
/**
 * How devices of Apple Business Manager or Apple School Manager enroll when they are unboxed.
 */
export interface AutomatedEnrollmentManifest {
  apiVersion: ApiVersion;
  /**
   * Always AutomatedEnrollment.
   */
  kind: "AutomatedEnrollment";
  metadata: Metadata;
  spec: AutomatedEnrollmentSpec;
}
/**
 * What Setup Assistant does on these devices, and what enrolling asserts.
 */
export interface AutomatedEnrollmentSpec {
  /**
   * The server of Apple's portal, by the name under which its token was imported (`reeve apple enrollment-import`).
   */
  server: string;
  devices: PortalDevices;
  /**
   * Where several manifests mean a device, the highest counts.
   */
  priority?: number;
  /**
   * The DeviceGroup that the devices join. Without it, that of `defaultGroups` of the Organization.
   */
  group?: string;
  /**
   * Asserted facts for selectors, as tag.NAME.
   */
  tags?: {
    [k: string]: Scalar;
  };
  /**
   * Supervised. Devices since iOS 13 and macOS 11 always are.
   */
  supervised?: boolean;
  /**
   * Whether the person who has the device may remove its management.
   */
  removable?: boolean;
  /**
   * Whether Setup Assistant insists. Since iOS 13 it always does.
   */
  mandatory?: boolean;
  /**
   * Setup Assistant waits until the device has what it is to have, 15 minutes at most.
   */
  awaitConfiguration?: boolean;
  /**
   * A Shared iPad, with an account for each user.
   */
  shared?: boolean;
  /**
   * A device comes back, erased, of which nobody has said that it left.
   */
  onReturn?: "wait" | "admit";
  minimumOs?: MinimumOs;
  setupAssistant?: SetupAssistant;
  support?: EnrollmentSupport;
}
/**
 * Which devices of that server: the union of the lists, or all of them.
 */
export interface PortalDevices {
  /**
   * All of the server; with a low priority, what is the default.
   */
  all?: true;
  /**
   * Serial numbers.
   */
  serials?: string[];
  /**
   * Models as the portal calls them, whole and in any case.
   */
  models?: string[];
  /**
   * Platforms.
   */
  platforms?: PortalPlatform[];
}
/**
 * The least version with which a device may enroll; one that is older updates first.
 */
export interface MinimumOs {
  /**
   * iPhone.
   */
  ios?: string;
  /**
   * iPad.
   */
  ipados?: string;
  /**
   * Mac.
   */
  macos?: string;
}
/**
 * What Setup Assistant shows.
 */
export interface SetupAssistant {
  /**
   * Panes that are left out, by Apple's names.
   */
  skip?: string[];
  /**
   * The language in which it starts (Mac, Apple TV), as in ISO 639.
   */
  language?: string;
  /**
   * The region in which it starts (Mac, Apple TV), as in ISO 3166.
   */
  region?: string;
  /**
   * Goes through all panes by itself (Mac and Apple TV on Ethernet).
   */
  autoAdvance?: boolean;
}
/**
 * Whom Setup Assistant names.
 */
export interface EnrollmentSupport {
  /**
   * The department or place.
   */
  department?: string;
  /**
   * A phone number.
   */
  phone?: string;
  /**
   * An e-mail address.
   */
  email?: string;
}
/**
 * Settings that are installed on a device.
 */
export interface ProfileManifest {
  apiVersion: ApiVersion;
  /**
   * Always Profile.
   */
  kind: "Profile";
  metadata: Metadata;
  spec: ProfileSpec;
}
/**
 * At least one of settings, apple and android; settings serves both platforms, the others add what only one of them knows.
 */
export interface ProfileSpec {
  /**
   * What the device calls it. Apple: PayloadIdentifier. By default the file's own, else reeve.profile.NAME.
   */
  identifier?: string;
  /**
   * Name that the device shows. By default the name of the manifest.
   */
  displayName?: string;
  /**
   * Where it is installed.
   */
  scope?: "device" | "user";
  /**
   * Whether the user may remove it. never holds only on supervised devices.
   */
  removable?: "never" | "always" | RemovalPassword;
  /**
   * The device removes it by itself at this time. Not with apple.file. Apple: RemovalDate.
   */
  removeAt?: string;
  /**
   * The device removes it by itself so long after it was installed; with removeAt, the sooner of both. Not with apple.file. Apple: DurationUntilRemoval.
   */
  removeAfter?: string;
  settings?: Settings;
  apple?: AppleProfile;
  /**
   * Android only: a fragment of an Android Management policy in Google's own keys. applications, name and version are refused: apps belong in App manifests.
   */
  android?: {
    [k: string]: unknown;
  };
}
/**
 * The user may remove it with a password.
 */
export interface RemovalPassword {
  /**
   * The password; write ${secret:NAME/KEY}.
   */
  password: string;
}
/**
 * Settings in words that hold on both platforms. A setting that a device cannot have makes the profile Unsupported there.
 */
export interface Settings {
  passcode?: Passcode;
  /**
   * Networks; one entry per ssid.
   */
  wifi?: WifiNetwork[];
  restrictions?: Restrictions;
  /**
   * Certificates; one entry per name.
   */
  certificates?: Certificate[];
  osUpdate?: OsUpdate;
  fileVault?: FileVault;
}
/**
 * Rules for the passcode. Apple: com.apple.mobiledevice.passwordpolicy. Android: passwordPolicies, maximumTimeToLock.
 */
export interface Passcode {
  /**
   * A passcode must be set. Apple: forcePIN. Android: any rule requires one.
   */
  required?: boolean;
  /**
   * Sequences and repetitions such as 1234 are accepted. Apple: allowSimple. Android: NUMERIC_COMPLEX.
   */
  allowSimple?: boolean;
  /**
   * Letters as well as digits. Apple: requireAlphanumeric. Android: ALPHANUMERIC.
   */
  requireAlphanumeric?: boolean;
  /**
   * Characters at least. Apple: minLength. Android: passwordMinimumLength.
   */
  minLength?: number;
  /**
   * Characters at least that are neither letter nor digit. Apple: minComplexChars. Android: passwordMinimumSymbols.
   */
  minComplexCharacters?: number;
  /**
   * Must be changed after this long; whole days. Apple: maxPINAgeInDays. Android: passwordExpirationTimeout.
   */
  maxAge?: string;
  /**
   * Former passcodes that are refused. Apple: pinHistory. Android: passwordHistoryLength.
   */
  history?: number;
  /**
   * Wrong attempts after which the device erases itself (risk: armed). Apple: maxFailedAttempts. Android: maximumFailedPasswordsForWipe.
   */
  maxFailedAttempts?: number;
  /**
   * Locks after this long without use; whole minutes. Apple: maxInactivity. Android: maximumTimeToLock.
   */
  autoLock?: string;
  /**
   * Unlocks without a passcode within this time after locking; whole minutes. Apple: maxGracePeriod. Android has none.
   */
  gracePeriod?: string;
}
/**
 * One network. Apple: com.apple.wifi.managed. Android: openNetworkConfiguration.
 */
export interface WifiNetwork {
  /**
   * Name of the network.
   */
  ssid: string;
  /**
   * How it is protected.
   */
  security?: "none" | "wpa2" | "wpa3" | "enterprise";
  /**
   * Password for wpa2 and wpa3; write ${secret:NAME/KEY}.
   */
  password?: string;
  /**
   * The network does not announce itself.
   */
  hidden?: boolean;
  /**
   * Joined without asking.
   */
  autoJoin?: boolean;
  /**
   * The device may use a private address in this network.
   */
  randomMac?: boolean;
  eap?: Eap;
}
/**
 * 802.1X.
 */
export interface Eap {
  /**
   * Methods that are offered; Android offers the first alone.
   */
  types: ("TLS" | "TTLS" | "PEAP")[];
  /**
   * User name, such as ${owner.email}.
   */
  username?: string;
  /**
   * Password; write ${secret:NAME/KEY}.
   */
  password?: string;
  /**
   * Name that is sent outside of the tunnel.
   */
  outerIdentity?: string;
  /**
   * Name of an entry of settings.certificates that identifies the device.
   */
  identity?: string;
  /**
   * Entries of settings.certificates that the server's certificate must lead to. Android needs them.
   *
   * Items: Name of an entry of settings.certificates.
   */
  trustedCertificates?: string[];
  /**
   * Names that the server's certificate may carry. Android needs them.
   *
   * Items: Host name.
   */
  trustedServers?: string[];
}
/**
 * What users may do. What is absent is left as it is. Apple: com.apple.applicationaccess.
 */
export interface Restrictions {
  /**
   * The camera works. Apple: allowCamera. Android: cameraAccess.
   */
  allowCamera?: boolean;
  /**
   * Screenshots and recordings. Apple: allowScreenShot. Android: screenCaptureDisabled.
   */
  allowScreenCapture?: boolean;
  /**
   * Users install apps themselves. Apple: allowAppInstallation (supervised). Android: installAppsDisabled.
   */
  allowAppInstallation?: boolean;
  /**
   * Users remove apps. Apple: allowAppRemoval (supervised). Android: uninstallAppsDisabled.
   */
  allowAppRemoval?: boolean;
  /**
   * Apps from outside the store. Apple: allowEnterpriseAppTrust. Android: untrustedAppsPolicy.
   */
  allowUntrustedApps?: boolean;
  /**
   * Users erase the device themselves. Apple: allowEraseContentAndSettings (supervised). Android: factoryResetDisabled (company).
   */
  allowFactoryReset?: boolean;
  /**
   * Users add and remove accounts. Apple: allowAccountModification (supervised). Android: modifyAccountsDisabled.
   */
  allowAccountChanges?: boolean;
  /**
   * Users change Bluetooth. Apple: allowBluetoothModification (supervised). Android: bluetoothConfigDisabled (company).
   */
  allowBluetoothChanges?: boolean;
  /**
   * Users add a VPN. Apple: allowVPNCreation (supervised). Android: vpnConfigDisabled.
   */
  allowVpnChanges?: boolean;
  /**
   * Personal hotspot. Apple: allowPersonalHotspotModification (supervised). Android: tetheringSettings (company).
   */
  allowTethering?: boolean;
  /**
   * Data over USB while locked or at all. Apple: allowUSBRestrictedMode (inverted meaning is handled). Android: usbDataAccess (company).
   */
  allowUsbData?: boolean;
  /**
   * Users set date and time. Apple: forceAutomaticDateAndTime (supervised). Android: autoDateAndTimeZone (company).
   */
  allowDateTimeChanges?: boolean;
  /**
   * Users change the wallpaper. Apple: allowWallpaperModification (supervised). Android: setWallpaperDisabled (fully managed).
   */
  allowWallpaperChanges?: boolean;
  /**
   * Siri and the like. Apple: allowAssistant. Android has none.
   */
  allowVoiceAssistant?: boolean;
  /**
   * Backup to iCloud. Apple: allowCloudBackup. Android: backupService (fully managed).
   */
  allowCloudBackup?: boolean;
  /**
   * AirDrop. Apple: allowAirDrop (supervised). Android: outgoingBeamDisabled.
   */
  allowAirDrop?: boolean;
  /**
   * Diagnostic data is sent to Apple. Apple: allowDiagnosticSubmission. Android has none.
   */
  allowDiagnostics?: boolean;
  /**
   * Documents of work apps open in private ones. Apple: allowOpenFromManagedToUnmanaged. Android: crossProfilePolicies (work profile).
   */
  allowOpenFromManagedToUnmanaged?: boolean;
  /**
   * The built-in browser. Apple: allowSafari (supervised). Android has none.
   */
  allowSafari?: boolean;
  /**
   * Local backups are encrypted. Apple: forceEncryptedBackup. Android has none.
   */
  forceEncryptedBackup?: boolean;
}
/**
 * One certificate; exactly one of file and content.
 */
export interface Certificate {
  /**
   * Name by which eap and payloads refer to it.
   */
  name: string;
  /**
   * What it is.
   */
  type?: "authority" | "identity";
  /**
   * A PEM or DER file of the repository; only for authorities.
   */
  file?: string;
  /**
   * PEM text, or base64; an identity comes from ${secret:NAME/KEY}.
   */
  content?: string;
  /**
   * Password of the PKCS #12 data; write ${secret:NAME/KEY}. Android takes only data without one: write "".
   */
  password?: string;
}
/**
 * Operating-system updates.
 */
export interface OsUpdate {
  /**
   * Updates are offered this long after their release; whole days, 1d to 90d. Android knows 30d alone.
   */
  defer?: string;
  /**
   * Updates install by themselves. Android: systemUpdate AUTOMATIC.
   */
  automatic?: boolean;
  window?: TimeWindow;
  /**
   * Versions that are enforced, one per platform.
   */
  enforce?: OsTarget[];
}
/**
 * A span of time on some days; to may be on the next day.
 */
export interface TimeWindow {
  /**
   * Days on which the window begins. All days when absent.
   */
  days?: Weekday[];
  /**
   * When the window opens.
   */
  from: string;
  /**
   * When the window closes; before from means on the next day.
   */
  to: string;
}
/**
 * A version that a platform must have.
 */
export interface OsTarget {
  platform: Platform;
  /**
   * Version such as 26.1; kept as written.
   */
  version: string;
  /**
   * Local time of the device after which the update is forced, such as 2026-12-01T18:00:00.
   */
  by: string;
  /**
   * Page with details that the user is shown.
   */
  detailsUrl?: string;
}
/**
 * Disk encryption of Macs. The recovery key comes to reeve encrypted and is kept sealed; `reeve secrets show DEVICE recovery-key` has it. Apple: com.apple.MCX.FileVault2, com.apple.security.FDERecoveryKeyEscrow. Android encrypts by itself.
 */
export interface FileVault {
  /**
   * The user sees the recovery key too. Apple: ShowRecoveryKey.
   */
  showRecoveryKey?: boolean;
  /**
   * How often its user may put it off at login; without it, as often as they like. Apple: DeferForceAtUserLoginMaxBypassAttempts.
   */
  postpone?: number;
  /**
   * Turned on in Setup Assistant already (macOS 14). Apple: ForceEnableInSetupAssistant.
   */
  inSetupAssistant?: boolean;
}
/**
 * Apple only. At most one of file, payloads and declarations.
 */
export interface AppleProfile {
  /**
   * A .mobileconfig of the repository, at most 1 MiB; not together with settings.
   */
  file?: string;
  /**
   * Not one byte of the file is changed; it is neither signed nor encrypted by reeve.
   */
  verbatim?: boolean;
  /**
   * Payloads in Apple's own keys.
   */
  payloads?: Payload[];
  /**
   * Declarations in Apple's own keys (iOS 15, macOS 13 and later).
   */
  declarations?: Declaration[];
  /**
   * The profile is signed by this reeve.
   */
  signed?: boolean;
  /**
   * Whether the profile is encrypted for each device.
   */
  encrypt?: "auto" | "always" | "never";
  /**
   * How it reaches the device.
   */
  delivery?: "auto" | "profile" | "declaration";
}
/**
 * One payload.
 */
export interface Payload {
  /**
   * PayloadType.
   */
  type: string;
  /**
   * Tells payloads of one type apart, and keeps its identity over changes. By default the last part of type.
   */
  name?: string;
  /**
   * PayloadDisplayName.
   */
  displayName?: string;
  /**
   * Apple's own keys, without the Payload… ones. {$data: base64}, {$date: RFC 3339} and {$real: "1.0"} say what YAML cannot.
   */
  content: {
    [k: string]: unknown;
  };
}
/**
 * One declaration.
 */
export interface Declaration {
  /**
   * Type of the declaration.
   */
  type: string;
  /**
   * Tells declarations of one type apart, and keeps its identity over changes. By default the last part of type.
   */
  name?: string;
  /**
   * Apple's own keys.
   */
  content: {
    [k: string]: unknown;
  };
}
/**
 * One application, on Apple platforms, on Android, or on both.
 */
export interface AppManifest {
  apiVersion: ApiVersion;
  /**
   * Always App.
   */
  kind: "App";
  metadata: Metadata;
  spec: AppSpec;
}
/**
 * What the application is; policies say who gets it and how.
 */
export interface AppSpec {
  apple?: AppleApp;
  android?: AndroidApp;
}
/**
 * bundleId is always the identity, because devices report apps by it; appStoreId or manifestUrl says where the app comes from.
 */
export interface AppleApp {
  /**
   * Bundle identifier.
   */
  bundleId: string;
  /**
   * Number of the app in the App Store (iTunes id). Without it and without manifestUrl the device looks the bundle id up itself.
   */
  appStoreId?: number;
  /**
   * Address of the manifest of an in-house app.
   */
  manifestUrl?: string;
  /**
   * Who holds the licence from Apps and Books.
   */
  license?: "device" | "user" | "none";
  /**
   * An app of the App Store is sent again when the device says that the store has an update.
   */
  updateWhenOffered?: boolean;
  /**
   * The app goes when the device leaves management.
   */
  removeOnUnenroll?: boolean;
  /**
   * The app's data stays out of backups.
   */
  preventBackup?: boolean;
  /**
   * Managed app configuration; strings may hold variables and secrets.
   */
  config?: {
    [k: string]: unknown;
  };
  /**
   * App attributes in Apple's own keys, such as VPNUUID.
   */
  attributes?: {
    [k: string]: unknown;
  };
}
/**
 * On Android.
 */
export interface AndroidApp {
  /**
   * Package name.
   */
  package: string;
  /**
   * When it is updated.
   */
  autoUpdate?: "default" | "highPriority" | "postponed";
  /**
   * Managed configuration; strings may hold variables and secrets.
   */
  config?: {
    [k: string]: unknown;
  };
  /**
   * Runtime permissions.
   */
  permissions?: {
    [k: string]: "grant" | "deny" | "prompt";
  };
  /**
   * Closed test tracks, by id.
   *
   * Items: Id of a track.
   */
  trackIds?: string[];
}
/**
 * One book for iPhones and iPads, from an address of your own or from the Book Store.
 */
export interface BookManifest {
  apiVersion: ApiVersion;
  /**
   * Always Book.
   */
  kind: "Book";
  metadata: Metadata;
  spec: BookSpec;
}
/**
 * What the book is: persistentId and url, or appStoreId.
 */
export interface BookSpec {
  /**
   * By which devices report a book of your own; the same for all its versions.
   */
  persistentId?: string;
  /**
   * Where devices fetch it.
   */
  url?: string;
  /**
   * What it is; the ending of the address when absent.
   */
  format?: "pdf" | "epub" | "ibooks";
  /**
   * Its version. A new one is installed in place of the old.
   */
  version?: string;
  /**
   * Its author.
   */
  author?: string;
  /**
   * Its title.
   */
  title?: string;
  /**
   * Number of a book of the Book Store; its user needs a licence, which reeve does not assign.
   */
  appStoreId?: number;
}
/**
 * When devices are asked what they have.
 */
export interface InventoryScheduleManifest {
  apiVersion: ApiVersion;
  /**
   * Always InventorySchedule.
   */
  kind: "InventorySchedule";
  metadata: Metadata;
  spec: InventoryScheduleSpec;
}
/**
 * Exactly one of cron and every.
 */
export interface InventoryScheduleSpec {
  /**
   * Sections that are asked for.
   */
  collect: Section[];
  /**
   * When, in five fields; rounds are at least 15m apart.
   */
  cron?: string;
  /**
   * Time zone of cron. By default the organisation's.
   */
  timeZone?: string;
  /**
   * How often; at least 15m.
   */
  every?: string;
  /**
   * Devices are asked over this long, so that they do not all answer at once; at most as long as rounds are apart.
   */
  spread?: string;
  /**
   * An older report, or none for so long after enrolling, raises an alarm. It is an alarm, not a promise: a device that is off reports nothing.
   */
  maxAge?: string;
}
/**
 * Who gets what. All policies whose target holds a device apply; the higher priority wins where they disagree.
 */
export interface PolicyManifest {
  apiVersion: ApiVersion;
  /**
   * Always Policy.
   */
  kind: "Policy";
  metadata: Metadata;
  spec: PolicySpec;
}
/**
 * A target, and what its devices are given.
 */
export interface PolicySpec {
  target: Target;
  /**
   * Where two policies disagree the higher one wins.
   */
  priority?: number;
  mode?: Mode;
  /**
   * Profiles that are installed.
   */
  profiles?: PolicyProfile[];
  /**
   * Apps, and what becomes of them.
   */
  apps?: PolicyApp[];
  /**
   * Books that are installed on iPhones and iPads.
   */
  books?: PolicyBook[];
  /**
   * InventorySchedules that apply.
   */
  inventory?: string[];
  drift?: Drift;
  rollout?: Rollout;
  /**
   * When actions of the gated risks may be sent: within an allow window if there is one, and in no deny window.
   */
  maintenanceWindows?: MaintenanceWindow[];
}
/**
 * Which devices: the union of the lists, minus exclude. users are the devices they own and, for profiles of scope user, their user channel.
 */
export interface Target {
  /**
   * Names of DeviceGroups.
   */
  groups?: string[];
  /**
   * Devices by manifest name, unique alias, serial or reeve id.
   */
  devices?: string[];
  /**
   * Users by e-mail address: the devices they own.
   */
  users?: string[];
  /**
   * Names of UserGroups: the devices that their members own.
   */
  userGroups?: string[];
  /**
   * Every device. Given alone, or with exclude.
   */
  all?: true;
  exclude?: TargetLists;
}
/**
 * Lists of devices.
 */
export interface TargetLists {
  /**
   * Names of DeviceGroups.
   */
  groups?: string[];
  /**
   * Devices by manifest name, unique alias, serial or reeve id.
   */
  devices?: string[];
  /**
   * Users by e-mail address.
   */
  users?: string[];
  /**
   * Names of UserGroups.
   */
  userGroups?: string[];
}
/**
 * One profile.
 */
export interface PolicyProfile {
  /**
   * Name of a Profile.
   */
  name: string;
  drift?: Drift;
}
/**
 * One app.
 */
export interface PolicyApp {
  /**
   * Name of an App.
   */
  name: string;
  install?: Install;
  onLeave?: OnLeave;
  drift?: Drift;
}
/**
 * One book.
 */
export interface PolicyBook {
  /**
   * Name of a Book.
   */
  name: string;
  onLeave?: OnLeave;
  drift?: Drift;
}
/**
 * Changes of this policy reach its devices in waves.
 */
export interface Rollout {
  /**
   * Shares of the devices, ascending; the last is 100%.
   */
  waves: string[];
  /**
   * How long a wave must be healthy before the next begins.
   */
  soak?: string;
  /**
   * The rollout stops when more than this share of the reports are failures.
   */
  maxFailed?: string;
  /**
   * Reports at least before a wave is judged.
   */
  minReports?: number;
  /**
   * A wave that cannot be judged by then stops the rollout and is shown.
   */
  deadline?: string;
}
/**
 * Exactly one of allow and deny.
 */
export interface MaintenanceWindow {
  allow?: TimeWindow;
  deny?: TimeWindow;
  /**
   * A time zone of the IANA database, or device for the device's own. By default the organisation's.
   */
  timeZone?: string;
  /**
   * Risks that wait for the window.
   */
  gates?: Risk[];
}
/**
 * Lifts profiles or apps from some devices for a time, and ends by itself.
 */
export interface ExemptionManifest {
  apiVersion: ApiVersion;
  /**
   * Always Exemption.
   */
  kind: "Exemption";
  metadata: Metadata;
  spec: ExemptionSpec;
}
/**
 * Whatever it lifts is removed at from and put back at until.
 */
export interface ExemptionSpec {
  target: Target;
  /**
   * Profiles and apps that are lifted.
   */
  lift: string[];
  /**
   * When it begins; at once when absent.
   */
  from?: string;
  /**
   * When it ends: at most 90 days after from, or after now when from is absent.
   */
  until: string;
  /**
   * Why; shown by explain.
   */
  reason: string;
}
/**
 * Does one thing once, on the devices that the target holds when it is admitted.
 */
export interface OperationManifest {
  apiVersion: ApiVersion;
  /**
   * Always Operation.
   */
  kind: "Operation";
  metadata: Metadata;
  spec: OperationSpec;
}
/**
 * The list of devices is frozen once per generation; devices that join later are never hit.
 */
export interface OperationSpec {
  target: Target;
  act: Act;
  /**
   * Raise it to do the same again.
   */
  generation?: number;
  /**
   * What was not sent by then is never sent.
   */
  expiresAt: string;
  /**
   * Why; kept in the log.
   */
  reason: string;
  /**
   * How many devices this hits; another number refuses the act. Needed when the act is destructive, and for anything but an audit on more than ten devices.
   */
  expectedDevices?: number;
  delivery?: Delivery;
}
/**
 * What is done; exactly one.
 */
export interface Act {
  /**
   * Asks for device, security and application inventory at once.
   */
  audit?: {};
  lock?: LockAct;
  clearPasscode?: ClearPasscodeAct;
  lostMode?: LostModeAct;
  /**
   * Turns Lost Mode off.
   */
  endLostMode?: {};
  /**
   * Asks where the device is; Apple: only in Lost Mode.
   */
  locate?: {};
  /**
   * Plays a sound; Apple: only in Lost Mode.
   */
  playSound?: {};
  reboot?: RebootAct;
  /**
   * Turns the device off (supervised iPhones and iPads, and Macs).
   */
  shutdown?: {};
  clearAppData?: ClearAppDataAct;
  /**
   * Gives a company-owned Android device with a work profile to its user: work data goes, private data stays. Destructive.
   */
  relinquishOwnership?: {};
  addEsim?: AddEsimAct;
  removeEsim?: RemoveEsimAct;
  /**
   * Asks a personal Android device for the identifier of its eSIM chip, which a carrier needs; its user is asked (Android 13 and later).
   */
  readEid?: {};
  wipe?: WipeAct;
  unenroll?: UnenrollAct;
  removeProfile?: RemoveProfileAct;
  settings?: SettingsAct;
  /**
   * Removes the Screen Time passcode (supervised iPhones and iPads).
   */
  clearRestrictionsPassword?: {};
  /**
   * Makes the device forget its Activation Lock bypass code; reeve keeps the one it has.
   */
  clearBypassCode?: {};
  setRecoveryLock?: SetRecoveryLockAct;
  verifyRecoveryLock?: VerifyRecoveryLockAct;
  setFirmwarePassword?: SetFirmwarePasswordAct;
  verifyFirmwarePassword?: VerifyFirmwarePasswordAct;
  setAdminPassword?: SetAdminPasswordAct;
  rotateFileVaultKey?: RotateFileVaultKeyAct;
  unlockUser?: UnlockUserAct;
  /**
   * Logs the user of a Shared iPad out.
   */
  logOutUser?: {};
  deleteUser?: DeleteUserAct;
  refreshCellularPlans?: RefreshCellularPlansAct;
  startMirroring?: StartMirroringAct;
  /**
   * Ends the mirroring of the screen.
   */
  stopMirroring?: {};
  /**
   * Turns Remote Desktop of a supervised Mac on.
   */
  startRemoteDesktop?: {};
  /**
   * Turns Remote Desktop of a supervised Mac off.
   */
  stopRemoteDesktop?: {};
}
/**
 * Locks the screen.
 */
export interface LockAct {
  /**
   * Text on the lock screen. Android cannot show it, which is reported; a Shared iPad shows none.
   */
  message?: string;
  /**
   * Number on the lock screen.
   */
  phoneNumber?: string;
  /**
   * Six digits that unlock a Mac; write ${secret:NAME/KEY}. Without it reeve makes one; `reeve secrets show DEVICE unlock-pin` has it.
   */
  pin?: string;
}
/**
 * Removes the passcode, with the unlock token that the device gave when it enrolled; a Mac has none. Android sets newPassword instead; without it the password is taken away.
 */
export interface ClearPasscodeAct {
  /**
   * New password (Android); write ${secret:NAME/KEY}.
   */
  newPassword?: string;
  /**
   * No other way to unlock until it was entered once (Android).
   */
  requireEntry?: boolean;
  /**
   * The device starts without asking for it (Android).
   */
  doNotAskCredentialsOnBoot?: boolean;
  /**
   * Locks at once (Android).
   */
  lockNow?: boolean;
}
/**
 * Turns Lost Mode on; only endLostMode ends it.
 */
export interface LostModeAct {
  /**
   * Text on the screen; message or phoneNumber is needed.
   */
  message?: string;
  /**
   * Number on the screen.
   */
  phoneNumber?: string;
  /**
   * Small text below.
   */
  footnote?: string;
}
/**
 * Restarts the device (Apple supervised and Macs, Android fully managed).
 */
export interface RebootAct {
  /**
   * Asks the user of a Mac to restart, and does not force it (macOS 11.4).
   */
  notifyUser?: boolean;
  /**
   * Rebuilds the kernel cache of a Mac (macOS 11).
   */
  rebuildKernelCache?: boolean;
  /**
   * Kernel extensions that are added to the cache of a Mac; needs rebuildKernelCache.
   */
  kextPaths?: string[];
}
/**
 * Deletes the data of apps (Android 9 and later). Destructive.
 */
export interface ClearAppDataAct {
  /**
   * Package names.
   */
  packages: string[];
}
/**
 * Downloads an eSIM (Android 15 and later).
 */
export interface AddEsimAct {
  /**
   * Activation code of the carrier, which is good for one download; write ${secret:NAME/KEY}.
   */
  activationCode: string;
  /**
   * The eSIM is switched on as well. Without it: on company devices yes, on personal ones its user does that.
   */
  activate?: boolean;
}
/**
 * Deletes an eSIM from the device (Android 15 and later). Destructive.
 */
export interface RemoveEsimAct {
  /**
   * ICCID of the eSIM, as addEsim told it and the inventory of the device has it.
   */
  iccId: string;
}
/**
 * Erases. Company devices as scope says; personal devices lose work data only; unknown ownership refuses. Destructive.
 */
export interface WipeAct {
  /**
   * How much is erased.
   */
  scope?: "work" | "device";
  /**
   * Also while the device is in Lost Mode: it cannot be located any more afterwards. Without it such a device is refused.
   */
  evenIfLost?: boolean;
  /**
   * Keeps the eSIM (Apple: PreserveDataPlan. Android: WIPE_ESIMS is left out).
   */
  keepEsim?: boolean;
  /**
   * Six digits that unlock a Mac afterwards; write ${secret:NAME/KEY}. Without it reeve makes one; `reeve secrets show DEVICE unlock-pin` has it.
   */
  pin?: string;
  /**
   * No set-up from a nearby device afterwards (iPhone and iPad).
   */
  disallowProximitySetup?: boolean;
  /**
   * Factory reset protection stays (Android).
   */
  keepResetProtection?: boolean;
  /**
   * The memory card too (Android).
   */
  wipeExternalStorage?: boolean;
  /**
   * What the user of a personal device is told (Android).
   */
  message?: string;
  /**
   * What a Mac may do that cannot erase all content and settings (macOS 12).
   */
  obliteration?: "never" | "withWarning" | "always" | "default";
  returnToService?: ReturnToService;
}
/**
 * The erased device enrolls again by itself, with a challenge that is good for it alone for 7 days (iOS and iPadOS 17, tvOS 18). Its user must have left Activation Lock.
 */
export interface ReturnToService {
  wifi?: ReturnWifi;
}
/**
 * The network it comes back through; without it the device needs Ethernet.
 */
export interface ReturnWifi {
  /**
   * Name of the network.
   */
  ssid: string;
  /**
   * Password; write ${secret:NAME/KEY}. Without it the network is open.
   */
  password?: string;
  /**
   * The network does not announce itself.
   */
  hidden?: boolean;
}
/**
 * Ends management; managed apps and profiles go. Destructive.
 */
export interface UnenrollAct {
  /**
   * Also while the device is in Lost Mode: nobody can locate it or end that afterwards. Without it such a device is refused.
   */
  evenIfLost?: boolean;
}
/**
 * Removes one profile by its identifier, if reeve installed it.
 */
export interface RemoveProfileAct {
  /**
   * PayloadIdentifier.
   */
  identifier: string;
}
/**
 * Sets settings of the device once; its user may change them afterwards. What must stay as it is belongs into a Profile.
 */
export interface SettingsAct {
  /**
   * Name of the device, such as ${device.alias} (supervised; Macs).
   */
  deviceName?: string;
  /**
   * Host name (macOS).
   */
  hostName?: string;
  /**
   * Time zone in the names of the IANA, such as Europe/Berlin (supervised; iOS and tvOS 14, visionOS 2).
   */
  timeZone?: string;
  /**
   * Bluetooth on or off (supervised; Macs).
   */
  bluetooth?: boolean;
  /**
   * Data roaming on or off (iPhone, iPad).
   */
  dataRoaming?: boolean;
  /**
   * Voice roaming on or off (iPhone, iPad); some carriers only.
   */
  voiceRoaming?: boolean;
  /**
   * Personal hotspot on or off (iPhone, iPad).
   */
  personalHotspot?: boolean;
  /**
   * Diagnostic reports go to Apple, or not (iPhone, iPad).
   */
  diagnostics?: boolean;
  /**
   * App analytics go to developers, or not (iPhone, iPad).
   */
  appAnalytics?: boolean;
  /**
   * The user may lock the activation of a supervised device, or not.
   */
  activationLock?: boolean;
  /**
   * A Mac with Apple silicon tells its user to allow the use of the bootstrap token in recoveryOS, where it was not allowed yet (macOS 11).
   */
  promptForBootstrapToken?: boolean;
  /**
   * Seconds without a passcode after locking (Shared iPad). Since iPadOS 17 use sharedIpad.passcodeGracePeriod.
   */
  passcodeGracePeriod?: 0 | 60 | 300 | 900 | 3600 | 14400;
  wallpaper?: WallpaperSetting;
  /**
   * Which software updates are offered (supervised; iOS 14.5).
   */
  updateCadence?: "all" | "lowest" | "highest";
  organization?: OrganizationSetting;
  accessibility?: AccessibilitySetting;
  sharedIpad?: SharedIpadSetting;
}
/**
 * Picture behind everything (supervised iPhones and iPads). When it is set for the first time, iOS 16 and iPadOS 17 take it for both screens.
 */
export interface WallpaperSetting {
  /**
   * PNG or JPEG of this repository, relative to the folder of this manifest; at most 1 MiB.
   */
  image: string;
  /**
   * Which screen.
   */
  where?: "lock" | "home" | "both";
}
/**
 * What the device says of who manages it.
 */
export interface OrganizationSetting {
  /**
   * Name.
   */
  name: string;
  /**
   * Short name.
   */
  shortName?: string;
  /**
   * Postal address.
   */
  address?: string;
  /**
   * Telephone number.
   */
  phone?: string;
  /**
   * E-mail address.
   */
  email?: string;
  /**
   * Identifier that tells the services of one organization from those of others.
   */
  magic?: string;
}
/**
 * Accessibility (supervised; iOS 16).
 */
export interface AccessibilitySetting {
  /**
   * Bold text.
   */
  boldText?: boolean;
  /**
   * Higher contrast.
   */
  increaseContrast?: boolean;
  /**
   * Less motion.
   */
  reduceMotion?: boolean;
  /**
   * Less transparency.
   */
  reduceTransparency?: boolean;
  /**
   * Size of text.
   */
  textSize?: number;
  /**
   * Touch accommodations.
   */
  touchAccommodations?: boolean;
  /**
   * VoiceOver.
   */
  voiceOver?: boolean;
  /**
   * Zoom.
   */
  zoom?: boolean;
}
/**
 * Storage and sessions of a Shared iPad.
 */
export interface SharedIpadSetting {
  /**
   * Storage of each user.
   */
  quotaMegabytes?: number;
  /**
   * How many users stay on the device.
   */
  residentUsers?: number;
  /**
   * Seconds until an idle user is logged out; 0 is never.
   */
  userSessionTimeout?: number;
  /**
   * The same for temporary sessions.
   */
  temporarySessionTimeout?: number;
  /**
   * Only temporary sessions.
   */
  temporarySessionOnly?: boolean;
  /**
   * Domains of Managed Apple Accounts that the login screen offers; of more than three it picks three by chance (iPadOS 16).
   */
  defaultDomains?: string[];
  /**
   * Days until a known user must sign in online again; 0 is every time (iPadOS 16).
   */
  onlineAuthenticationDays?: number;
  /**
   * Language and region of a new user are chosen by the system (iPadOS 16.2).
   */
  skipLanguageSetup?: boolean;
  /**
   * A user who logs in waits until reeve has configured his channel (iPadOS 17).
   */
  awaitUserConfiguration?: boolean;
  /**
   * Seconds without a passcode after locking (iPadOS 17).
   */
  passcodeGracePeriod?: 0 | 60 | 300 | 900 | 3600 | 14400;
  /**
   * Seconds until an idle iPad goes to sleep (iPadOS 17).
   */
  autoLockSeconds?: number;
}
/**
 * Sets the password of recoveryOS on a Mac with Apple silicon (macOS 11.5).
 */
export interface SetRecoveryLockAct {
  /**
   * New password; write ${secret:NAME/KEY}. Without it reeve makes one; `reeve secrets show DEVICE recovery-lock` has it.
   */
  password?: string;
  /**
   * The one that is set; write ${secret:NAME/KEY}. Without it reeve takes the one that it set last.
   */
  current?: string;
  /**
   * Takes the password away instead.
   */
  clear?: boolean;
}
/**
 * Asks a Mac whether the password of recoveryOS is this one.
 */
export interface VerifyRecoveryLockAct {
  /**
   * The password; write ${secret:NAME/KEY}. Without it the one that reeve set last.
   */
  password?: string;
}
/**
 * Sets the firmware password of a Mac with an Intel processor; it counts from the next restart. Waits for an approval.
 */
export interface SetFirmwarePasswordAct {
  /**
   * New password; write ${secret:NAME/KEY}. Without it reeve makes one; `reeve secrets show DEVICE firmware-password` has it.
   */
  password?: string;
  /**
   * The one that is set; write ${secret:NAME/KEY}. Without it reeve takes the one that it set last.
   */
  current?: string;
  /**
   * Takes the password away instead.
   */
  clear?: boolean;
  /**
   * Option ROMs may run.
   */
  allowOptionRoms?: boolean;
}
/**
 * Asks a Mac whether the firmware password is this one.
 */
export interface VerifyFirmwarePasswordAct {
  /**
   * The password; write ${secret:NAME/KEY}. Without it the one that reeve set last.
   */
  password?: string;
}
/**
 * Sets the password of the administrator account that enrollment made on a Mac.
 */
export interface SetAdminPasswordAct {
  /**
   * GUID of the account, as AutoSetupAdminAccounts reports it.
   */
  guid: string;
  /**
   * New password; write ${secret:NAME/KEY}. Without it reeve makes one; `reeve secrets show DEVICE admin-password` has it.
   */
  password?: string;
}
/**
 * Gives a Mac a new personal recovery key of FileVault, which comes back encrypted and is kept sealed.
 */
export interface RotateFileVaultKeyAct {
  /**
   * The recovery key of now, or the password of a FileVault user; write ${secret:NAME/KEY}. Without it the recovery key that reeve has.
   */
  password?: string;
}
/**
 * Unlocks a local account of a Mac after too many wrong passwords.
 */
export interface UnlockUserAct {
  /**
   * Short name of the account.
   */
  user: string;
}
/**
 * Deletes an account with its data, from a Mac or a Shared iPad. Destructive.
 */
export interface DeleteUserAct {
  /**
   * User name; on a Mac the short name.
   */
  user?: string;
  /**
   * All users of a Shared iPad (iPadOS 14).
   */
  all?: boolean;
  /**
   * Also with data that the cloud does not have yet (Shared iPad).
   */
  force?: boolean;
}
/**
 * Has an iPhone or iPad look for eSIM plans at the server of its carrier.
 */
export interface RefreshCellularPlansAct {
  /**
   * Address of the carrier's eSIM server.
   */
  url: string;
}
/**
 * Asks the user to mirror the screen with AirPlay.
 */
export interface StartMirroringAct {
  /**
   * Name of the destination.
   */
  destination?: string;
  /**
   * Hardware address of the destination.
   */
  deviceId?: string;
  /**
   * How long it is looked for.
   */
  scanSeconds?: number;
  /**
   * Password of the destination; write ${secret:NAME/KEY}.
   */
  password?: string;
}
/**
 * Ends the service life of devices. Destructive: nothing is sent before an approval.
 */
export interface DeprovisionManifest {
  apiVersion: ApiVersion;
  /**
   * Always Deprovision.
   */
  kind: "Deprovision";
  metadata: Metadata;
  spec: DeprovisionSpec;
}
/**
 * What happens follows from state, ownership and platform.
 */
export interface DeprovisionSpec {
  target: Target;
  state: DeprovisionState;
  /**
   * Why; kept in the log.
   */
  reason: string;
  /**
   * How many devices this hits; another number refuses the act.
   */
  expectedDevices: number;
  /**
   * What was not sent by then is never sent.
   */
  expiresAt: string;
  /**
   * How much is erased; needed with state other, and refused with any other state.
   */
  wipe?: "work" | "device";
  /**
   * What the record is called afterwards; only with state other. By default in-stock for company devices and retired for personal ones.
   */
  recordAs?: "in-stock" | "retired" | "lost";
  /**
   * DeviceGroup that the device joins when it enrolls again. By default the organisation's for its platform.
   */
  reenrollGroup?: string;
  /**
   * Also while the device is in Lost Mode: it cannot be located any more afterwards. Without it such a device is refused.
   */
  evenIfLost?: boolean;
  /**
   * Keeps the eSIM.
   */
  keepEsim?: boolean;
  /**
   * Raise it to do the same again.
   */
  generation?: number;
  delivery?: Delivery;
}
/**
 * Where a secret comes from, and who may use it. Never the secret itself.
 */
export interface SecretManifest {
  apiVersion: ApiVersion;
  /**
   * Always Secret.
   */
  kind: "Secret";
  metadata: Metadata;
  spec: SecretSpec;
}
/**
 * Values are read by the daemon at the moment of sending.
 */
export interface SecretSpec {
  /**
   * Where the values are.
   */
  provider: "env" | "file" | "sops";
  /**
   * Manifests that may use it: Profile/NAME, App/NAME, Operation/NAME or Organization/NAME (for its notifications). Any other use is an error.
   *
   * Items: Kind/name.
   */
  allow: string[];
  /**
   * Each key, and where it is. env: a variable of the daemon, whose name begins with REEVE_SECRET_. file: a path below the daemon's secrets folder. sops: PATH#KEY, a file of the repository and the key in it. Without keys any key may be used: env reads REEVE_SECRET_NAME_KEY, file reads NAME/KEY.
   */
  keys?: {
    [k: string]: string;
  };
}
