import { expect, test } from "vitest";
import { inSomeOrder, leftIn } from "./armed-order.ts";
import type { Stand } from "./armed-stand.ts";
import type { GrantedItem } from "./granted.ts";
import { policyOf } from "./test-compiled.ts";
import { grantedOf, profile } from "./test-situation.ts";

type Parts = Partial<Omit<Stand, "texts">>;

const standOf = (more: Parts): Stand => ({
  texts: new Set(),
  said: [],
  settings: [],
  rivals: [],
  arms: [],
  lifts: [],
  rolls: false,
  ...more,
});
const said = (key: string, content = "", shape = "") => ({
  key,
  shape: `${key} ${shape}`,
  text: `${key} ${shape} ${content}`,
});
const rival = (policy: string, text = "") => ({ policy, text: `${policy} ${text}` });
const armOf = (key: string, by = "passcode A", limit = 3) => ({
  policy: "p",
  arm: { key, by, limit, text: `erases by ${by}` },
});
const outcome = (by = "passcode A", limit = 3) => ({ by, limit, text: "" });
const lift = (key: string) => ({ target: policyOf([]).target, keys: [key], text: key });

/** The items that could arm on the way, from `first` to the same with `second`. */
function arming(
  first: Parts,
  second: Parts,
  decided: readonly ReturnType<typeof outcome>[] = [],
): readonly string[] {
  const [stood, stands] = [standOf(first), standOf({ ...first, ...second })];
  const found = inSomeOrder(stood, stands, decided);
  return [...new Set(found.map((sentence) => sentence.split(" ")[1] ?? ""))];
}

const android = { said: [said("strict"), said("lax")], arms: [armOf("strict")] };
const apple = { said: [said("strict"), said("lax")], arms: [armOf("strict", "apple")] };

test("on Android what arms may come before, or stay longer than, another item that changes", () => {
  expect(arming(android, { said: [said("strict"), said("lax", "new")] })).toEqual(["strict"]);
  expect(arming(android, { said: [said("strict")], arms: [] })).toEqual(["strict"]);
  expect(arming(android, { said: [said("strict"), said("lax"), said("more")], arms: [] })).toEqual([
    "strict",
  ]);
  expect(arming({ ...android, arms: [] }, { said: [said("lax", "new")], arms: android.arms })).toEqual([
    "strict",
  ]);
  // It changes as a whole.
  expect(arming(android, {})).toEqual([]);
  expect(arming(android, { said: [said("strict", "new"), said("lax")] })).toEqual([]);
  expect(arming(apple, { said: [said("strict", "new"), said("lax", "new")] })).toEqual([]);
  const found = inSomeOrder(standOf({}), standOf(android), []);
  expect(found).toEqual(["Policy/p strict lets erases by passcode A"]);
});

test("what is exempted, before or after, may be there for a while: on Android with it whatever it overrules", () => {
  for (const lifts of [{ lifts: [lift("lax")] }, { lifts: [lift("strict")] }]) {
    const found = lifts.lifts[0]?.keys[0] === "strict" ? ["strict"] : [];
    for (const [first, second] of [
      [{}, lifts],
      [lifts, { lifts: [] }],
    ] as const) {
      expect(arming({ ...android, ...first }, second)).toEqual(["strict"]);
      expect(arming({ ...apple, ...first }, second)).toEqual(found);
    }
  }
});

test("an item that policies want otherwise may be there for a while when one of them rolls out", () => {
  const reshaped = { said: [said("strict", "", "report"), said("lax")] };
  const settled = { said: [said("strict", "new"), said("lax")] };
  expect(arming(apple, reshaped)).toEqual([]);
  for (const [first, second] of [
    [{ rolls: true }, { rolls: false }],
    [{}, { rolls: true }],
  ] as const) {
    expect(arming({ ...apple, ...first }, { ...reshaped, ...second })).toEqual(["strict"]);
    expect(arming({ ...android, ...first }, { ...reshaped, ...second })).toEqual(["strict"]);
    expect(arming({ ...apple, ...first }, { ...settled, ...second })).toEqual([]);
    expect(arming({ ...android, ...first }, { ...settled, ...second })).toEqual([]);
    // Others are no matter to it on Apple devices, and in what order they stand in none.
    const other = { said: [said("lax", "", "report"), said("strict")] };
    expect(arming({ ...apple, ...first }, { ...other, ...second })).toEqual([]);
    const twice = { said: [said("strict", "", "b"), said("strict", "", "a")] };
    const turned = { said: [...twice.said].reverse() };
    expect(arming({ ...apple, ...twice, ...first }, { ...turned, ...second })).toEqual([]);
  }
});

