import { expect, test } from "vitest";
import type { Facts, Platform } from "./facts.ts";
import {
  afterwardsOf,
  type Departing,
  type Ending,
  endingIn,
  parametersOf,
  recordStates,
  releasePortals,
} from "./lifecycle.ts";

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
  for (const maker of ["samsung", "SAMSUNG Electronics"])
    expect(portals("android", { maker })).toEqual(["zero-touch", "knox"]);
  // Nobody knows who made it: it may be in either.
  expect(portals("android")).toEqual(["zero-touch", "knox"]);
  expect(portals("android", { ownership: "personal" })).toEqual([]);
  // A company's list has it, whoever it is said to belong to.
  expect(portals("ios", { ownership: "personal", listed: true })).toEqual(["apple-business"]);
  for (const state of ["in-repair", "employee-left", "other"] as const)
    expect(portals("ios", { listed: true }, state)).toEqual([]);
});

test("the names of states and portals are those of the record", () => {
  expect(recordStates).toEqual(["in-repair", "in-stock", "retired", "lost"]);
  expect(releasePortals).toEqual(["apple-business", "zero-touch", "knox"]);
  for (const state of ["in-repair", "employee-left", "retired", "other"])
    expect(endingIn({ state })).toEqual({ state });
  for (const none of [{}, { state: "lost" }]) expect(endingIn(none)).toBeUndefined();
});

test("what nobody knows or wants stands in no record, and only `other` is called as somebody likes", () => {
  const plain = afterwardsOf({ state: "in-repair" }, { ...company, platform: undefined });
  expect(plain).not.toHaveProperty("reenrollGroup");
  expect(plain).not.toHaveProperty("platform");
  expect(afterwardsOf({ state: "in-repair" }, company).platform).toBe("ios");
  expect(afterwardsOf({ state: "employee-left", recordAs: "lost" }, company).record).toBe("in-stock");
});

test("a device of a Deprovision takes along what becomes of it; other acts, and devices nobody owns, do not", () => {
  const facts = (
    ownership: string | undefined,
    enrollment?: string,
    source: "asserted" | "reported" = "asserted",
  ) =>
    ({
      ...(ownership === undefined ? {} : { ownership: { value: ownership, source: "asserted" } }),
      platform: { value: "ios", source: "reported" },
      ...(enrollment === undefined ? {} : { enrollment: { value: enrollment, source } }),
    }) as Facts;
  const given = (parameters: object, of: Facts, listed = false) =>
    parametersOf({ ...parameters }, of, { device: "d1" }, () => ({ listed, maker: undefined }));
  const retired = { state: "retired" };
  for (const ownership of ["company", "personal"])
    expect(given(retired, facts(ownership))).toEqual({
      ...retired,
      afterwards: {
        record: "retired",
        mayEnroll: false,
        erased: true,
        releases: [],
        ownership,
        platform: "ios",
      },
    });
  for (const ownership of [undefined, "somebody"]) expect(given(retired, facts(ownership))).toEqual(retired);
  expect(given({ pin: "1" }, facts("company"))).toEqual({ pin: "1" });
  const releases = (of: Facts, listed?: boolean) =>
    (given(retired, of, listed).afterwards as { readonly releases: unknown }).releases;
  expect(releases(facts("company"), true)).toEqual(["apple-business"]);
  expect(releases(facts("company", "automated"))).toEqual(["apple-business"]);
  expect(releases(facts("company", "automated", "reported"))).toEqual([]);
  expect(releases(facts("company", "manual"))).toEqual([]);
});
