import { expect, test } from "vitest";
import { contentDiff, describeChange } from "./content-diff.ts";

const passcode = (minLength: number, extra: object = {}) => ({
  uuid: `U-${minLength}`,
  body: {
    payloads: [
      { type: "com.apple.mobiledevice.passwordpolicy", name: "0", content: { minLength, ...extra } },
    ],
  },
});

test("names the leaf that changed, not the identity that follows it", () => {
  const changes = contentDiff(passcode(6), passcode(8));

  expect(changes.map(describeChange)).toEqual(["minLength 6 -> 8"]);
});

test("tells added and removed leaves", () => {
  const changes = contentDiff(passcode(6, { old: true }), passcode(6, { fresh: true }));

  expect(changes.map(describeChange)).toEqual(["fresh true added", "old removed"]);
});

test("a password that stands in clear is told as changed, and what it was or is stays out", () => {
  const wifi = (Password: unknown, requirePasscode: boolean) => passcode(6, { Password, requirePasscode });
  const told = (from: unknown, to: unknown) => contentDiff(from, to).map(describeChange);

  expect(told(wifi("hunter2old", true), wifi("hunter2new", false))).toEqual([
    "Password changed",
    "requirePasscode true -> false",
  ]);
  expect(told(wifi("${secret:wifi/a}", true), wifi("hunter2", true))).toEqual(["Password changed"]);
  expect(told(wifi({ $data: "aHVudGVyMg==" }, true), wifi({ $data: "aHVudGVyMw==" }, true))).toEqual([
    "$data changed",
  ]);
  expect(told(passcode(6), passcode(6, { Password: "hunter2" }))).toEqual(["Password added"]);
  expect(told(passcode(6, { Password: "hunter2" }), passcode(6))).toEqual(["Password removed"]);
  expect(told(wifi("${secret:wifi/a}", true), wifi("${secret:wifi/b}", true))).toEqual([
    "Password ${secret:wifi/a} -> ${secret:wifi/b}",
  ]);
});

test("finds nothing in equal contents whatever the order of their keys", () => {
  expect(contentDiff({ a: 1, b: { c: [1, 2] } }, { b: { c: [1, 2] }, a: 1 })).toEqual([]);
});
