import { expect, test } from "vitest";
import { armsOfAndroid, armText, enforcedByDefault } from "./android-armed.ts";
import { checkAndroid } from "./android-schema/read-value.ts";
import { androidField } from "./android-schema/tables.ts";

const texts = (policy: object): readonly string[] => armsOfAndroid({ ...policy }).map(armText);

const rule = (settingName: string, block: unknown, wipe: unknown): object => ({
  settingName,
  blockAction: { blockAfterDays: block },
  wipeAction: { wipeAfterDays: wipe },
});

test.each([
  ["nothing", {}, []],
  ["what nobody enforces", { cameraAccess: "CAMERA_ACCESS_DISABLED" }, []],
  [
    "a passcode without rules is enforced by Google",
    { passwordPolicies: [{ passwordQuality: "NUMERIC" }] },
    [
      "is blocked at once and erased after 10 days on which passwordPolicies is not kept, by Google's default",
    ],
  ],
  [
    "a passcode with rules for something else is not: rules take the place of all of Google's",
    {
      passwordPolicies: [{ passwordQuality: "NUMERIC" }],
      policyEnforcementRules: [rule("applications", 1, 5)],
    },
    ["is blocked after 1 day and erased after 5 days on which applications is not kept"],
  ],
  [
    "an empty list of rules is none",
    { minimumApiLevel: "31", policyEnforcementRules: [] },
    ["is blocked at once and erased after 10 days on which minimumApiLevel is not kept, by Google's default"],
  ],
  [
    "settings that ask for nothing",
    {
      minimumApiLevel: 0,
      keyguardDisabled: false,
      encryptionPolicy: "ENCRYPTION_POLICY_UNSPECIFIED",
      passwordPolicies: [],
    },
    [],
  ],
  [
    "nobody's input method may be used",
    { permittedInputMethods: {} },
    [
      "is blocked at once and erased after 10 days on which permittedInputMethods is not kept, by Google's default",
    ],
  ],
  [
    "wrong passcodes, of which each scope has its own",
    {
      passwordPolicies: [
        { passwordScope: "SCOPE_DEVICE", maximumFailedPasswordsForWipe: 8 },
        { passwordScope: "SCOPE_PROFILE", maximumFailedPasswordsForWipe: "5" },
        { maximumFailedPasswordsForWipe: 0 },
      ],
      policyEnforcementRules: [rule("passwordPolicies", 0, 3650)],
    },
    [
      "erases itself after 8 wrong passcodes",
      "erases itself after 5 wrong passcodes",
      "is blocked at once and erased after 3650 days on which passwordPolicies is not kept",
    ],
  ],
  [
    "values of a wrong type",
    { passwordPolicies: "x", policyEnforcementRules: [null, { wipeAction: 3 }], minimumApiLevel: null },
    [],
  ],
])("%s", (_, policy, expected) => {
  expect(texts(policy)).toEqual(expected);
});

test("which scope counts is told", () => {
  const passwordPolicies = [{ passwordScope: "SCOPE_PROFILE", maximumFailedPasswordsForWipe: 5 }];
  expect(armsOfAndroid({ passwordPolicies, policyEnforcementRules: [{ settingName: "x" }] })).toEqual([
    { type: "wrong-passcodes", attempts: 5, scope: "SCOPE_PROFILE" },
  ]);
});

test("what Google enforces by default are fields of a policy", () => {
  for (const name of enforcedByDefault)
    expect([name, androidField("Policy", name)]).not.toEqual([name, undefined]);
});

test.each([
  "encryptionPolicy",
  "keyguardDisabled",
  "minimumApiLevel",
  "passwordPolicies",
  "passwordRequirements",
  "permittedAccessibilityServices",
  "permittedInputMethods",
])("%s is enforced by Google unless it asks for nothing", (setting) => {
  const told = `is blocked at once and erased after 10 days on which ${setting} is not kept, by Google's default`;
  expect(texts({ [setting]: "ASKED" })).toEqual([told]);
  for (const nothing of [null, undefined, false, 0, "", "0", "X_UNSPECIFIED", []])
    expect(texts({ [setting]: nothing })).toEqual([]);
});

test("only a whole number of wrong passcodes counts, from one on, wherever it stands", () => {
  const armed = (maximumFailedPasswordsForWipe: unknown, more: object = {}) =>
    armsOfAndroid({
      passwordRequirements: { maximumFailedPasswordsForWipe, ...more },
      policyEnforcementRules: [{ settingName: "x" }],
    });
  expect(armed(1)).toEqual([{ type: "wrong-passcodes", attempts: 1, scope: "SCOPE_UNSPECIFIED" }]);
  expect(armed("12", { passwordScope: 3 })).toEqual([
    { type: "wrong-passcodes", attempts: 12, scope: "SCOPE_UNSPECIFIED" },
  ]);
  for (const none of [0, -1, 2.5, "2.5", "1e1", "5x", true, [5], null, {}, "1".repeat(20)])
    expect([none, armed(none)]).toEqual([none, []]);
});

test("a number arms in every form in which a policy is taken", () => {
  const four = (value: unknown) => ({
    passwordRequirements: { maximumFailedPasswordsForWipe: value },
    policyEnforcementRules: [rule("applications", 0, value)],
  });
  const expected = texts(four(4));
  for (const value of ["4", "0000000004", `${"0".repeat(18)}4`, 4n]) {
    expect([value, checkAndroid("Policy", four(value))]).toEqual([value, []]);
    expect([value, texts(four(value))]).toEqual([value, expected]);
  }
});

test("a rule that wipes nobody arms nothing, and one without a name is told all the same", () => {
  const rules = (...policyEnforcementRules: unknown[]) => texts({ policyEnforcementRules });
  expect(rules({ settingName: "x", wipeAction: null }, { settingName: "y" }, [])).toEqual([]);
  expect(rules({ settingName: 7, wipeAction: { wipeAfterDays: 2 } })).toEqual([
    "is blocked at once and erased after 2 days on which  is not kept",
  ]);
});
