import { describe, expect, test } from "vitest";
import { userGroupsOf } from "./compile-groups.ts";
import type { Compiled, CompiledGroup, CompiledTarget } from "./compiled.ts";
import type { Facts } from "./facts.ts";
import { certainGroups, isTargeted, membershipOf, type Subject, undecidedIn, userOf } from "./membership.ts";

const modern = [{ key: "osVersion", operator: "VersionAtLeast" as const, values: ["18"] }];

function groupOf(name: string, more: Partial<CompiledGroup> = {}): CompiledGroup {
  return { name, selector: undefined, devices: new Set(), children: [], trustReported: false, ...more };
}

/** A policy set in which only these groups matter. */
function compiled(...groups: readonly CompiledGroup[]): Compiled {
  return withDefaults({}, ...groups);
}

/** The same, with the groups that devices join by their platform. */
function withDefaults(
  defaultGroups: Compiled["organization"]["defaultGroups"],
  ...groups: readonly CompiledGroup[]
): Compiled {
  const named = new Map(groups.map((group) => [group.name, group]));
  const direct = new Map([["ann@acme.example", ["sales"]]]);
  const userGroups = userGroupsOf({ direct, parents: new Map() });
  return { groups: named, userGroups, organization: { defaultGroups } } as unknown as Compiled;
}

function targetOf(more: Partial<CompiledTarget>): CompiledTarget {
  const none = { devices: new Set<string>(), users: new Set<string>(), userGroups: new Set<string>() };
  return { all: false, groups: [], ...none, exclude: undefined, ...more };
}

function subjectOf(
  facts: Record<string, string>,
  source: "asserted" | "reported" = "reported",
  named: string[] = [],
): Subject {
  const entries = Object.entries(facts).map(([key, value]) => [key, { value, source }]);
  return { facts: Object.fromEntries(entries) as Facts, named };
}

const nothingKnown = subjectOf({});

describe("a device of which nothing is known yet", () => {
  const set = compiled(
    groupOf("modern", { selector: modern }),
    groupOf("all-of-them", { children: ["modern"] }),
  );

  test.each([
    [["modern"], ["modern"]],
    [
      ["all-of-them", "modern"],
      ["all-of-them", "modern"],
    ],
    [[], []],
    [undefined, []],
  ])("that was in %j is in %j, and its groups are not decided", (previous, groups) => {
    const membership = membershipOf(set, nothingKnown, previous);
    expect([membership.groups, membership.unknown]).toEqual([groups, ["all-of-them", "modern"]]);
  });

  test("is in no group of earlier days that is decided by now, or gone", () => {
    const old = subjectOf({ osVersion: "17.7" });
    expect(membershipOf(set, old, ["modern", "gone"])).toMatchObject({ groups: [], unknown: [] });
  });

  test("is not hit by a target that may exclude it, unless it was excluded or not before", () => {
    const target = targetOf({ all: true, exclude: targetOf({ groups: ["modern"] }) });
    const hits = (subject: Subject, previous: readonly string[] | undefined) =>
      isTargeted(target, subject, membershipOf(set, subject, previous));
    expect([hits(nothingKnown, undefined), hits(nothingKnown, ["modern"])]).toEqual([false, false]);
    expect([hits(subjectOf({ osVersion: "17" }), []), hits(subjectOf({ osVersion: "18" }), [])]).toEqual([
      true,
      false,
    ]);
  });
});

describe("the group that a device says it is in", () => {
  const set = compiled(groupOf("board"), groupOf("staff", { children: ["board"] }));

  test.each([
    ["asserted", ["board", "staff"]],
    ["reported", []],
  ] as const)("counts only when it is asserted: %s", (source, groups) => {
    expect(membershipOf(set, subjectOf({ group: "board" }, source), undefined).groups).toEqual(groups);
  });

  test("is no other group", () => {
    expect(membershipOf(set, subjectOf({ group: "staff" }, "asserted"), undefined).groups).toEqual(["staff"]);
  });
});

