import { expect, test } from "vitest";
import { checkedName } from "./names.ts";

const device = "enterprises/LC01/devices/3f2a";

test.each([
  ["device", device],
  ["operation", `${device}/operations/17`],
  ["policy", "enterprises/LC01/policies/baseline_more-a"],
  ["token", "enterprises/LC01/enrollmentTokens/AbC-1"],
] as const)("a %s keeps its name", (kind, name) => {
  expect(checkedName(kind, name)).toBe(name);
});

test.each([
  ["token", device],
  ["policy", "enterprises/LC01/policies/../devices/3f2a"],
  ["policy", "enterprises/LC01/policies/.."],
  ["policy", "enterprises/LC01/policies/%2e%2e/devices/3f2a"],
  ["policy", "enterprises/LC01"],
  ["operation", device],
  ["operation", `${device}:issueCommand?x=/operations/1`],
  ["device", `${device}\n`],
  ["device", `/${device}`],
  ["device", ""],
] as const)("no %s is called %j: nothing is sent", (kind, name) => {
  expect(() => checkedName(kind, name)).toThrow("is no name of a");
});
