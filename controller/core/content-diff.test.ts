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

test("finds nothing in equal contents whatever the order of their keys", () => {
  expect(contentDiff({ a: 1, b: { c: [1, 2] } }, { b: { c: [1, 2] }, a: 1 })).toEqual([]);
});
