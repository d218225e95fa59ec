import { expect, test } from "vitest";
import { limitedFields } from "./limits.ts";
import { checkAndroid, readAndroid } from "./read-value.ts";
import { ruledSchemas } from "./rules.ts";
import { androidField, androidSchema } from "./tables.ts";

/** What is wrong, as `path type`. */
function faults(schema: string, value: unknown): readonly string[] {
  return checkAndroid(schema, value).map(({ path, fault }) =>
    [path.join("."), fault.type, fault.type === "rule" ? fault.rule : ""].join(" ").trim(),
  );
}

test("a policy as Google takes it has no faults", () => {
  const policy = {
    cameraAccess: "CAMERA_ACCESS_DISABLED",
    maximumTimeToLock: "600000",
    minimumApiLevel: 30,
    vpnConfigDisabled: true,
    passwordPolicies: [{ passwordQuality: "COMPLEXITY_HIGH", passwordExpirationTimeout: "7776000s" }],
    policyEnforcementRules: [
      {
        settingName: "passwordPolicies",
        blockAction: { blockAfterDays: 1 },
        wipeAction: { wipeAfterDays: 10 },
      },
    ],
    openNetworkConfiguration: { NetworkConfigurations: [{ GUID: "a", WiFi: { SSID: "x", Any: [1, null] } }] },
    applications: [
      {
        packageName: "com.example.app",
        installType: "FORCE_INSTALLED",
        managedConfiguration: { server: "https://example.com", deep: { list: [{ a: true }] } },
        signingKeyCerts: [{ signingKeyCertFingerprintSha256: `${"A".repeat(43)}=` }],
      },
    ],
    longSupportMessage: { defaultMessage: "Ask us.", localizedMessages: { de: "Frag uns." } },
    cameraDisabled: null,
  };
  expect(faults("Policy", policy)).toEqual([]);
});

test("unknown fields, wrong types, values that no enum has and missing fields are found where they are", () => {
  const found = checkAndroid("Policy", {
    cameraAcess: "CAMERA_ACCESS_DISABLED",
    cameraAccess: "DISABLED",
    vpnConfigDisabled: "yes",
    applications: [{ packageName: "a", permissionGrants: [{ permission: "x", policy: 3 }] }, "b"],
    keyguardDisabledFeatures: ["CAMERA", "CAMERAS"],
    deviceConnectivityManagement: { wifiRoamingPolicy: { wifiRoamingSettings: [{ wifiSsid: "x" }] } },
    passwordPolicies: { passwordQuality: "NUMERIC" },
  });
  expect(found.map(({ path, schema, field, fault }) => [path.join("."), schema, field, fault.type])).toEqual([
    ["cameraAcess", "Policy", "cameraAcess", "unknown-field"],
    ["cameraAccess", "Policy", "cameraAccess", "bad-enum"],
    ["vpnConfigDisabled", "Policy", "vpnConfigDisabled", "wrong-type"],
    ["applications.0.permissionGrants.0.policy", "PermissionGrant", "policy", "bad-enum"],
    ["applications.1", "Policy", "applications", "wrong-type"],
    ["keyguardDisabledFeatures.1", "Policy", "keyguardDisabledFeatures", "bad-enum"],
    [
      "deviceConnectivityManagement.wifiRoamingPolicy.wifiRoamingSettings.0.wifiRoamingMode",
      "WifiRoamingSetting",
      "wifiRoamingMode",
      "missing-field",
    ],
    ["passwordPolicies", "Policy", "passwordPolicies", "wrong-type"],
  ]);
  expect(found[1]?.fault).toMatchObject({ allowed: expect.arrayContaining(["CAMERA_ACCESS_DISABLED"]) });
});

test.each([
  [
    "int64",
    "Policy",
    "maximumTimeToLock",
    [1, "1", "-9223372036854775808"],
    [1.5, "1.5", true, "9223372036854775808", 1e300],
  ],
  ["int32", "Policy", "minimumApiLevel", [30, "30"], [30.5, 2 ** 31, "x"]],
  ["duration", "EnrollmentToken", "duration", ["3600s", "60.5s"], [3600, "1h", "60"]],
  ["boolean", "Policy", "vpnConfigDisabled", [true, false], ["true", 1]],
  [
    "bytes",
    "ApplicationSigningKeyCert",
    "signingKeyCertFingerprintSha256",
    [`${"_-".repeat(21)}A`, `${"a/".repeat(21)}A=`],
    ["!", 3],
  ],
  [
    "timestamp",
    "Application",
    "updateTime",
    ["2026-01-02T03:04:05.123456789Z"],
    ["2026-01-02", "2026-13-02T00:00:00Z", 1],
  ],
] as const)("forms of %s", (_, schema, field, good, bad) => {
  const types = (value: unknown): readonly string[] =>
    checkAndroid(schema, { [field]: value }).map(({ fault }) => fault.type);
  for (const value of good) expect([value, types(value)]).toEqual([value, []]);
  for (const value of bad) expect([value, types(value)]).toEqual([value, ["wrong-type"]]);
});

