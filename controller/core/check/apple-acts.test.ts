import { expect, test } from "vitest";
import { loadPolicySet } from "../../manifests/load-policy-set.ts";
import { group, operation, organization } from "../../test/manifests.ts";

const now = Date.parse("2026-11-20T12:00:00Z");

function said(target: string, act: string, groups: readonly string[], more = ""): readonly string[] {
  const files = {
    "org.yaml": organization,
    "groups.yaml": groups.map((one) => `${one.trimEnd().slice(0, -1)}, trustReported: true}\n`).join("---\n"),
    "act.yaml": operation("one", target, act, more),
  };
  const entries = new Map(
    Object.entries(files).map(([path, text]) => [path, { type: "file" as const, bytes: Buffer.from(text) }]),
  );
  return loadPolicySet({ revision: "r", entries }, { now }).diagnostics.map(
    ({ severity, rule, message, origin }) => `${severity} ${rule} ${origin.line}:${origin.column} ${message}`,
  );
}

const macs = group("macs", "match: {platform: macos}");
const phones = group("phones", "match: {platform: ios, mode: supervised}");
const own = group("own", "match: {platform: ios, mode: unsupervised}");
const old = group(
  "old",
  "match: {platform: ipados}, expressions: [{key: osVersion, operator: VersionBelow, values: ['17']}]",
);

test("an act that no device of its groups has is an error where it stands", () => {
  expect(said("groups: [macs]", "clearPasscode: {}", [macs])).toEqual([
    "error apple-unusable 6:24 no targeted device can use ClearPasscode",
  ]);
  expect(said("groups: [macs]", "settings: {timeZone: Europe/Berlin}", [macs])).toEqual([
    "error apple-unusable 6:30 no targeted device can use timeZone",
  ]);
  expect(
    said("groups: [old]", "settings: {sharedIpad: {residentUsers: 4, autoLockSeconds: 300}}", [old]),
  ).toEqual(["error apple-unusable 6:68 no targeted device can use sharedIpad.autoLockSeconds"]);
});

test("a pin that no Mac takes and a zone that there is not are errors before anybody approves them", () => {
  const errors = (act: string) =>
    said("devices: [SIM-1]", act, [], "  expectedDevices: 1").filter((line) => line.startsWith("error"));
  expect(errors("lock: {pin: '12345'}")).toEqual(["error act-pin 6:21 a pin has six digits"]);
  expect(errors("wipe: {pin: '12'}")).toEqual(["error act-pin 6:21 a pin has six digits"]);
  expect(errors("lock: {pin: '123456'}")).toEqual([]);
  expect(errors("lock: {}")).toEqual([]);
  expect(errors("settings: {timeZone: Mars/Base}")).toEqual([expect.stringContaining("6:30")]);
});

test("an act that some of them have warns of the others", () => {
  expect(said("groups: [phones, own]", "reboot: {}", [phones, own])).toEqual([
    "warning apple-ignored 6:17 RestartDevice is not supported by all devices of own",
  ]);
  expect(said("groups: [phones, macs]", "reboot: {notifyUser: true}", [phones, macs])).toEqual([
    "warning apple-ignored 6:30 notifyUser is not supported by all devices of phones",
  ]);
});

test("nothing is said of devices of which nothing is known, nor of what they all have", () => {
  expect(said("all: true", "clearPasscode: {}", [])).toEqual([]);
  expect(said("groups: [phones]", "settings: {timeZone: Europe/Berlin, bluetooth: false}", [phones])).toEqual(
    [],
  );
  expect(said("groups: [macs]", "reboot: {notifyUser: false}", [macs])).toEqual([]);
});

test("an act that has devices come back by themselves warns where it names no network", () => {
  const warned = (act: string) =>
    said("devices: [SIM-1]", `wipe: {${act}}`, [], "  expectedDevices: 1").filter(
      (one) => !one.includes("unknown-device"),
    );
  expect(warned("returnToService: {}")).toEqual([
    "warning return-without-network 6:33 an erased device that is not on Ethernet stands at its setup, without a network to come back through",
  ]);
  expect(warned("returnToService: {wifi: {ssid: Lab}}")).toEqual([]);
  expect(warned("")).toEqual([]);
});
