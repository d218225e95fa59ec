import type { AndroidNeed } from "./android-needs.ts";
import { installTypes } from "./android-policy/install-types.ts";
import { leavesOf } from "./android-policy/leaves.ts";
import { type AndroidPorts, fingerprintOf } from "./compile-android.ts";
import type { AndroidForm, ItemUse } from "./compiled.ts";
import { isPerDevice, secretsIn } from "./compiled-content.ts";
import type { AndroidApp } from "./generated/manifest.ts";
import type { Manifest } from "./manifest.ts";
import type { Origin } from "./origin.ts";

const updates = {
  default: "AUTO_UPDATE_DEFAULT",
  highPriority: "AUTO_UPDATE_HIGH_PRIORITY",
  postponed: "AUTO_UPDATE_POSTPONED",
} as const;

const grants = { grant: "GRANT", deny: "DENY", prompt: "PROMPT" } as const;

/** What an App is on Android devices, a content kept for each way in which policies want it. */
export function androidAppForm(
  manifest: Manifest<"App">,
  android: AndroidApp,
  wishes: Iterable<ItemUse["install"]>,
  ports: AndroidPorts,
): AndroidForm {
  const settings = settingsOf(android);
  const secrets = secretsIn(settings);
  const fingerprint = fingerprintOf(secrets, ports);
  const digests = [...wishes].map((wish) => {
    const application = { packageName: android.package, installType: installTypes[wish] };
    if (wish === "blocked") return [wish, ports.keep({ kind: "AndroidApp", application })] as const;
    const role = wish === "kiosk" ? { roles: [{ roleType: "KIOSK" }] } : {};
    const content = { kind: "AndroidApp" as const, application: { ...application, ...settings, ...role } };
    return [wish, ports.keep({ ...content, ...fingerprint })] as const;
  });
  const needs = needsOfApp(android);
  return {
    kind: "AndroidApp",
    id: android.package,
    digests: Object.fromEntries(digests),
    secrets,
    ...(needs.length === 0 ? {} : { needs }),
    ...(isPerDevice(settings) ? { perDevice: true as const } : {}),
    values: {},
    places: placesOf(manifest, android, settings),
  };
}

/** What a device must be like to show one app alone: to lock a task is for whoever manages all of the device. */
export const kioskNeed: AndroidNeed = { names: ["install: kiosk"], fullyManaged: true, whole: true };

function settingsOf(android: AndroidApp): Readonly<Record<string, unknown>> {
  const permissions = Object.entries(android.permissions ?? {});
  const tracks = android.trackIds ?? [];
  return {
    ...(android.autoUpdate === undefined ? {} : { autoUpdateMode: updates[android.autoUpdate] }),
    ...(android.config === undefined ? {} : { managedConfiguration: android.config }),
    ...(tracks.length === 0 ? {} : { accessibleTrackIds: [...tracks].sort() }),
    ...(permissions.length === 0
      ? {}
      : {
          permissionGrants: permissions
            .map(([permission, policy]) => ({ permission, policy: grants[policy] }))
            .sort((a, b) => (a.permission < b.permission ? -1 : 1)),
        }),
  };
}

/** Permissions that only fully managed devices give by themselves since Android 12 (PermissionGrant, GRANT). */
const sensors: ReadonlySet<string> = new Set(
  [
    "ACCESS_BACKGROUND_LOCATION",
    "ACCESS_COARSE_LOCATION",
    "ACCESS_FINE_LOCATION",
    "ACTIVITY_RECOGNITION",
    "BODY_SENSORS",
    "CAMERA",
    "READ_SMS",
    "RECORD_AUDIO",
  ].map((name) => `android.permission.${name}`),
);

/** What a device must be like for all of an app's permissions. */
export function needsOfApp({ permissions = {} }: Pick<AndroidApp, "permissions">): readonly AndroidNeed[] {
  const names = Object.entries(permissions).flatMap(([permission, policy]) =>
    policy === "grant" && sensors.has(permission) ? [`permissions ${permission}: grant`] : [],
  );
  return names.length === 0 ? [] : [{ names: names.sort(), fullyManaged: true }];
}

const fields = {
  autoUpdateMode: "autoUpdate",
  managedConfiguration: "config",
  accessibleTrackIds: "trackIds",
} as const;

/** How it is installed is said in policies and stands at no place here. */
function placesOf(
  manifest: Manifest<"App">,
  { package: packageName }: AndroidApp,
  settings: Readonly<Record<string, unknown>>,
): Readonly<Record<string, Origin>> {
  const leaves = leavesOf({ applications: [{ packageName, ...settings }] });
  return Object.fromEntries(
    leaves.map(({ path, steps }) => {
      const [, , field, entry] = steps;
      const at =
        field === "permissionGrants" && typeof entry === "object"
          ? ["permissions", entry.value]
          : [fields[field as keyof typeof fields] ?? "package"];
      return [path, manifest.at(["spec", "android", ...at]).origin];
    }),
  );
}
