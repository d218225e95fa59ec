import { expect, test } from "vitest";
import type { Platform } from "./facts.ts";
import { afterwardsOf, type Departing, type Ending } from "./lifecycle.ts";

const company: Departing = { ownership: "company", platform: "ios", listed: false, maker: undefined };
const personal: Departing = { ...company, ownership: "personal" };
const group = { reenrollGroup: "spares" };

// The table of docs/kinds/deprovision.md, row by row.
const rows: readonly [Ending, Departing, string, boolean][] = [
  [{ state: "in-repair", ...group }, company, "in-repair", true],
  [{ state: "in-repair", ...group }, personal, "in-repair", true],
  [{ state: "employee-left", ...group }, company, "in-stock", true],
  [{ state: "employee-left", ...group }, personal, "retired", true],
  [{ state: "retired", ...group }, company, "retired", false],
  [{ state: "retired", ...group }, personal, "retired", false],
  [{ state: "other", ...group }, company, "in-stock", true],
  [{ state: "other", ...group }, personal, "retired", true],
  [{ state: "other", recordAs: "lost", ...group }, company, "lost", true],
  [{ state: "other", recordAs: "in-stock", ...group }, personal, "in-stock", true],
  // A record that is called so is not retired: it may come back, and nothing of it is erased.
  [{ state: "other", recordAs: "retired", ...group }, company, "retired", true],
];

test.each(rows)("%j of %j becomes %s, may enroll again: %s", (ending, device, record, mayEnroll) => {
  expect(afterwardsOf(ending, device)).toMatchObject({
    record,
    mayEnroll,
    erased: !mayEnroll,
    ...(mayEnroll ? group : {}),
  });
  if (!mayEnroll) expect(afterwardsOf(ending, device)).not.toHaveProperty("reenrollGroup");
});

test("only what is retired is to be released, from every portal that would bring it back", () => {
  const portals = (
    platform: Platform | undefined,
    more: Partial<Departing> = {},
    state: Ending["state"] = "retired",
  ) => afterwardsOf({ state }, { ...company, platform, ...more }).releases;
  expect(portals("ipados", { listed: true })).toEqual(["apple-business"]);
  expect(portals("ipados")).toEqual([]);
  expect(portals("android", { maker: "Google" })).toEqual(["zero-touch"]);
  expect(portals("android", { maker: "samsung" })).toEqual(["zero-touch", "knox"]);
  // Nobody knows who made it: it may be in either.
  expect(portals("android")).toEqual(["zero-touch", "knox"]);
  expect(portals("android", { ownership: "personal" })).toEqual([]);
  // A company's list has it, whoever it is said to belong to.
  expect(portals("ios", { ownership: "personal", listed: true })).toEqual(["apple-business"]);
  for (const state of ["in-repair", "employee-left", "other"] as const)
    expect(portals("ios", { listed: true }, state)).toEqual([]);
});