test("limits that Google says in words", () => {
  const apps = Array.from({ length: 3001 }, (_, index) => ({ packageName: `com.example.a${index}` }));
  expect(faults("Policy", { applications: apps.slice(1) })).toEqual([]);
  expect(faults("Policy", { applications: apps })).toEqual(["applications limit"]);
  expect(faults("ApplicationPolicy", { installPriority: 10_000 })).toEqual([]);
  expect(faults("ApplicationPolicy", { installPriority: 10_001 })).toEqual(["installPriority limit"]);
  expect(faults("EnrollmentToken", { additionalData: "😀".repeat(1024) })).toEqual([]);
  expect(faults("EnrollmentToken", { additionalData: "x".repeat(1025) })).toEqual(["additionalData limit"]);
  const certificate = { signingKeyCertFingerprintSha256: "AAAA" };
  expect(faults("ApplicationSigningKeyCert", certificate)).toEqual(["signingKeyCertFingerprintSha256 limit"]);
});

test("rules between fields", () => {
  const rule = (block: object | undefined, wipe: object | undefined) =>
    faults("PolicyEnforcementRule", { settingName: "x", blockAction: block, wipeAction: wipe });
  expect(rule({ blockAfterDays: 1 }, undefined)).toEqual(["rule block-and-wipe"]);
  expect(rule({ blockAfterDays: 3 }, { wipeAfterDays: 3 })).toEqual([
    "wipeAction.wipeAfterDays rule wipe-after-block",
  ]);
  expect(rule({}, { wipeAfterDays: 1 })).toEqual([]);
  expect(faults("PersonalUsagePolicies", { maxDaysWithWorkOff: 2 })).toEqual([
    "maxDaysWithWorkOff rule work-off-days",
  ]);
  expect(faults("PersonalUsagePolicies", { maxDaysWithWorkOff: 0 })).toEqual([]);
  expect(faults("StartLostModeParams", { lostOrganization: { defaultMessage: "Acme" } })).toEqual([
    "rule lost-mode-text",
  ]);
  expect(faults("WipeParams", { wipeReason: { defaultMessage: "x".repeat(201) } })).toEqual([
    "wipeReason rule wipe-reason-length",
  ]);
  expect(faults("UserFacingMessage", { localizedMessages: { de: "x" } })).toEqual([
    "defaultMessage rule default-message",
  ]);
  expect(faults("EnrollmentToken", { duration: "59s" })).toEqual(["duration rule token-duration"]);
});

test("rules between apps", () => {
  const kiosk = { roles: [{ roleType: "KIOSK" }] };
  const app = (name: string, more: object) => ({ packageName: name, ...more });
  expect(
    faults("Policy", {
      applications: [
        app("a", { ...kiosk, installType: "REQUIRED_FOR_SETUP" }),
        app("b", { ...kiosk, installType: "AVAILABLE" }),
        app("c", { installType: "KIOSK" }),
        app("d", { installType: "CUSTOM", minimumVersionCode: 3 }),
      ],
    }),
  ).toEqual([
    "applications.1.installType rule kiosk-install-type",
    "applications.3.signingKeyCerts rule custom-app-certificates",
    "applications.3.minimumVersionCode rule custom-app-play",
    "applications.1.roles.0.roleType rule shared-role",
    "applications.0.roles rule kiosk-role-and-type",
    "applications.1.roles rule kiosk-role-and-type",
  ]);
  const versions = Array.from({ length: 21 }, (_, index) => app(`a${index}`, { minimumVersionCode: 1 }));
  expect(faults("Policy", { applications: versions })).toEqual([
    "applications.20.minimumVersionCode rule version-codes",
  ]);
});

test("what is written by hand names fields and schemas that exist", () => {
  for (const place of limitedFields()) {
    const [schema = "", field = ""] = place.split(".");
    expect([place, androidField(schema, field)?.type]).not.toEqual([place, undefined]);
  }
  for (const schema of ruledSchemas())
    expect([schema, androidSchema(schema)]).not.toEqual([schema, undefined]);
});

test("fields of the newer client are taken", () => {
  const value = { personalUsagePolicies: { crossDevicePolicies: { taskContinuityHandoff: "ANY" } } };
  expect(faults("Policy", value)).toEqual([]);
  expect(faults("NonComplianceDetail", { nonComplianceReason: "OS_NOT_PERMITTED" })).toEqual([]);
});

test("every field that is set is told, also the ones that Google writes itself", () => {
  const { uses } = readAndroid("Policy", { version: "3", kioskCustomization: { statusBar: null } }, ["spec"]);
  expect(uses.map(({ path, schema, field }) => [path.join("."), schema, field.outputOnly])).toEqual([
    ["spec.version", "Policy", true],
    ["spec.kioskCustomization", "Policy", undefined],
    ["spec.kioskCustomization.statusBar", "KioskCustomization", undefined],
  ]);
});

test("hostile values give an answer", () => {
  const hostile = JSON.parse('{"__proto__":{"x":1},"constructor":1,"toString":[]}');
  expect(faults("Policy", hostile).every((fault) => fault.endsWith("unknown-field"))).toBe(true);
  for (const value of [null, [], "x", 3]) expect(faults("Policy", value)).toEqual(["wrong-type"]);
  expect(androidSchema("constructor")).toBeUndefined();
});
