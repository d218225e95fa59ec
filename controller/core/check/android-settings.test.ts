import { expect, test } from "vitest";
import { loadPolicySet } from "../../manifests/load-policy-set.ts";

const now = Date.parse("2026-11-20T12:00:00Z");

/** Severity, place and message of everything that is said of these manifests, each a line of YAML. */
function check(rules: RegExp, ...manifests: readonly string[]): readonly string[] {
  const text = manifests.map((one) => one.replace(/^\{/, "{apiVersion: reeve/v1, ")).join("\n---\n");
  const entries = new Map([["a.yaml", { type: "file" as const, bytes: Buffer.from(text) }]]);
  return loadPolicySet({ revision: "r", entries }, { now })
    .diagnostics.filter(({ rule }) => rules.test(rule))
    .map(
      ({ severity, origin, message, detail }) => `${severity} ${origin.line} ${message} ${detail.join(" ")}`,
    );
}

const android = /^android-(ignored|unusable)$/;
const group = (name: string, match: string) =>
  `{kind: DeviceGroup, metadata: {name: ${name}}, spec: {selector: {match: {${match}}}}}`;
const policy = (groups: string, what: string) =>
  `{kind: Policy, metadata: {name: p}, spec: {target: {groups: [${groups}]}, ${what}}}`;
const profile = (spec: string) => `{kind: Profile, metadata: {name: x}, spec: ${spec}}`;
const it = "profiles: [{name: x}]";

test("a setting that Android cannot say is an error where only Android is meant, else a warning, and nothing where it is not", () => {
  const safari = profile("{settings: {restrictions: {allowSafari: false}}}");
  const lines = [group("a", "platform: android"), group("i", "platform: ios"), safari];
  const message =
    "settings.restrictions.allowSafari DeviceGroup/a, Android: Android has no such restriction.";
  expect(check(android, ...lines, policy("a", it))).toEqual([
    `error 5 no targeted device can have ${message}`,
  ]);
  expect(check(android, ...lines, policy("a, i", it))).toEqual([
    `warning 5 Android devices of a cannot have ${message}`,
  ]);
  expect(check(android, ...lines, policy("i", it))).toEqual([]);
});

test.each([
  ["work profiles of private phones", "mode: workProfile, ownership: personal", 2],
  ["fully managed devices", "mode: fullyManaged, ownership: company", 0],
  ["devices of which the group says nothing", "ownership: company", 0],
])("what a device must be like is held against %s", (_name, match, count) => {
  const found = check(
    android,
    group("a", `platform: android, ${match}`),
    profile(
      "{settings: {osUpdate: {automatic: true}, restrictions: {allowCloudBackup: false, allowCamera: false}}}",
    ),
    policy("a", it),
  );
  expect(found).toHaveLength(count);
});

test("fields in Google's own keys are held against the devices too, each where it stands", () => {
  const spec =
    "{android: {cameraAccess: CAMERA_ACCESS_DISABLED, adjustVolumeDisabled: true, wipeDataFlags: [WIPE_ESIMS]}}";
  const personal = group("a", "platform: android, mode: workProfile, ownership: personal");
  const whole = group("b", "platform: android, mode: fullyManaged");
  expect(check(android, personal, profile(spec), policy("a", it))).toEqual([
    "error 3 no targeted device can have android.adjustVolumeDisabled DeviceGroup/a, Android: needs a fully managed device.",
  ]);
  expect(check(android, personal, whole, profile(spec), policy("a, b", it))).toEqual([
    "warning 5 Android devices of a cannot have android.adjustVolumeDisabled DeviceGroup/a, Android: needs a fully managed device.",
  ]);
  const old = `{kind: DeviceGroup, metadata: {name: a}, spec: {selector: {match: {platform: android}, expressions: [{key: osVersion, operator: VersionBelow, values: ["15"]}]}}}`;
  expect(check(android, old, profile(spec), policy("a", it))).toEqual([
    "error 3 no targeted device can have android.wipeDataFlags DeviceGroup/a, Android: needs Android 15.",
  ]);
});

test("a version that a group does not reach is told", () => {
  const old = `{kind: DeviceGroup, metadata: {name: a}, spec: {selector: {match: {platform: android}, expressions: [{key: osVersion, operator: VersionBelow, values: ["13"]}]}}}`;
  const wifi = profile("{settings: {wifi: [{ssid: Acme, security: none, randomMac: false}]}}");
  expect(check(android, old, wifi, policy("a", it))).toEqual([
    "error 3 no targeted device can have settings.wifi[0] DeviceGroup/a, Android: needs Android 13.",
  ]);
});

test("a kiosk app, and a permission of the sensors, want a device that is managed as a whole", () => {
  const app =
    "{kind: App, metadata: {name: g}, spec: {android: {package: com.g, permissions: {android.permission.CAMERA: grant}}}}";
  const found = (mode: string) =>
    check(
      android,
      group("a", `platform: android, mode: ${mode}`),
      app,
      policy("a", "apps: [{name: g, install: kiosk}]"),
    );
  expect(found("workProfile")).toEqual([
    "error 3 no targeted device can have permissions android.permission.CAMERA: grant DeviceGroup/a, Android: needs a fully managed device.",
    "error 5 no targeted device can have install: kiosk DeviceGroup/a, Android: needs a fully managed device.",
  ]);
  expect(found("dedicated")).toEqual([]);
});

test("fragments are compared value by value, and with the settings of others", () => {
  const groups = group("a", "platform: android");
  const two = (first: string, second: string) =>
    check(
      /^equal-priority$/,
      groups,
      `{kind: Profile, metadata: {name: x}, spec: ${first}}`,
      `{kind: Profile, metadata: {name: y}, spec: ${second}}`,
      policy("a", "profiles: [{name: x}, {name: y}]"),
    ).length;
  const connectivity = (fields: string) => `{android: {deviceConnectivityManagement: {${fields}}}}`;
  expect(
    two(
      connectivity("usbDataAccess: ALLOW_USB_DATA_TRANSFER"),
      connectivity("tetheringSettings: ALLOW_ALL_TETHERING"),
    ),
  ).toBe(0);
  expect(
    two(
      connectivity("usbDataAccess: ALLOW_USB_DATA_TRANSFER"),
      connectivity("usbDataAccess: DISALLOW_USB_DATA_TRANSFER"),
    ),
  ).toBe(1);
  expect(
    two(
      "{settings: {restrictions: {allowCamera: false}}}",
      "{android: {cameraAccess: CAMERA_ACCESS_ENFORCED}}",
    ),
  ).toBe(1);
  expect(
    two(
      "{settings: {restrictions: {allowCamera: false}}}",
      "{android: {cameraAccess: CAMERA_ACCESS_DISABLED}}",
    ),
  ).toBe(0);
});
