import { type AndroidPath, readAndroid } from "./read-value.ts";

/** What an Android device must be like for a field of a policy to do anything. */
export interface FieldNeed {
  /** Managed as a whole, also as a dedicated device. */
  readonly fullyManaged?: true;
  readonly workProfile?: true;
  /** The company's own device, whatever its mode. */
  readonly company?: true;
  /** Version of Android. */
  readonly since?: string;
}

const fullyManaged = { fullyManaged: true } as const;
const workProfile = { workProfile: true } as const;
const company = { company: true } as const;

/**
 * Needs by `Schema.field`, or `Schema.field=VALUE` where only that value needs something. Each is from the description
 * of the field or the value in Google's document, which has them in words only; written by hand. Where a version is
 * another for each mode, it is the lowest: a device that does not comply says so itself.
 */
const needs: Readonly<Record<string, FieldNeed>> = {
  "AdvancedSecurityOverrides.contentProtectionPolicy=CONTENT_PROTECTION_ENFORCED": { since: "15" },
  "AdvancedSecurityOverrides.mtePolicy=MTE_DISABLED": { ...fullyManaged, since: "14" },
  "AdvancedSecurityOverrides.mtePolicy=MTE_ENFORCED": { ...company, since: "14" },
  "ApnPolicy.apnSettings": { since: "10" },
  "ApnPolicy.overrideApns=OVERRIDE_APNS_ENABLED": { ...fullyManaged, since: "10" },
  "CrossDevicePolicies.nearbyAppStreaming": { since: "13" },
  "CrossDevicePolicies.nearbyNotificationStreaming": { since: "13" },
  "CrossProfilePolicies.exemptionsToShowWorkContactsInPersonalProfile": { since: "14" },
  "CrossProfilePolicies.showWorkContactsInPersonalProfile=SHOW_WORK_CONTACTS_IN_PERSONAL_PROFILE_DISALLOWED_EXCEPT_SYSTEM":
    { since: "14" },
  "DeviceConnectivityManagement.configureWifi=DISALLOW_ADD_WIFI_CONFIG": { ...company, since: "13" },
  "DeviceConnectivityManagement.configureWifi=DISALLOW_CONFIGURING_WIFI": company,
  "DeviceConnectivityManagement.preferentialNetworkServiceSettings": { since: "13" },
  "DeviceConnectivityManagement.tetheringSettings=DISALLOW_ALL_TETHERING": company,
  "DeviceConnectivityManagement.tetheringSettings=DISALLOW_WIFI_TETHERING": { ...company, since: "13" },
  "DeviceConnectivityManagement.usbDataAccess=DISALLOW_USB_DATA_TRANSFER": { ...company, since: "12" },
  "DeviceConnectivityManagement.usbDataAccess=DISALLOW_USB_FILE_TRANSFER": company,
  "DeviceConnectivityManagement.wifiDirectSettings=DISALLOW_WIFI_DIRECT": { ...company, since: "13" },
  "DeviceConnectivityManagement.wifiSsidPolicy": { ...company, since: "13" },
  "DeviceRadioState.airplaneModeState=AIRPLANE_MODE_DISABLED": { since: "9" },
  "DeviceRadioState.cellularTwoGState=CELLULAR_TWO_G_DISABLED": { since: "14" },
  "DeviceRadioState.minimumWifiSecurityLevel=ENTERPRISE_BIT192_NETWORK_SECURITY": { since: "13" },
  "DeviceRadioState.minimumWifiSecurityLevel=ENTERPRISE_NETWORK_SECURITY": { since: "13" },
  "DeviceRadioState.minimumWifiSecurityLevel=PERSONAL_NETWORK_SECURITY": { since: "13" },
  "DeviceRadioState.ultraWidebandState=ULTRA_WIDEBAND_DISABLED": { since: "14" },
  "DeviceRadioState.userInitiatedAddEsimSettings=USER_INITIATED_ADD_ESIM_DISALLOWED": company,
  "DeviceRadioState.wifiState=WIFI_DISABLED": { since: "13" },
  "DeviceRadioState.wifiState=WIFI_ENABLED": { since: "13" },
  "Policy.adjustVolumeDisabled=true": fullyManaged,
  "Policy.assistContentPolicy=ASSIST_CONTENT_DISALLOWED": { since: "15" },
  "Policy.autoDateAndTimeZone=AUTO_DATE_AND_TIME_ZONE_ENFORCED": company,
  "Policy.autofillPolicy=AUTOFILL_DISABLED": { since: "8" },
  "Policy.backupService=BACKUP_SERVICE_DISABLED": { ...fullyManaged, since: "8" },
  "Policy.backupService=BACKUP_SERVICE_USER_CHOICE": { ...fullyManaged, since: "8" },
  "Policy.credentialProviderPolicyDefault": { since: "14" },
  "Policy.crossProfilePolicies": workProfile,
  "Policy.keyguardDisabled=true": fullyManaged,
  "Policy.microphoneAccess=MICROPHONE_ACCESS_DISABLED": fullyManaged,
  "Policy.microphoneAccess=MICROPHONE_ACCESS_ENFORCED": fullyManaged,
  "Policy.networkResetDisabled=true": fullyManaged,
  "Policy.personalUsagePolicies": { ...workProfile, ...company },
  "Policy.preferentialNetworkService=PREFERENTIAL_NETWORK_SERVICE_ENABLED": { since: "12" },
  "Policy.printingPolicy=PRINTING_DISALLOWED": { since: "9" },
  "Policy.setUserIconDisabled=true": { since: "7" },
  "Policy.unmuteMicrophoneDisabled=true": fullyManaged,
  "Policy.usbFileTransferDisabled=true": company,
  "Policy.wifiConfigDisabled=true": company,
  "Policy.wipeDataFlags=WIPE_ESIMS": { since: "15" },
  "PrivateDnsSettings.privateDnsMode=PRIVATE_DNS_AUTOMATIC": { ...company, since: "10" },
  "PrivateDnsSettings.privateDnsMode=PRIVATE_DNS_SPECIFIED_HOST": { ...fullyManaged, since: "10" },
  "ScreenBrightnessSettings.screenBrightnessMode=BRIGHTNESS_AUTOMATIC": { ...company, since: "9" },
  "ScreenBrightnessSettings.screenBrightnessMode=BRIGHTNESS_FIXED": { ...company, since: "9" },
  "ScreenTimeoutSettings.screenTimeoutMode=SCREEN_TIMEOUT_ENFORCED": { ...company, since: "9" },
  "StatusReportingSettings.commonCriteriaModeEnabled=true": company,
  "StatusReportingSettings.displayInfoEnabled=true": company,
  "StatusReportingSettings.hardwareStatusEnabled=true": company,
  "StatusReportingSettings.powerManagementEventsEnabled=true": company,
  "UsageLog.enabledLogTypes=NETWORK_ACTIVITY_LOGS": { ...company, since: "8" },
  "UsageLog.enabledLogTypes=SECURITY_LOGS": { ...company, since: "7" },
};

/** A field of a fragment that not every device knows, and what a device must be like to. */
export interface NeedOfField {
  readonly path: AndroidPath;
  readonly need: FieldNeed;
}

/** What devices must be like for the fields of a policy, or of a fragment. Total. */
export function fieldNeeds(policy: unknown): readonly NeedOfField[] {
  return readAndroid("Policy", policy).uses.flatMap(({ path, schema, name, value }) =>
    [`${schema}.${name}`, ...[value].flat().map((one) => `${schema}.${name}=${one}`)].flatMap((place) => {
      const need = Object.hasOwn(needs, place) ? needs[place] : undefined;
      return need === undefined || value === null ? [] : [{ path, need }];
    }),
  );
}

/** All places that have a need, as `Schema.field` or `Schema.field=VALUE`. */
export function neededPlaces(): readonly string[] {
  return Object.keys(needs);
}
