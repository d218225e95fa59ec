import { expect, test } from "vitest";
import { stakeIn } from "./armed-stake.ts";
import { keysOf, liftsOf, type Statements, statementsOf } from "./arming.ts";
import type { AndroidForm, AppleForm, CompiledPolicy, ItemUse } from "./compiled.ts";
import type { Content } from "./content.ts";
import { compiledOf, policyOf, useOf } from "./test-compiled.ts";

const origin = { file: "p.yaml", line: 1, column: 1 };
const wrong = { type: "wrong-passcodes", attempts: 3, scope: "SCOPE_DEVICE" } as const;
const notKept = (setting: string) =>
  ({ type: "not-kept", setting, blocksAfterDays: 0, wipesAfterDays: 3 }) as const;

/** An item that decides these values of Android, by path. */
function android(
  key: string,
  values: Readonly<Record<string, string>>,
  form: Partial<AndroidForm> = {},
  more: Partial<ItemUse> = {},
): ItemUse {
  const places = Object.fromEntries(Object.keys(values).map((path) => [path, origin]));
  const rest = { kind: "AndroidFragment", id: key, digests: { required: key }, secrets: [] } as const;
  return useOf(key, { android: { ...rest, values, places, ...form } }, more);
}

function apple(key: string, form: Partial<AppleForm> = {}, more: Partial<ItemUse> = {}): ItemUse {
  return useOf(key, { apple: { id: key, digest: key, scope: "device", secrets: [], ...form } }, more);
}

const strict = android("strict", { "passwordPolicies[A].length": "6", level: "1" }, { arms: [wrong] });
const lax = android("lax", { "passwordPolicies[A].length": "4", camera: "on" });
const camera = android("camera", { camera: "off", sound: "off" });
const code = apple("code", { arms: 4 });
const sound = android("sound", { sound: "on" });

test("at stake are the items that arm, what they say or erase over, and what others say beside that", () => {
  const ruled = android("ruled", { "rules[0].days": "3" }, { arms: [notKept("level"), wrong] });
  const app = android("chat", { "applications[com.chat].packageName": "" }, { kind: "AndroidApp" });
  expect(stakeIn([compiledOf([policyOf([lax, camera, app, apple("plain")])])])).toBeUndefined();
  const stakeOf = (...uses: readonly ItemUse[]) => stakeIn([compiledOf([]), compiledOf([policyOf(uses)])]);
  expect(stakeOf(strict, lax, camera, code)).toEqual({
    keys: new Set(["strict", "code"]),
    settings: new Set(["passwordPolicies", "level"]),
    values: new Set(["passwordPolicies[A].length", "level", "camera"]),
  });
  expect(stakeOf(ruled, app)?.settings).toEqual(new Set(["level", "rules"]));
  expect(stakeOf(android("apps", {}, { arms: [notKept("applications")] }), app)?.values).toEqual(
    new Set(["applications[com.chat].packageName"]),
  );
});

/** What is said of `strict` and `code`, with these contents by digest. */
function said(
  policies: readonly CompiledPolicy[],
  contents: Readonly<Record<string, object>> = {},
): readonly Statements[] {
  const of = new Map(
    Object.entries(contents).map(([digest, policy]) => [
      digest,
      { kind: "AndroidFragment", policy } as Content,
    ]),
  );
  const stake = stakeIn([compiledOf([policyOf([strict, lax, code])])]);
  if (stake === undefined) throw new Error("nothing is at stake");
  return statementsOf(compiledOf(policies, { contents: of }), policies, stake);
}

test("a policy says what its items at stake are, what they decide, and what arms; else it says nothing", () => {
  const policies = [
    policyOf([sound, apple("plain")], { name: "none" }),
    policyOf([sound, strict, code, camera], { name: "p", rollout: {} as never }),
  ];
  const found = said(policies, {
    strict: { level: 1, sound: "x", passwordPolicies: [] },
    camera: { sound: "x" },
  });
  expect(found).toEqual([
    {
      policy: "p",
      target: policies[1]?.target,
      said: [expect.objectContaining({ key: "strict" }), expect.objectContaining({ key: "code" })],
      settings: [
        { setting: "passwordPolicies", text: '["strict",100,"enforce",[]]' },
        { setting: "level", text: '["strict",100,"enforce",1]' },
      ],
      rivals: [expect.objectContaining({ key: "strict" }), expect.objectContaining({ key: "camera" })],
      arms: [
        { key: "strict", by: "passcode SCOPE_DEVICE", limit: 3, text: expect.anything() },
        { key: "code", by: "apple", limit: 4, text: expect.anything() },
      ],
      rolls: true,
      secret: false,
    },
  ]);
  expect(keysOf(found)).toEqual(new Set(["strict", "code", "camera"]));
  expect(said([policyOf([strict], { mode: "observe" })])).toEqual([
    expect.objectContaining({ arms: [], rolls: false, said: [expect.objectContaining({ key: "strict" })] }),
  ]);
});

/** What a policy says in one text. */
function textOf(use: ItemUse, more: Partial<CompiledPolicy> = {}, contents: Record<string, object> = {}) {
  const [{ said: items, rivals } = { said: [], rivals: [] }] = said(
    [policyOf([use], more as object)],
    contents,
  );
  return JSON.stringify([items, rivals.map(({ text }) => text)]);
}

