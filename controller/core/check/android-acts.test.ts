import { expect, test } from "vitest";
import { loadPolicySet } from "../../manifests/load-policy-set.ts";
import { deprovision, group, operation, organization } from "../../test/manifests.ts";

const now = Date.parse("2026-11-20T12:00:00Z");

const groups = [
  group("owned", "match: {platform: android, mode: fullyManaged, ownership: company}"),
  group("private", "match: {platform: android, mode: workProfile, ownership: personal}"),
  group("profiles", "match: {platform: android, mode: workProfile}"),
  group("any", "match: {platform: android}"),
  group(
    "old",
    "match: {platform: android, mode: fullyManaged}, expressions: [{key: osVersion, operator: VersionBelow, values: ['11']}]",
  ),
  group("phones", "match: {platform: ios, mode: supervised}"),
  group("macs", "match: {platform: macos}"),
].map((one) => `${one.trimEnd().slice(0, -1)}, trustReported: true}\n`);

function said(act: string): readonly string[] {
  const files = { "org.yaml": organization, "groups.yaml": groups.join("---\n"), "act.yaml": act };
  const entries = new Map(
    Object.entries(files).map(([path, text]) => [path, { type: "file" as const, bytes: Buffer.from(text) }]),
  );
  return loadPolicySet({ revision: "r", entries }, { now }).diagnostics.map(
    ({ severity, rule, message, origin, detail }) =>
      `${severity} ${rule} ${origin.line}:${origin.column} ${message} | ${(detail ?? []).join(" ")}`,
  );
}

const act = (target: string, what: string): string => operation("one", `groups: [${target}]`, what);

test("an act that no Android device of its groups can carry out is an error where it stands", () => {
  expect(said(act("private", "reboot: {}"))).toEqual([
    "error android-unusable 6:17 no targeted device can carry out reboot | DeviceGroup/private, Android: reboot is for fully managed devices, and not for work profiles on personal devices.",
  ]);
  expect(said(act("any", "shutdown: {}"))).toEqual([
    "error android-unusable 6:19 no targeted device can carry out shutdown | DeviceGroup/any, Android: Android has no command to shut down.",
  ]);
  expect(said(act("old", "lostMode: {message: Please call}"))).toEqual([
    "error android-unusable 6:19 no targeted device can carry out lostMode | DeviceGroup/old, Android: needs Android 11.",
  ]);
  expect(said(act("owned", "wipe: {scope: work}").replace("act:", "expectedDevices: 1\n  act:"))).toEqual([
    "error android-unusable 7:15 no targeted device can carry out wipe | DeviceGroup/owned, Android: a fully managed device has nothing but work data: it can only be wiped whole.",
  ]);
});

test("a deprovision is held against the owner and the way of being managed", () => {
  const wipes = (target: string, wipe: string): string =>
    deprovision("gone", `groups: [${target}]`, 1, "  recordAs: lost").replace(
      "state: employee-left",
      `state: other\n  wipe: ${wipe}`,
    );
  expect(said(wipes("private", "device"))).toEqual([
    expect.stringMatching(
      /^error android-unusable \d+:\d+ .*wipe: device .* a personal device is never wiped/,
    ),
  ]);
  expect(said(wipes("owned", "work"))).toEqual([
    expect.stringMatching(/^error android-unusable \d+:\d+ .*wipe: work .* only be wiped whole/),
  ]);
  expect(said(wipes("private", "work"))).toEqual([]);
  expect(said(wipes("owned", "device"))).toEqual([]);
});

test("an act that others of its target have warns of the rest", () => {
  expect(said(act("owned, private", "reboot: {}"))).toEqual([
    expect.stringMatching(/^warning android-ignored 6:17 Android devices of private cannot carry out reboot/),
  ]);
  expect(said(act("phones, any", "shutdown: {}"))).toEqual([
    expect.stringMatching(/^warning android-ignored 6:19 Android devices of any cannot carry out shutdown/),
  ]);
  // What Macs lack is no error where Android devices have it.
  expect(said(act("macs, any", "clearPasscode: {}"))).toEqual([
    expect.stringMatching(
      /^warning apple-ignored 6:24 ClearPasscode is not supported by all devices of macs/,
    ),
  ]);
});

test("nothing is said where some may be able to, or of what they all have", () => {
  expect(said(act("any", "reboot: {}"))).toEqual([]);
  expect(said(act("profiles", "clearPasscode: {}"))).toEqual([]);
  expect(said(act("private", "lock: {}"))).toEqual([]);
  expect(said(act("any", "audit: {}"))).toEqual([]);
});
