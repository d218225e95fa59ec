import { expect, test } from "vitest";
import { commandGates, commandRefusal, declarationRefusal, payloadRefusal } from "./gates.ts";
import { keyGates } from "./key-gates.ts";

test("a restart needs supervision on phones, and none on Macs", () => {
  expect(commandRefusal("RestartDevice", { platform: "ios", supervised: false })).toBe(
    "RestartDevice needs a supervised device",
  );
  expect(commandRefusal("RestartDevice", { platform: "macos", supervised: false })).toBeUndefined();
  expect(commandRefusal("RestartDevice", { platform: "watchos" })).toBe(
    "RestartDevice does not exist on watchOS",
  );
});

test("versions, rights, channels and enrollments are told in words", () => {
  expect(commandRefusal("DeclarativeManagement", { platform: "ipados", osVersion: "14.8" })).toBe(
    "DeclarativeManagement needs iPadOS 15.0",
  );
  expect(commandRefusal("EraseDevice", { platform: "ios", rights: 8191 & ~8 })).toBe(
    "EraseDevice needs the access right AllowDeviceErase",
  );
  expect(commandRefusal("EraseDevice", { platform: "ios", enrollment: "user" })).toBe(
    "EraseDevice does not exist in User Enrollment",
  );
  expect(commandRefusal("RestartDevice", { platform: "macos", channel: "user" })).toBe(
    "RestartDevice exists for devices and not for users",
  );
  expect(commandRefusal("DeviceConfigured", { platform: "ios", enrollment: "device" })).toBe(
    "DeviceConfigured needs Automated Device Enrollment",
  );
});

test("a passcode declaration is nothing for a Mac that is not supervised", () => {
  const type = "com.apple.configuration.passcode.settings";
  expect(declarationRefusal(type, { platform: "macos", enrollment: "device", supervised: false })).toBe(
    `${type} needs one of these enrollments: supervised, local`,
  );
  expect(declarationRefusal(type, { platform: "tvos" })).toBe(`${type} does not exist on tvOS`);
  expect(
    declarationRefusal(type, { platform: "ios", enrollment: "user", channel: "device" }),
  ).toBeUndefined();
});

test("what is not known of a device fails nothing, and an unknown type has no gates", () => {
  expect(commandRefusal("RestartDevice", { platform: "ios" })).toBeUndefined();
  expect(commandGates("FlyDevice")).toBeUndefined();
  expect(payloadRefusal("com.example.vendor", { platform: "ios" })).toBeUndefined();
});

test("a key has the gates of its command with what its own change", () => {
  expect(keyGates("command", "RestartDevice", ["NotifyUser"])?.ios?.introduced).toBe("n/a");
  expect(keyGates("command", "RestartDevice", ["NotifyUser"])?.macos).toMatchObject({
    introduced: "11.4",
    rights: "AllowPasscodeRemovalAndLock",
  });
  expect(keyGates("command", "Settings", ["Settings", "Wallpaper"])?.ios?.supervised).toBe(true);
  expect(keyGates("command", "DeviceInformation", ["Queries", "ICCID"])?.macos?.introduced).toBe("n/a");
  expect(keyGates("command", "RestartDevice", ["Nothing"])).toBeUndefined();
});
