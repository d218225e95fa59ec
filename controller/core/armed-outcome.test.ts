import { expect, test } from "vitest";
import { isWithin, outcomesOf } from "./armed-outcome.ts";
import type { Content } from "./content.ts";
import type { DesiredItem } from "./desired.ts";
import { compiledOf, policyOf, useOf } from "./test-compiled.ts";
import { profile } from "./test-situation.ts";

/** A passcode that erases Apple devices after so many attempts, and Android devices after as many. */
const code = (attempts: number) =>
  useOf("Profile/code", {
    apple: { id: "code", digest: "code", scope: "device", arms: attempts, secrets: [] },
    android: {
      kind: "AndroidFragment",
      id: "code",
      digests: { required: "code" },
      arms: [{ type: "wrong-passcodes", attempts, scope: "SCOPE_DEVICE" }],
      secrets: [],
      values: {},
      places: {},
    },
  });
const contents = {
  code: {
    kind: "AndroidFragment",
    policy: {
      passwordPolicies: [{ passwordScope: "SCOPE_DEVICE", maximumFailedPasswordsForWipe: 4 }],
    },
  },
  rule: {
    kind: "AndroidFragment",
    policy: {
      minimumApiLevel: 30,
      policyEnforcementRules: [
        {
          settingName: "minimumApiLevel",
          blockAction: { blockAfterDays: 1 },
          wipeAction: { wipeAfterDays: 3 },
        },
      ],
    },
  },
  never: {
    kind: "AndroidFragment",
    policy: {
      minimumApiLevel: 30,
      policyEnforcementRules: [
        {
          settingName: "minimumApiLevel",
          blockAction: { blockAfterDays: 1 },
          wipeAction: { wipeAfterDays: 3_650 },
        },
      ],
    },
  },
  own: {
    kind: "AndroidFragment",
    policy: {
      deviceOwnerLockScreenInfo: { defaultMessage: "${owner.email}" },
      policyEnforcementRules: [
        {
          settingName: "deviceOwnerLockScreenInfo",
          blockAction: { blockAfterDays: 1 },
          wipeAction: { wipeAfterDays: 3 },
        },
      ],
    },
  },
};
const compiled = compiledOf(
  [policyOf([useOf("Profile/other", {}), code(4)]), policyOf([code(2)], { name: "q" })],
  { contents: new Map(Object.entries(contents)) as unknown as ReadonlyMap<string, Content> },
);

const origin = { file: "p.yaml", line: 1, column: 1 };
const item = (name: string, more: Partial<DesiredItem> = {}): DesiredItem => ({
  ...profile(name, { digest: name }),
  origin,
  observe: false,
  ...more,
});
const fragment = (name: string) => item(name, { kind: "AndroidFragment" });

function outcomes(items: readonly DesiredItem[], id = "f1") {
  const none = { conflicts: [], lifted: [], unsupported: [], watched: [], notApplicable: [] };
  const desired = { ...none, items, inventory: [], groups: [], perUser: [], watching: [] };
  return outcomesOf(compiled, desired, { id, body: {} });
}

const passcodes = { limit: 4, text: "devices erase themselves after 4 wrong passcodes" };

test("a device erases itself by what its own platform is given, of its own policies, unless they only watch", () => {
  const apple = [{ key: "Profile/code", by: "apple", ...passcodes }];
  expect(outcomes([item("code")])).toEqual(apple);
  expect(outcomes([item("other"), item("code")])).toEqual(apple);
  expect(outcomes([item("code", { policy: "q" })])[0]?.text).toContain("after 2 wrong passcodes");
  expect(outcomes([item("code", { observe: true })])).toEqual([]);
  expect(outcomes([item("other")])).toEqual([]);
  expect(outcomes([item("code", { policy: "gone" })])).toEqual([]);
  const android = [{ by: "passcode SCOPE_DEVICE", ...passcodes }];
  expect(outcomes([fragment("code")])).toEqual(android);
  expect(outcomes([fragment("code"), item("app", { kind: "AndroidApp" })])).toEqual(android);
  expect(outcomes([{ ...fragment("code"), observe: true }])).toEqual([]);
});

test("an Android device erases itself over a value, which is another one when it is made for another device", () => {
  const text = "Android devices erase themselves after 3 days on which minimumApiLevel is not kept";
  const rule = { by: "setting minimumApiLevel", limit: 3, text, value: '[30,""]' };
  expect(outcomes([fragment("rule")])).toEqual([rule]);
  expect(outcomes([fragment("rule")], "f2")).toEqual([rule]);
  expect(outcomes([fragment("never")])).toEqual([]);
  const [one, two] = ["f1", "f2"].map((id) => outcomes([fragment("own")], id)[0]);
  expect(one?.text).toContain("deviceOwnerLockScreenInfo");
  expect([one?.value === two?.value, { ...one, value: two?.value }]).toEqual([false, two]);
});

test("a device erases itself no sooner than before by as many attempts or more, of the same, over the same value", () => {
  const had = { by: "setting a", limit: 3, text: "", value: "1" };
  expect(isWithin(had, had)).toBe(true);
  expect(isWithin({ ...had, limit: 4 }, had)).toBe(true);
  expect(isWithin({ ...had, limit: 2 }, had)).toBe(false);
  expect(isWithin({ ...had, by: "setting b" }, had)).toBe(false);
  expect(isWithin({ ...had, value: "2" }, had)).toBe(false);
});
