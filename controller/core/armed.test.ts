import { expect, test } from "vitest";
import type { AndroidArm } from "./android-armed.ts";
import { armedIn, attemptsLeft, newlyArmed } from "./armed.ts";
import type { ItemUse } from "./compiled.ts";
import { compiledOf, policyOf, useOf } from "./test-compiled.ts";

const passcode = "com.apple.mobiledevice.passwordpolicy";

function passcodeOf(maxFailedAttempts: unknown) {
  return { type: passcode, content: { maxFailedAttempts } };
}

test.each([
  ["a payload that says so", [{ type: passcode, content: { maxFailedAttempts: 6 } }], 6],
  [
    "the declaration that says so",
    [{ type: "com.apple.configuration.passcode.settings", content: { MaximumFailedAttempts: 4 } }],
    4,
  ],
  [
    "a number that a file writes as a real",
    [{ type: passcode, content: { maxFailedAttempts: { $real: "2.0" } } }],
    2,
  ],
  [
    "the fewest of several",
    [
      { type: passcode, content: { maxFailedAttempts: 8 } },
      { type: passcode, content: { maxFailedAttempts: 3 } },
    ],
    3,
  ],
  [
    "what is so without it",
    [{ type: passcode, content: { maxFailedAttempts: 11, minLength: 6 } }],
    undefined,
  ],
  ["a payload of another type", [{ type: "com.acme.x", content: { maxFailedAttempts: 2 } }], undefined],
  [
    "what is no number",
    [passcodeOf("6"), passcodeOf(null), passcodeOf({}), passcodeOf(undefined)],
    undefined,
  ],
  ["a key of another type of payload", [{ type: "com.acme.x", content: { undefined: 2 } }], undefined],
  ["nothing", [], undefined],
])("%s", (_name, contents, attempts) => {
  expect(attemptsLeft(contents)).toBe(attempts);
});

const apple = (key: string, arms?: number): ItemUse =>
  useOf(key, {
    apple: {
      id: key,
      digest: `d-${key}`,
      scope: "device",
      secrets: [],
      ...(arms === undefined ? {} : { arms }),
    },
  });

const android = (key: string, ...arms: readonly AndroidArm[]): ItemUse =>
  useOf(key, {
    android: {
      kind: "AndroidFragment",
      id: key,
      digests: { required: `a-${key}` },
      secrets: [],
      values: {},
      places: {},
      arms,
    },
  });

const wrong = (attempts: number, scope = "SCOPE_DEVICE"): AndroidArm => ({
  type: "wrong-passcodes",
  attempts,
  scope,
});

const kept = (setting: string, wipesAfterDays: number): AndroidArm => ({
  type: "not-kept",
  setting,
  blocksAfterDays: 0,
  wipesAfterDays,
});

const set = (...uses: readonly ItemUse[]) => compiledOf([policyOf(uses)]);

test("what comes, or comes sooner, is told; what is so already, later, or gone is not", () => {
  const told = ["Policy/p code lets devices erase themselves after 6 wrong passcodes"];
  expect(newlyArmed(undefined, set(apple("code", 6)))).toEqual(told);
  expect(newlyArmed(set(apple("code")), set(apple("code", 6)))).toEqual(told);
  expect(newlyArmed(set(apple("code", 7)), set(apple("code", 6)))).toEqual(told);
  expect(newlyArmed(set(apple("code", 6)), set(apple("code", 6)))).toEqual([]);
  expect(newlyArmed(set(apple("code", 5)), set(apple("code", 6)))).toEqual([]);
  expect(newlyArmed(set(apple("code", 6)), set(apple("code"), android("other")))).toEqual([]);
  // Nobody carries it out.
  const watched = compiledOf([policyOf([apple("code", 6)], { mode: "observe" })]);
  expect(newlyArmed(undefined, watched)).toEqual([]);
  expect(newlyArmed(watched, set(apple("code", 6)))).toEqual(told);
});

test("each item counts for itself, and each way to erase", () => {
  expect(newlyArmed(set(apple("code", 6)), set(apple("code", 6), apple("other", 6)))).toEqual([
    "Policy/p other lets devices erase themselves after 6 wrong passcodes",
  ]);
  const days = (setting: string, count: number) =>
    `Policy/p rules lets Android devices erase themselves after ${count} days on which ${setting} is not kept`;
  const before = set(android("rules", kept("a", 10), wrong(5)));
  expect(newlyArmed(before, set(android("rules", kept("a", 9), wrong(5))))).toEqual([days("a", 9)]);
  expect(newlyArmed(before, set(android("rules", kept("a", 10), kept("b", 20))))).toEqual([days("b", 20)]);
  expect(newlyArmed(before, set(android("rules", wrong(5), wrong(8, "SCOPE_PROFILE"))))).toEqual([
    "Policy/p rules lets devices erase themselves after 8 wrong passcodes",
  ]);
  // One item with both forms is one sentence.
  const both = useOf("code", { ...apple("code", 5).forms, ...android("code", wrong(5)).forms });
  expect(newlyArmed(undefined, set(both))).toEqual([
    "Policy/p code lets devices erase themselves after 5 wrong passcodes",
  ]);
});

test("a policy that reaches others says all of it anew", () => {
  const only = (device: string) =>
    compiledOf([policyOf([apple("code", 6)], { target: { devices: new Set([device]) } })]);
  expect(newlyArmed(only("d1"), only("d2"))).toHaveLength(1);
  expect(newlyArmed(only("d1"), only("d1"))).toEqual([]);
});

test("a plan says of a content that its device may erase itself by it", () => {
  const code = useOf("code", { ...apple("code", 6).forms, ...android("code", kept("a", 3)).forms });
  const [plain, of] = [apple("plain"), android("rules", kept("a", 2), wrong(5))];
  const { arms: _arms, ...unarmed } = android("quiet").forms.android ?? {};
  const quiet = useOf("quiet", { android: unarmed } as ItemUse["forms"]);
  const compiled = compiledOf([
    policyOf([apple("code", 2)], { name: "q" }),
    policyOf([plain, code, of, quiet]),
  ]);
  const armed = (key: string, digest: string, policy = "p") => armedIn(compiled, policy, key, digest);
  expect(armed("code", "d-code")).toEqual(["devices erase themselves after 6 wrong passcodes"]);
  expect(armed("code", "d-code", "q")).toEqual(["devices erase themselves after 2 wrong passcodes"]);
  expect(armed("code", "a-code")).toEqual([
    "Android devices erase themselves after 3 days on which a is not kept",
  ]);
  expect(armed("rules", "a-rules")).toEqual([
    "Android devices erase themselves after 2 days on which a is not kept",
    "devices erase themselves after 5 wrong passcodes",
  ]);
  for (const [key, digest] of [
    ["plain", "d-plain"],
    ["quiet", "a-quiet"],
    ["quiet", "another"],
    ["gone", "d-gone"],
  ] as const)
    expect(armed(key, digest)).toEqual([]);
  expect(armed("code", "d-code", "gone")).toEqual([]);
});
