import { expect, test } from "vitest";
import { changedUnderRules } from "./armed-settings.ts";
import type { Compiled, CompiledPolicy, ItemUse } from "./compiled.ts";
import type { Content } from "./content.ts";
import { compiledOf, policyOf, useOf } from "./test-compiled.ts";

const android = { kind: "AndroidFragment", secrets: [], values: {}, places: {} } as const;

/** An item whose content says this, by its digest. */
function saying(key: string, content: object): readonly [ItemUse, Content] {
  const digest = `${key} ${JSON.stringify(content)}`;
  const use = useOf(key, { android: { ...android, id: key, digests: { required: digest } } });
  const kind = "application" in content ? "AndroidApp" : "AndroidFragment";
  return [use, ("application" in content ? { kind, ...content } : { kind, policy: content }) as Content];
}

/** Rules that wipe over settings, after so many days each. */
function rules(days: Readonly<Record<string, number>>, key = "rules"): readonly [ItemUse, Content] {
  const [use, content] = saying(key, { policyEnforcementRules: days });
  const arms = Object.entries(days).map(([setting, wipesAfterDays]) => ({
    type: "not-kept" as const,
    setting,
    blocksAfterDays: 0,
    wipesAfterDays,
  }));
  const forms = { android: { ...android, id: key, digests: use.forms.android?.digests ?? {}, arms } };
  return [{ ...use, forms }, content];
}

type Said = readonly (readonly [ItemUse, Content])[];

function set(
  said: Said,
  more: Parameters<typeof policyOf>[1] = {},
  others: readonly Compiled[] = [],
): Compiled {
  const policies: readonly CompiledPolicy[] = [
    policyOf(
      said.map(([use]) => use),
      more,
    ),
  ];
  const contents = said.map(
    ([use, content]) => [use.forms.android?.digests.required ?? "", content] as const,
  );
  return compiledOf([...policies, ...others.flatMap((one) => one.policies)], {
    contents: new Map([...contents, ...others.flatMap((one) => [...one.contents])]),
  });
}

const level = (number: number) => saying("level", { minimumApiLevel: number });
const rule = rules({ minimumApiLevel: 3 });
const told = (days: string, key = "level", setting = "minimumApiLevel", policy = "p") =>
  `Policy/${policy} ${key} changes ${setting}, and Android devices erase themselves after ${days} on which it is not kept`;

test("another thing said of a setting that a rule wipes over is told; the same, nothing, or of another setting is not", () => {
  const before = set([rule, level(26)]);
  expect(changedUnderRules(before, set([rule, level(99)]))).toEqual([told("3 days")]);
  expect(changedUnderRules(before, set([rule, level(26)]))).toEqual([]);
  expect(changedUnderRules(before, set([rule]))).toEqual([]);
  expect(changedUnderRules(set([rule]), set([rule, level(26)]))).toEqual([told("3 days")]);
  expect(changedUnderRules(undefined, set([rule, level(26)]))).toEqual([told("3 days")]);
  const camera = saying("level", { minimumApiLevel: 26, cameraAccess: "OFF" });
  expect(changedUnderRules(before, set([rule, camera]))).toEqual([]);
  expect(changedUnderRules(set([level(26)]), set([level(99)]))).toEqual([]);
  // Said by another item it is new.
  expect(changedUnderRules(before, set([rule, level(26), saying("other", { minimumApiLevel: 26 })]))).toEqual(
    [told("3 days", "other")],
  );
  const apple = useOf("apple", {});
  const withApple = compiledOf([policyOf([apple, rule[0]])]);
  expect(changedUnderRules(undefined, withApple)).toEqual([]);
});

test("of several rules the one that wipes first is told, whichever policy it stands in", () => {
  const soon = [rules({ minimumApiLevel: 1 }, "soon"), rules({ minimumApiLevel: 7 }, "late")];
  expect(changedUnderRules(set([rule]), set([rule, ...soon, level(30)]))).toEqual([told("1 day")]);
  const elsewhere = set([rules({ minimumApiLevel: 2 })], { name: "q" });
  expect(changedUnderRules(set([], {}, [elsewhere]), set([level(30)], {}, [elsewhere]))).toEqual([
    told("2 days"),
  ]);
  // Wrong passcodes are no setting that somebody keeps.
  const passcode = useOf("code", {
    android: {
      ...android,
      id: "code",
      digests: { required: "code" },
      arms: [{ type: "wrong-passcodes", attempts: 5, scope: "SCOPE_DEVICE" }],
    },
  });
  expect(changedUnderRules(undefined, compiledOf([policyOf([passcode])]))).toEqual([]);
});

test("what is only watched neither rules nor says anything, and is new when it is carried out", () => {
  const watching = { mode: "observe" } as const;
  const ruled = set([rule], { name: "q" });
  expect(changedUnderRules(undefined, set([level(26)], watching, [ruled]))).toEqual([]);
  expect(changedUnderRules(set([level(26)], watching, [ruled]), set([level(26)], {}, [ruled]))).toEqual([
    told("3 days"),
  ]);
  const watched = set([rule], { name: "q", ...watching });
  expect(changedUnderRules(undefined, set([level(26)], {}, [watched]))).toEqual([]);
});

test("the same said to others than before is new", () => {
  const to = (device: string) => ({ target: { devices: new Set([device]) } });
  const said = [rule, level(26)];
  expect(changedUnderRules(set(said, to("d1")), set(said, to("d2")))).toEqual([told("3 days")]);
  expect(changedUnderRules(set(said, to("d1")), set(said, to("d1")))).toEqual([]);
});

test("an app is said of where rules are about applications, and as its policy wants it", () => {
  const both = rules({ applications: 1, minimumApiLevel: 1 });
  const chat = (type: string) => saying("chat", { application: { installType: type } });
  const change = changedUnderRules(set([both, chat("AVAILABLE")]), set([both, chat("FORCE_INSTALLED")]));
  expect(change).toEqual([told("1 day", "chat", "applications")]);
  expect(changedUnderRules(undefined, set([rule, chat("AVAILABLE")]))).toEqual([]);
  // A profile that says so of apps itself is one that says so.
  const list = saying("list", { applications: [{ packageName: "com.a" }] });
  expect(changedUnderRules(undefined, set([both, list]))).toEqual([told("1 day", "list", "applications")]);
  const blocked: ItemUse = { ...chat("AVAILABLE")[0], install: "blocked" };
  const contents = new Map([["chat", chat("AVAILABLE")[1]]]);
  expect(changedUnderRules(undefined, compiledOf([policyOf([both[0], blocked])], { contents }))).toEqual([]);
});
