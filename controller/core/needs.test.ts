import { describe, expect, test } from "vitest";
import { needsOf, needsOfApp } from "./compile-needs.ts";
import { floorOf, judgeNeeds, thresholdsOf } from "./needs.ts";

const restrictions = needsOf([
  {
    type: "com.apple.applicationaccess",
    content: { allowCamera: false, allowAppRemoval: false, allowCloudBackup: true },
  },
]);
const dock = needsOf([{ type: "com.apple.dock", content: { autohide: true } }]);

describe("what a device lacks for an item", () => {
  test("keys that it ignores do not keep the rest from it, and are told by name", () => {
    expect(judgeNeeds(restrictions, { platform: "ios", supervised: false })).toEqual({
      ignored: expect.stringMatching(
        /com\.apple\.applicationaccess allowAppRemoval \(needs a supervised device\)/,
      ),
    });
    expect(judgeNeeds(restrictions, { platform: "ios", supervised: true })).toEqual({});
  });

  test("a payload that it would refuse keeps the whole from it", () => {
    expect(judgeNeeds(dock, { platform: "ipados" })).toEqual({
      refused: "com.apple.dock (does not exist on iPadOS)",
    });
    expect(judgeNeeds([...dock, ...restrictions], { platform: "tvos" })).toHaveProperty("refused");
    expect(judgeNeeds(dock, { platform: "macos" })).toEqual({});
  });

  test("a payload of supervised devices waits for a device that has not said whether it is one; a key does not", () => {
    const lock = needsOf([{ type: "com.apple.app.lock", content: { App: { Identifier: "a" } } }]);
    expect(judgeNeeds(lock, { platform: "ipados" })).toEqual({
      refused: "com.apple.app.lock (needs a supervised device)",
    });
    expect(judgeNeeds(lock, { platform: "ipados", supervised: true })).toEqual({});
    expect(judgeNeeds(restrictions, { platform: "ios" })).toEqual({});
  });

  test("apps need a system that installs them", () => {
    const old = { platform: "tvos", osVersion: "9.0" } as const;
    expect(judgeNeeds(needsOfApp(undefined), old)).toEqual({
      refused: "InstallApplication (needs tvOS 10.2)",
    });
    expect(judgeNeeds(needsOfApp({ Hideable: false }), { platform: "ios", osVersion: "17.0" })).toEqual({
      ignored: "the device ignores InstallApplication Hideable (needs iOS 18.1)",
    });
  });

  test("what the schema does not know is left to the device", () => {
    expect(needsOf([{ type: "com.example.vendor", content: { a: 1 } }])).toEqual([]);
  });
});

test("versions are told apart only where the answer of some need changes", () => {
  const needs = needsOf([{ type: "com.apple.applicationaccess", content: { allowRCSMessaging: false } }]);
  const { ios } = thresholdsOf(needs);
  const floors = ["3.9", "17.7.2", "18.0", "18.9", "26.1"].map((version) => floorOf(version, ios));
  expect(new Set(floors).size).toBe(3);
  for (const [index, version] of ["3.9", "17.7.2", "18.0", "18.9", "26.1"].entries())
    expect(judgeNeeds(needs, { platform: "ios", supervised: true, osVersion: floors[index] })).toEqual(
      judgeNeeds(needs, { platform: "ios", supervised: true, osVersion: version }),
    );
});
