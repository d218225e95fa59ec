import { expect, test } from "vitest";
import { armedBy, cautionOf, freezeReason } from "./caution.ts";
import type { Compiled } from "./compiled.ts";
import { deliveryVersion, rendererVersion } from "./compiled-content.ts";
import { compiledOf, policyOf, useOf } from "./test-compiled.ts";

const apple = (key: string, arms: number) =>
  useOf(key, { apple: { id: key, digest: key, scope: "device", secrets: [], arms } });
const erasing = (...keys: readonly string[]) => compiledOf([policyOf(keys.map((key) => apple(key, 5)))]);
const sentence = (key: string) => `Policy/p ${key} lets devices erase themselves after 5 wrong passcodes`;

const nothing = compiledOf([]);
const known = { rendered: rendererVersion, delivers: deliveryVersion };
const settled = { first: false, observeFirst: true, before: nothing, after: nothing, devices: [], ...known };
const begun = { ...settled, first: true, before: undefined, rendered: undefined, delivers: undefined };
const readPlan = "read `reeve plan`, then `reeve resume observe`";

test("the first revision of all is only watched, and says what it would let devices erase themselves by", () => {
  expect(cautionOf(begun)).toEqual({ observe: `first synchronisation: ${readPlan}` });
  expect(cautionOf({ ...begun, after: erasing("a") })).toEqual({
    observe: `first synchronisation; ${sentence("a")}: ${readPlan}`,
  });
  // Who does not want to look first looks at that.
  expect(cautionOf({ ...begun, observeFirst: false })).toEqual({});
  expect(cautionOf({ ...begun, observeFirst: false, after: erasing("a") })).toEqual({
    observe: `${sentence("a")}: ${readPlan}`,
  });
});

test("another version that renders or delivers otherwise is only watched, where something was rendered before", () => {
  expect(cautionOf(settled)).toEqual({});
  expect(cautionOf({ ...settled, rendered: "old" })).toEqual({
    observe: `this version renders profiles otherwise: ${readPlan}`,
  });
  const declares = "this version gives profiles by declaration where devices support it";
  for (const delivers of [undefined, "old"])
    expect(cautionOf({ ...settled, delivers })).toEqual({ observe: `${declares}: ${readPlan}` });
  expect(cautionOf({ ...settled, rendered: "old", delivers: "old" }).observe).toBe(
    `this version renders profiles otherwise; ${declares}: ${readPlan}`,
  );
  expect(cautionOf({ ...settled, rendered: undefined, delivers: undefined })).toEqual({});
  expect(cautionOf({ ...settled, rendered: "old", delivers: "old", observeFirst: false })).toEqual({});
  // The database knows another version, and its first revision came only now.
  expect(cautionOf({ ...settled, first: true, rendered: "old" })).toEqual({
    observe: `first synchronisation: ${readPlan}`,
  });
});

test("what lets devices erase themselves later waits for two approvers, whatever is watched first", () => {
  const armed = `${sentence("a")}: read \`reeve plan\`, then two approvers say \`reeve resume armed\``;
  for (const observeFirst of [true, false])
    expect(cautionOf({ ...settled, observeFirst, after: erasing("a") })).toEqual({ armed });
  expect(cautionOf({ ...settled, before: erasing("a"), after: erasing("a") })).toEqual({});
  expect(cautionOf({ ...settled, rendered: "old", after: erasing("a") })).toMatchObject({
    armed,
    observe: expect.stringContaining("renders"),
  });
});

test("of many things that let devices erase themselves two are told, and how many more there are", () => {
  const told = (before: Compiled, after: Compiled, devices: readonly string[] = []) =>
    armedBy({ before, after, devices });
  expect(told(nothing, nothing)).toBeUndefined();
  expect(told(nothing, nothing, [sentence("c")])).toBe(sentence("c"));
  expect(told(nothing, erasing("a"), [sentence("a"), sentence("c")])).toBe(
    `${sentence("a")}, ${sentence("c")}`,
  );
  expect(told(nothing, erasing("a", "b"))).toBe(`${sentence("a")}, ${sentence("b")}`);
  expect(told(nothing, erasing("a", "b", "c"))).toBe(`${sentence("a")}, ${sentence("b")}, and 1 more`);
  const android = { kind: "AndroidFragment", id: "x", secrets: [], values: {}, places: {} } as const;
  const arms = [
    { type: "not-kept", setting: "minimumApiLevel", blocksAfterDays: 0, wipesAfterDays: 1 },
  ] as const;
  const rule = useOf("rule", { android: { ...android, digests: { required: "rule" }, arms } });
  const level = useOf("level", { android: { ...android, digests: { required: "level" } } });
  const contents = new Map([
    ["level", { kind: "AndroidFragment", policy: { minimumApiLevel: 99 } } as never],
  ]);
  expect(told(compiledOf([policyOf([rule])]), compiledOf([policyOf([rule, level])], { contents }))).toContain(
    "Policy/p level changes minimumApiLevel",
  );
});

test("removals are frozen by a history that was rewritten, and by members that are lost", () => {
  const rewritten = "the history of the repository was rewritten";
  expect(freezeReason(false, undefined)).toBeUndefined();
  expect(freezeReason(true, undefined)).toBe(rewritten);
  expect(freezeReason(false, "group a loses 9")).toBe("group a loses 9");
  expect(freezeReason(true, "group a loses 9")).toBe(`${rewritten}; group a loses 9`);
});