test("policies that come one after the other may be in conflict for so long, and take down what overrules", () => {
  const first = { ...android, rivals: [rival("b"), rival("c")] };
  const both = { rivals: [rival("b", "new"), rival("c", "new")] };
  expect(arming({ ...first, rolls: true }, both)).toEqual(["strict"]);
  expect(arming(first, { ...both, rolls: true })).toEqual(["strict"]);
  expect(arming({ ...first, rolls: true }, { rivals: [] })).toEqual(["strict"]);
  expect(arming(first, both)).toEqual([]);
  expect(arming({ ...first, rolls: true }, { rivals: [rival("b", "new"), rival("c")] })).toEqual([]);
  expect(arming({ ...apple, rivals: first.rivals, rolls: true }, both)).toEqual([]);
});

test("what devices erase themselves by already is decided about, unless it is over a value that changes", () => {
  const change = { said: [said("strict"), said("lax", "new")] };
  expect(arming(android, change, [outcome()])).toEqual([]);
  expect(arming(android, change, [outcome("passcode A", 2)])).toEqual([]);
  expect(arming(android, change, [outcome("passcode A", 4)])).toEqual(["strict"]);
  expect(arming(android, change, [outcome("passcode B", 2)])).toEqual(["strict"]);
  expect(arming(android, change, [outcome("passcode B"), outcome()])).toEqual([]);
  const over = (level: string, more = "x") => [
    { setting: "level", text: level },
    { setting: "more", text: more },
  ];
  const ruled = { ...android, arms: [armOf("strict", "setting level")], settings: over("28") };
  const decided = [outcome("setting level")];
  expect(arming(ruled, { ...change, settings: over("28", "y") }, decided)).toEqual([]);
  expect(arming(ruled, { ...change, settings: over("28").reverse() }, decided)).toEqual([]);
  expect(arming(ruled, { ...change, settings: [...over("28"), ...over("27")].reverse() }, decided)).toEqual([
    "strict",
  ]);
  expect(arming(ruled, { ...change, settings: over("30") }, decided)).toEqual(["strict"]);
  const turned = [...over("28"), ...over("27")];
  expect(
    arming({ ...ruled, settings: turned }, { ...change, settings: [...turned].reverse() }, decided),
  ).toEqual([]);
});

/** The items by which devices that have these erase themselves, when `lax`, or what is beside it, changes. */
function left(
  items: readonly GrantedItem[],
  {
    leftAlone = [],
    second = {},
    wanted = [],
  }: { leftAlone?: readonly GrantedItem[]; second?: Parts; wanted?: readonly GrantedItem[] } = {},
): readonly string[] {
  const granted = { id: "g", body: grantedOf(items, { leftAlone }) };
  const first = { ...android, rivals: [rival("b")] };
  const change = { ...first, said: [said("strict"), said("lax", "new")], ...second };
  return leftIn({ granted }, { items: wanted as never }, standOf(first), standOf(change));
}

test("what Android devices have still arms them when it was to change or go, and another item changes", () => {
  const had = profile("strict", { key: "strict", kind: "AndroidFragment", effects: { arms: true } });
  const sentence = "Policy/p strict lets Android devices erase themselves by what they still have";
  expect(left([had])).toEqual([sentence]);
  expect(left([], { leftAlone: [had] })).toEqual([sentence]);
  expect(left([had], { wanted: [{ ...had, digest: "new" }] })).toEqual([sentence]);
  expect(left([had], { wanted: [had] })).toEqual([]);
  expect(left([{ ...had, kind: "Profile" }])).toEqual([]);
  expect(
    left([
      { ...had, effects: {} },
      { ...had, effects: { disrupts: "x" } },
    ]),
  ).toEqual([]);
  const { effects: _effects, ...harmless } = had;
  expect(left([harmless])).toEqual([]);
  // It alone changes, or nothing.
  expect(left([had], { second: { said: [said("strict", "new"), said("lax")] } })).toEqual([]);
  expect(left([had], { second: { said: android.said } })).toEqual([]);
  expect(left([had], { second: { said: android.said, rivals: [rival("b", "new")] } })).toEqual([sentence]);
  expect(leftIn({ granted: undefined }, { items: [] }, standOf(android), standOf({}))).toEqual([]);
});