describe("a group that a device is in for certain", () => {
  const group = groupOf("modern", { selector: modern, devices: new Set(["phone-1"]) });
  const parent = groupOf("parent", { children: ["modern"] });
  const certain = (subject: Subject, ...groups: readonly CompiledGroup[]) => {
    const set = compiled(...groups);
    return certainGroups(set, subject, membershipOf(set, subject, undefined));
  };

  test.each<[string, Subject, readonly string[]]>([
    ["what somebody else asserts of it", subjectOf({ osVersion: "18" }, "asserted"), ["modern", "parent"]],
    [
      "its name in the manifest",
      subjectOf({ osVersion: "18" }, "reported", ["phone-1"]),
      ["modern", "parent"],
    ],
    ["its enrollment into the group", subjectOf({ group: "modern" }, "asserted"), ["modern", "parent"]],
    ["its own word", subjectOf({ osVersion: "18" }), []],
    ["its own word for its enrollment", subjectOf({ group: "modern", osVersion: "18" }), []],
    ["a fact that it lacks", subjectOf({ osVersion: "17" }, "asserted"), []],
  ])("is so by %s", (_name, subject, groups) => {
    expect(certain(subject, group, parent)).toEqual(groups);
  });

  test("is so by its own word where the group trusts it, and not where only its parent's other children do", () => {
    const trusting = { ...group, trustReported: true };
    const other = groupOf("other", { trustReported: true });
    expect(certain(subjectOf({ osVersion: "18" }), trusting, parent)).toEqual(["modern", "parent"]);
    const parents = groupOf("parent", { children: ["modern", "other"] });
    expect(certain(subjectOf({ osVersion: "18" }), group, other, parents)).toEqual([]);
  });

  test("is not one that asks for an owner whom only the device names", () => {
    const owned = groupOf("owned", { selector: [{ key: "owner", operator: "Exists", values: [] }] });
    const sales = groupOf("sales", { selector: [{ key: "userGroup", operator: "In", values: ["sales"] }] });
    const named = { owner: "ann@acme.example" };
    expect(certain(subjectOf(named), owned, sales)).toEqual([]);
    expect(certain(subjectOf(named, "asserted"), owned, sales)).toEqual(["owned", "sales"]);
  });
});

describe("a target", () => {
  const set = compiled(groupOf("board", { devices: new Set(["phone-1"]) }));
  const ann = { ...subjectOf({ owner: "Ann@acme.example" }, "asserted"), named: ["phone-1"] };

  test.each<[string, Partial<CompiledTarget>, boolean]>([
    ["everybody", { all: true }, true],
    ["its group", { groups: ["board"] }, true],
    ["another group", { groups: ["staff"] }, false],
    ["its name", { devices: new Set(["phone-1"]) }, true],
    ["another name", { devices: new Set(["phone-2"]) }, false],
    ["its owner, however written", { users: new Set(["ann@acme.example"]) }, true],
    ["another owner", { users: new Set(["bob@acme.example"]) }, false],
    ["a group of its owner", { userGroups: new Set(["sales"]) }, true],
    ["everybody but its group", { all: true, exclude: targetOf({ groups: ["board"] }) }, false],
    [
      "everybody but its owner",
      { all: true, exclude: targetOf({ users: new Set(["ann@acme.example"]) }) },
      false,
    ],
    [
      "its name, though not another group",
      { devices: new Set(["phone-1"]), exclude: targetOf({ groups: ["staff"] }) },
      true,
    ],
    ["nobody", {}, false],
  ])("of %s", (_name, more, hit) => {
    expect(isTargeted(targetOf(more), ann, membershipOf(set, ann, undefined))).toBe(hit);
  });

  test("lets nobody in for an owner whom only the device names, and keeps out whom he would", () => {
    const said = subjectOf({ owner: "ann@acme.example" });
    const membership = membershipOf(set, said, undefined);
    const ann = new Set(["ann@acme.example"]);
    const sales = new Set(["sales"]);
    expect(isTargeted(targetOf({ users: ann, userGroups: sales }), said, membership)).toBe(false);
    for (const exclude of [targetOf({ users: ann }), targetOf({ userGroups: sales })])
      expect(isTargeted(targetOf({ all: true, exclude }), said, membership)).toBe(false);
  });
});

