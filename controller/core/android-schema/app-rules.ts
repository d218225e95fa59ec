import { at, type Broken, type Fields, fields, isSet, list, type Rules, text, whole } from "./rule.ts";

/** What must hold between the apps of a policy, and within each; from the descriptions of ApplicationPolicy. */
export const appRules = {
  ApplicationPolicy: (value) => [
    ...twiceRole(value),
    ...kioskRole(value),
    ...controlledRole(value),
    ...customApp(value),
    ...longTexts(value.managedConfiguration, ["managedConfiguration"]),
  ],
  InstallConstraint: (value) =>
    Object.values(value).some(isSet) ? [] : [at([], "empty-constraint", "needs one of its fields")],
  ManagedConfigurationTemplate: (value) =>
    value.templateId === undefined || /^\d+$/.test(text(value.templateId))
      ? []
      : [at(["templateId"], "template-digits", "must consist of digits")],
} satisfies Rules;

/** What must hold between all apps of a policy. */
export function appListRules(policy: Fields): readonly Broken[] {
  const apps = list(policy.applications).map(fields);
  const indexes = (holds: (app: Fields) => boolean): readonly number[] =>
    apps.flatMap((app, index) => (holds(app) ? [index] : []));
  const over = (
    found: readonly number[],
    most: number,
    field: string,
    rule: string,
    says: string,
  ): Broken[] => found.slice(most).map((index) => at(["applications", index, field], rule, says));
  const kiosks = indexes((app) => app.installType === "KIOSK");
  return [
    ...over(
      indexes((app) => (whole(app.minimumVersionCode) ?? 0) > 0),
      20,
      "minimumVersionCode",
      "version-codes",
      "can be set for 20 apps at most",
    ),
    ...over(kiosks, 1, "installType", "kiosks", "can be KIOSK for one app only"),
    ...over(
      indexes((app) => isSet(app.extensionConfig)),
      1,
      "extensionConfig",
      "extensions",
      "can be set for one app only",
    ),
    ...(apps.some((app) => rolesOf(app).includes("COMPANION_APP"))
      ? indexes((app) => isSet(app.extensionConfig)).map((index) =>
          at(
            ["applications", index, "extensionConfig"],
            "companion",
            "excludes an app with the role COMPANION_APP",
          ),
        )
      : []),
    ...sharedRoles(apps),
    ...(kiosks.length === 0
      ? []
      : indexes((app) => rolesOf(app).includes("KIOSK")).map((index) =>
          at(["applications", index, "roles"], "kiosk-role-and-type", "excludes an app of installType KIOSK"),
        )),
  ];
}

function sharedRoles(apps: readonly Fields[]): readonly Broken[] {
  const holders = new Map<string, number>();
  return apps.flatMap((app, index) =>
    rolesOf(app).flatMap((role, place) => {
      const holder = holders.get(role) ?? index;
      holders.set(role, holder);
      if (holder === index) return [];
      return [
        at(["applications", index, "roles", place, "roleType"], "shared-role", "is held by another app"),
      ];
    }),
  );
}

function rolesOf(app: Fields): readonly string[] {
  return list(app.roles).map((role) => text(fields(role).roleType));
}

function twiceRole(app: Fields): readonly Broken[] {
  const roles = rolesOf(app);
  return roles.flatMap((role, index) =>
    roles.indexOf(role) === index
      ? []
      : [at(["roles", index, "roleType"], "twice", "is already in the list")],
  );
}

function kioskRole(app: Fields): readonly Broken[] {
  const fits = ["REQUIRED_FOR_SETUP", "CUSTOM"].includes(text(app.installType));
  if (fits || !rolesOf(app).includes("KIOSK")) return [];
  return [
    at(["installType"], "kiosk-install-type", "must be REQUIRED_FOR_SETUP or CUSTOM with the role KIOSK"),
  ];
}

/** Roles whose apps users must not be able to stop. */
const protectedRoles: ReadonlySet<string> = new Set([
  "COMPANION_APP",
  "MOBILE_THREAT_DEFENSE_ENDPOINT_DETECTION_RESPONSE",
  "SYSTEM_HEALTH_MONITORING",
]);

function controlledRole(app: Fields): readonly Broken[] {
  const role = rolesOf(app).find((one) => protectedRoles.has(one));
  if (role === undefined || app.userControlSettings !== "USER_CONTROL_ALLOWED") return [];
  return [
    at(["userControlSettings"], "user-control", `cannot be USER_CONTROL_ALLOWED with the role ${role}`),
  ];
}

/** What only Google Play can do, an app that is not of Google Play cannot ask for. */
const ofPlay = [
  "minimumVersionCode",
  "accessibleTrackIds",
  "autoUpdateMode",
  "installConstraint",
  "installPriority",
] as const;

function customApp(app: Fields): readonly Broken[] {
  if (app.installType !== "CUSTOM")
    return isSet(app.customAppConfig)
      ? [at(["customAppConfig"], "custom-app", "needs installType CUSTOM")]
      : [];
  const unsigned = isSet(app.signingKeyCerts)
    ? []
    : [at(["signingKeyCerts"], "custom-app-certificates", "is missing: installType is CUSTOM")];
  const playing = ofPlay
    .filter((field) => isSet(app[field]))
    .map((field) => at([field], "custom-app-play", "cannot be set with installType CUSTOM"));
  return [...unsigned, ...playing];
}

/** Texts of a managed configuration, at any depth. */
function longTexts(value: unknown, path: readonly (string | number)[]): readonly Broken[] {
  if (typeof value === "string")
    return value.length > 65_535 ? [at(path, "config-length", "must have 65535 characters at most")] : [];
  if (Array.isArray(value)) return value.flatMap((one, index) => longTexts(one, [...path, index]));
  return Object.entries(fields(value)).flatMap(([name, one]) => longTexts(one, [...path, name]));
}
