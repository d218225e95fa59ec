import type { Fields } from "./android-policy/leaves.ts";
import type { Expressed, PolicyPart, SettingPath } from "./android-settings.ts";
import type { Restrictions } from "./generated/manifest.ts";

interface Known {
  readonly policy: (allowed: boolean) => Fields;
  readonly need?: PolicyPart["need"];
}

const company = { company: true } as const;
const fullyManaged = { fullyManaged: true } as const;
const workProfile = { workProfile: true } as const;

const disabled =
  (field: string) =>
  (allowed: boolean): Fields => ({ [field]: !allowed });

const connectivity =
  (field: string, yes: string, no: string) =>
  (allowed: boolean): Fields => ({ deviceConnectivityManagement: { [field]: allowed ? yes : no } });

/**
 * Our names against Google's, and where Google's reference, or Android's of the restriction behind it (UserManager),
 * limits them to some devices. What has no entry Android cannot forbid.
 */
const known: Readonly<Partial<Record<keyof Restrictions, Known>>> = {
  allowCamera: {
    policy: (allowed) => ({ cameraAccess: allowed ? "CAMERA_ACCESS_USER_CHOICE" : "CAMERA_ACCESS_DISABLED" }),
  },
  allowScreenCapture: { policy: disabled("screenCaptureDisabled") },
  allowAppInstallation: { policy: disabled("installAppsDisabled") },
  allowAppRemoval: { policy: disabled("uninstallAppsDisabled") },
  allowUntrustedApps: {
    policy: (allowed) => ({
      advancedSecurityOverrides: {
        untrustedAppsPolicy: allowed ? "ALLOW_INSTALL_DEVICE_WIDE" : "DISALLOW_INSTALL",
      },
    }),
  },
  allowFactoryReset: { policy: disabled("factoryResetDisabled"), need: company },
  allowAccountChanges: { policy: disabled("modifyAccountsDisabled") },
  allowBluetoothChanges: { policy: disabled("bluetoothConfigDisabled"), need: company },
  allowVpnChanges: { policy: disabled("vpnConfigDisabled") },
  allowTethering: {
    policy: connectivity("tetheringSettings", "ALLOW_ALL_TETHERING", "DISALLOW_ALL_TETHERING"),
    need: company,
  },
  allowUsbData: {
    policy: connectivity("usbDataAccess", "ALLOW_USB_DATA_TRANSFER", "DISALLOW_USB_DATA_TRANSFER"),
    need: company,
  },
  allowDateTimeChanges: {
    policy: (allowed) => ({
      autoDateAndTimeZone: `AUTO_DATE_AND_TIME_ZONE_${allowed ? "USER_CHOICE" : "ENFORCED"}`,
    }),
    need: company,
  },
  allowWallpaperChanges: { policy: disabled("setWallpaperDisabled"), need: fullyManaged },
  allowCloudBackup: {
    policy: (allowed) => ({ backupService: `BACKUP_SERVICE_${allowed ? "USER_CHOICE" : "DISABLED"}` }),
    need: { ...fullyManaged, since: "8" },
  },
  allowAirDrop: { policy: disabled("outgoingBeamDisabled") },
  allowOpenFromManagedToUnmanaged: {
    policy: (allowed) => ({
      crossProfilePolicies: {
        crossProfileDataSharing: allowed
          ? "CROSS_PROFILE_DATA_SHARING_ALLOWED"
          : "DATA_SHARING_FROM_WORK_TO_PERSONAL_DISALLOWED",
      },
    }),
    need: workProfile,
  },
};

/** What users may do, in Google's keys. What Android never forbids may be allowed without a word. */
export function restrictionParts(restrictions: Restrictions): Expressed {
  const said = Object.entries(restrictions) as [keyof Restrictions, boolean | undefined][];
  const given = said.filter((one): one is [keyof Restrictions, boolean] => one[1] !== undefined);
  const at = (name: string): SettingPath => ["settings", "restrictions", name];
  return {
    parts: given.flatMap(([name, allowed]) => {
      const one = known[name];
      if (one === undefined) return [];
      const part = { at: at(name), policy: one.policy(allowed) };
      // To allow what a device never forbids needs nothing of it.
      return [one.need === undefined || allowed ? part : { ...part, need: one.need }];
    }),
    inexpressible: given
      .filter(([name, value]) => known[name] === undefined && value !== isNothing(name))
      .map(([name]) => ({ at: at(name), reason: "Android has no such restriction" })),
  };
}

/** The value by which a restriction restricts nothing. */
function isNothing(name: keyof Restrictions): boolean {
  return name !== "forceEncryptedBackup";
}