test.each<[string, ItemUse, ItemUse]>([
  ["is installed otherwise", strict, { ...strict, install: "available" }],
  ["is brought back otherwise", strict, { ...strict, drift: "report" }],
  ["goes otherwise", strict, { ...strict, onLeave: "keep" as never }],
  [
    "arms and is another content",
    strict,
    { ...strict, forms: withAndroid(strict, { digests: { required: "other" } }) },
  ],
  [
    "says something that is in conflict with nothing and cannot be had",
    listed({}),
    listed({ refused: "so" }),
  ],
  [
    "arms and needs something",
    code,
    apple("code", { arms: 4, needs: [{ names: ["a"], gates: {} as never }] }),
  ],
  ["arms and is another profile", code, apple("code", { arms: 4, digest: "other" })],
  ["decides another value", lax, android("lax", { "passwordPolicies[A].length": "4", camera: "x" })],
  ["decides another value of what it may be in conflict about", camera, android("camera", { camera: "x" })],
  [
    "says something beside what arms and cannot be had",
    lax,
    { ...lax, forms: withAndroid(lax, { refused: "so" }) },
  ],
  [
    "says something beside what arms and needs something",
    camera,
    { ...camera, forms: withAndroid(camera, { needs: [{ names: ["a"], fullyManaged: true }] }) },
  ],
  [
    "says something beside what arms, and uses a secret",
    camera,
    { ...camera, forms: withAndroid(camera, { secrets: ["s"] }) },
  ],
])("another thing is said of an item that %s", (_name, before, after) => {
  expect(textOf(after)).not.toBe(textOf(before));
});

/** A list joins others: it decides no value alone. */
function listed(more: Partial<AndroidForm>): ItemUse {
  return { ...lax, forms: withAndroid(lax, { values: {}, ...more }) };
}

function withAndroid({ forms }: ItemUse, more: Partial<AndroidForm>): ItemUse["forms"] {
  return { ...forms, android: { ...forms.android, ...more } as AndroidForm };
}

test("how an item is wanted is said with its priority, and by who only watches", () => {
  for (const more of [{ priority: 200 }, { mode: "observe" as const }])
    for (const use of [strict, camera]) expect(textOf(use, more)).not.toBe(textOf(use));
  const [one] = said([policyOf([strict, lax])]);
  const shapes = one?.said.map(({ shape }) => shape);
  expect(shapes).toEqual([expect.stringContaining('"strict",100'), expect.stringContaining('"lax",100')]);
  expect(said([policyOf([strict], { priority: 7 })])[0]?.said[0]?.shape).not.toBe(shapes?.[0]);
  const settingsAt = (more: object) => said([policyOf([lax], more)], { lax: { level: 2 } })[0]?.settings;
  expect(settingsAt({ priority: 7 })).toEqual([{ setting: "level", text: '["lax",7,"enforce",2]' }]);
  expect(settingsAt({ mode: "observe" })).toEqual([{ setting: "level", text: '["lax",100,"observe",2]' }]);
});

test("of an item that arms nothing only what it says of the settings at stake counts", () => {
  const of = (content: object, use = lax) => textOf(use, {}, { lax: content });
  expect(of({ level: 1, other: 1 })).toBe(of({ level: 1, other: 2 }));
  expect(of({ level: 1 })).not.toBe(of({ level: 2 }));
  expect(of({ level: 1 })).not.toBe(of({ passwordPolicies: 1 }));
  // A value that decides nothing at stake, and the place where something is written, are no matter.
  expect(textOf(android("camera", { camera: "off", sound: "x" }))).toBe(textOf(camera));
  const moved = { places: { level: { ...origin, line: 9 }, "passwordPolicies[A].length": origin } };
  expect(textOf({ ...strict, forms: withAndroid(strict, moved) })).toBe(textOf(strict));
});

test("a secret in any form of any item says that it matters on whose word a device is targeted", () => {
  const isSecret = (...uses: readonly ItemUse[]) => said([policyOf(uses)]).map(({ secret }) => secret);
  expect(isSecret(strict, code, lax)).toEqual([false]);
  const hidden = apple("code", { secrets: ["s"] });
  expect(isSecret(strict, hidden)).toEqual([true]);
  expect(isSecret({ ...strict, forms: { ...strict.forms, ...code.forms, ...hidden.forms } })).toEqual([true]);
  expect(isSecret(strict, { ...camera, forms: withAndroid(camera, { secrets: ["a", "b"] }) })).toEqual([
    true,
  ]);
  // Of what is not at stake it does not.
  expect(isSecret(strict, apple("plain", { secrets: ["s"] }))).toEqual([false]);
});

test("an exemption counts that lifts something at stake and is not over, in whatever order it names it", () => {
  const exemption = (lift: readonly string[], from: number, until: number) => {
    const { target } = policyOf([]);
    return { name: "e", target, lift: new Set(lift), from, until, reason: "test" };
  };
  const lifts = (...exemptions: readonly ReturnType<typeof exemption>[]) =>
    liftsOf({ exemptions }, new Set(["code", "strict"]), 100);
  const { target } = policyOf([]);
  const one = { target, keys: ["code", "strict"], text: '[["code","strict"],50,150]' };
  expect(lifts(exemption(["strict", "plain", "code"], 50, 150))).toEqual([one]);
  expect(lifts(exemption(["code"], 120, 101))).toEqual([
    { target, keys: ["code"], text: '[["code"],120,101]' },
  ]);
  expect(lifts(exemption(["code"], 50, 100), exemption(["plain"], 50, 150))).toEqual([]);
});