describe("a group that devices join by their platform", () => {
  const groups = ["droids", "phones", "staff"].map((name) => groupOf(name));
  const set = withDefaults({ ios: "phones", android: "droids" }, ...groups);
  const placed = (subject: Subject, previous?: readonly string[]) => {
    const { groups, unknown } = membershipOf(set, subject, previous);
    return [groups, unknown];
  };

  test("is that of the platform, and not decided before the platform is known", () => {
    expect(placed(subjectOf({ platform: "ios" }))).toEqual([["phones"], []]);
    expect(placed(subjectOf({ platform: "android" }))).toEqual([["droids"], []]);
    expect(placed(subjectOf({ platform: "macos" }))).toEqual([[], []]);
    expect(placed(nothingKnown)).toEqual([[], ["droids", "phones"]]);
    expect(placed(nothingKnown, ["staff", "phones"])).toEqual([["phones"], ["droids", "phones"]]);
    // What only the platform says is its own word.
    expect(
      certainGroups(
        set,
        subjectOf({ platform: "ios" }),
        membershipOf(set, subjectOf({ platform: "ios" }), undefined),
      ),
    ).toEqual([]);
  });

  test("is left to those whom their enrollment, or their return, put into none", () => {
    expect(placed(subjectOf({ platform: "ios", group: "staff" }, "asserted"))).toEqual([["staff"], []]);
    expect(placed(subjectOf({ platform: "ios", group: "staff" }))).toEqual([["phones"], []]);
    expect(placed(subjectOf({ platform: "ios", returnsTo: "staff" }))).toEqual([["staff"], []]);
    expect(placed(subjectOf({ returnsTo: "staff" }, "asserted"))).toEqual([["staff"], []]);
    // The group that it was to return to is declared no more.
    expect(placed(subjectOf({ platform: "ios", returnsTo: "gone" }))).toEqual([["phones"], []]);
    const both = subjectOf({ platform: "ios", returnsTo: "gone", group: "droids" }, "asserted");
    expect(placed(both)).toEqual([["droids"], []]);
    expect(placed(subjectOf({ returnsTo: "staff", group: "droids" }, "asserted"))).toEqual([["staff"], []]);
  });

  test("is certain by a return that somebody asserts, and not by one that the device tells", () => {
    const certain = (source: "asserted" | "reported") => {
      const subject = subjectOf({ returnsTo: "staff" }, source);
      return certainGroups(set, subject, membershipOf(set, subject, undefined));
    };
    expect([certain("asserted"), certain("reported")]).toEqual([["staff"], []]);
  });
});

test("groups within each other, however often and in a ring, are asked once, and one that is not there has nobody", () => {
  const [a, b] = [groupOf("a", { children: ["b"] }), groupOf("b", { children: ["a"] })];
  expect(membershipOf(compiled(a, b), nothingKnown, ["a"])).toMatchObject({ groups: [], unknown: [] });
  const inRing = compiled(a, { ...b, devices: new Set(["phone-1"]) });
  const named = subjectOf({}, "reported", ["phone-1"]);
  expect(membershipOf(inRing, named, undefined).groups).toEqual(["a", "b"]);
  expect(membershipOf(compiled(groupOf("a", { children: ["gone"] })), named, undefined).groups).toEqual([]);
  // Of thirty levels with two ways each nobody goes all.
  const levels = Array.from({ length: 30 }, (_, n) =>
    groupOf(`l${n}`, { children: n === 29 ? [] : [`l${n + 1}`, `l${n + 1}`] }),
  );
  expect(membershipOf(compiled(...levels), named, undefined).groups).toEqual([]);
});

