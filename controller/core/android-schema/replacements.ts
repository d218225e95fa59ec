/** What to write instead of something deprecated. */
export interface Replacement {
  /** A field, from the policy; or a value of the same field. */
  readonly by?: string;
  /** What it does today, as a sentence, where that is nothing. */
  readonly says?: string;
}

const noEffect = "It has no effect.";

/**
 * Replacements by `Schema.field`, or `Schema.field=VALUE`. The document says only in words which they are, in the
 * descriptions of the old field or of the new one. Deprecated things that are not here have none.
 */
const replacements: Readonly<Record<string, Replacement>> = {
  "ApplicationPolicy.extensionConfig": { by: "roles with roleType COMPANION_APP" },
  "ApplicationPolicy.installType=KIOSK": { by: "REQUIRED_FOR_SETUP with roles of roleType KIOSK" },
  "ApplicationPolicy.lockTaskAllowed": { by: "roles with roleType KIOSK" },
  "ApplicationReport.signingKeyCertFingerprints": { by: "signingKeyCerts" },
  "EnrollmentToken.user": { says: "Its value is ignored." },
  "Enterprise.appAutoApprovalEnabled": { says: noEffect },
  "ExtensionConfig.signingKeyFingerprintsSha256": { by: "signingKeyCerts" },
  "NetworkInfo.networkOperatorName": { by: "telephonyInfos" },
  "PersonalUsagePolicies.personalPlayStoreMode=BLACKLIST": { by: "BLOCKLIST" },
  "Policy.androidDevicePolicyTracks": { says: "Any value is ignored." },
  "Policy.autoTimeRequired": { by: "autoDateAndTimeZone" },
  "Policy.blockApplicationsEnabled": { says: noEffect },
  "Policy.cameraDisabled": { by: "cameraAccess" },
  "Policy.complianceRules": { by: "policyEnforcementRules" },
  "Policy.debuggingFeaturesAllowed": { by: "advancedSecurityOverrides.developerSettings" },
  "Policy.ensureVerifyAppsEnabled": { by: "advancedSecurityOverrides.googlePlayProtectVerifyApps" },
  "Policy.installUnknownSourcesAllowed": {
    by: "advancedSecurityOverrides.untrustedAppsPolicy",
    says: noEffect,
  },
  "Policy.locationMode=BATTERY_SAVING": { by: "LOCATION_ENFORCED" },
  "Policy.locationMode=HIGH_ACCURACY": { by: "LOCATION_ENFORCED" },
  "Policy.locationMode=OFF": { by: "LOCATION_DISABLED" },
  "Policy.locationMode=SENSORS_ONLY": { by: "LOCATION_ENFORCED" },
  "Policy.passwordRequirements": { by: "passwordPolicies" },
  "Policy.safeBootDisabled": { by: "advancedSecurityOverrides.developerSettings" },
  "Policy.statusBarDisabled": { by: "kioskCustomLauncherEnabled" },
  "Policy.tetheringConfigDisabled": { by: "deviceConnectivityManagement.tetheringSettings" },
  "Policy.unmuteMicrophoneDisabled": { by: "microphoneAccess" },
  "Policy.usbFileTransferDisabled": { by: "deviceConnectivityManagement.usbDataAccess" },
  "Policy.wifiConfigDisabled": { by: "deviceConnectivityManagement.configureWifi" },
};

/** What stands in for a deprecated field, or value of it; empty when the document names nothing. */
export function replacementOf(schema: string, field: string, value?: string): Replacement {
  const place = value === undefined ? `${schema}.${field}` : `${schema}.${field}=${value}`;
  return Object.hasOwn(replacements, place) ? (replacements[place] ?? {}) : {};
}

/** All places that have a replacement, and it. */
export function allReplacements(): readonly (readonly [string, Replacement])[] {
  return Object.entries(replacements);
}