test("a device is in no group for certain by what nobody has said yet, nor where one of several facts is its own word", () => {
  const before = groupOf("modern", { selector: modern });
  const certain = (group: CompiledGroup, subject: Subject) => {
    const set = compiled(group);
    return certainGroups(set, subject, membershipOf(set, subject, [group.name]));
  };
  expect(certain(before, nothingKnown)).toEqual([]);
  const tagged = { key: "tag.site", operator: "In" as const, values: ["berlin"] };
  const both = groupOf("both", { selector: [...modern, tagged] });
  const facts = {
    osVersion: { value: "18", source: "reported" },
    "tag.site": { value: "berlin", source: "asserted" },
  } as unknown as Facts;
  expect(certain(both, { facts, named: [] })).toEqual([]);
  expect(certain(groupOf("site", { selector: [tagged] }), { facts, named: [] })).toEqual(["site"]);
});

describe("the user of a channel", () => {
  const sales = groupOf("sales", { selector: [{ key: "userGroup", operator: "In", values: ["sales"] }] });
  const set = compiled(sales);
  const owned = subjectOf({ owner: "Bob@acme.example" });

  test("is meant by targets in place of the owner; groups of devices go by the owner", () => {
    const channel: Subject = { ...owned, channel: "user", user: "ann@acme.example" };
    const membership = membershipOf(set, channel, undefined);
    expect(membership).toEqual({ groups: [], unknown: [], userGroups: ["sales"] });
    expect(membershipOf(set, owned, undefined).userGroups).toEqual([]);
    const hits = (user: string) => isTargeted(targetOf({ users: new Set([user]) }), channel, membership);
    expect([hits("ann@acme.example"), hits("bob@acme.example")]).toEqual([true, false]);
    expect(isTargeted(targetOf({ userGroups: new Set(["sales"]) }), channel, membership)).toBe(true);
    expect([userOf(channel), userOf(owned), userOf(nothingKnown)]).toEqual([
      "ann@acme.example",
      "bob@acme.example",
      undefined,
    ]);
  });
});

test("a target is undecided because of the groups, of those it names or leaves out, that would change the answer", () => {
  const groups = ["a", "b", "c"].map((name) => groupOf(name, { selector: modern }));
  const site = groupOf("site", { devices: new Set(["phone-1"]) });
  const set = compiled(...groups, site);
  const undecided = (
    more: Partial<CompiledTarget>,
    previous: readonly string[] = [],
    named: string[] = [],
  ) => {
    const subject = subjectOf({}, "reported", named);
    return undecidedIn(targetOf(more), subject, membershipOf(set, subject, previous));
  };
  expect(undecided({ groups: ["a", "c"] })).toEqual(["a", "c"]);
  expect(undecided({ groups: ["a"] }, ["a"])).toEqual(["a"]);
  expect(undecided({ all: true, exclude: targetOf({ groups: ["b"] }) })).toEqual(["b"]);
  expect(undecided({ groups: ["site"] }, [], ["phone-1"])).toEqual([]);
  // It is in the target, or out of it, either way.
  expect(undecided({ groups: ["a", "site"] }, [], ["phone-1"])).toEqual([]);
  expect(
    undecided({ groups: ["a"], exclude: targetOf({ devices: new Set(["phone-1"]) }) }, [], ["phone-1"]),
  ).toEqual([]);
  expect(undecided({ groups: ["a"], exclude: targetOf({ groups: ["b"] }) })).toEqual([]);
  // In one group as before it is in the target whatever the other is.
  expect(undecided({ groups: ["a", "b"] }, ["b"])).toEqual(["b"]);
  const known = subjectOf({ osVersion: "18" });
  expect(undecidedIn(targetOf({ groups: ["a"] }), known, membershipOf(set, known, undefined))).toEqual([]);
  // One of two that it leaves out may be its own.
  const out = targetOf({ all: true, exclude: targetOf({ groups: ["site", "b"] }) });
  expect(isTargeted(out, nothingKnown, membershipOf(set, nothingKnown, undefined))).toBe(false);
});
