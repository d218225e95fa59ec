import { expect, test } from "vitest";
import { earlierFor } from "./armed-reach.ts";
import { userGroupsOf } from "./compile-groups.ts";
import type { Compiled, CompiledTarget } from "./compiled.ts";
import { compiledOf, groupsOf, policyOf } from "./test-compiled.ts";

const lists = (more: Partial<CompiledTarget>): Omit<CompiledTarget, "all" | "exclude"> => {
  const nobody = { devices: new Set<string>(), users: new Set<string>(), userGroups: new Set<string>() };
  return { groups: [], ...nobody, ...more };
};

type Around = Parameters<typeof compiledOf>[1];

/** Whether a policy with this target reaches nobody else when all around it becomes something else. */
function isSame(target: Partial<CompiledTarget>, before: Around, after: Around): boolean {
  const policy = policyOf([], { target });
  return earlierFor(compiledOf([policy], before), compiledOf([policy], after), policy).length === 1;
}

const staff = (...users: readonly string[]): Pick<Compiled, "userGroups"> => ({
  userGroups: userGroupsOf({
    direct: new Map([
      ["else@acme", ["others"]],
      ...users.map((user): [string, string[]] => [user, ["team"]]),
    ]),
    parents: new Map([["team", ["staff"]]]),
  }),
});

test("a policy that was carried out and is as before is the earlier one; any other is new", () => {
  const policy = policyOf([]);
  const [before, after] = [compiledOf([policyOf([], { name: "q" }), policy]), compiledOf([policy])];
  expect(earlierFor(before, after, policy)).toEqual([{ compiled: before, policy }]);
  expect(earlierFor(undefined, after, policy)).toEqual([]);
  expect(earlierFor(compiledOf([policyOf([], { mode: "observe" })]), after, policy)).toEqual([]);
  expect(earlierFor(compiledOf([policyOf([], { name: "q" })]), after, policy)).toEqual([]);
  const other = policyOf([], { target: { devices: new Set(["d1"]) } });
  expect(earlierFor(compiledOf([other]), after, policy)).toEqual([]);
});

test.each<[string, Parameters<typeof groupsOf>[0], boolean]>([
  ["nothing changes", {}, true],
  ["a group that it does not name changes", { far: { devices: new Set(["d9"]) } }, true],
  ["its group gets a device", { meant: { children: ["below"], devices: new Set(["d9"]) } }, false],
  [
    "a group below its group selects others",
    { below: { selector: [{ key: "tag.a", operator: "In", values: ["b"] }] } },
    false,
  ],
  ["its group loses the one below it", { meant: {} }, false],
  ["a group that it leaves out lets a device go", { spared: {} }, false],
])("a policy reaches the same devices or not, when %s", (_name, changed, expected) => {
  const groups = { meant: { children: ["below"] }, below: {}, spared: { devices: new Set(["d1"]) }, far: {} };
  const target = { groups: ["meant"], exclude: lists({ groups: ["spared"] }) };
  const after = { groups: groupsOf({ ...groups, ...changed }) };
  expect(isSame(target, { groups: groupsOf(groups) }, after)).toBe(expected);
  expect(isSame(target, { groups: groupsOf({ spared: groups.spared }) }, after)).toBe(false);
});

test("who comes into a user group that a policy is for is reached anew, and who leaves one that it leaves out", () => {
  const [ada, both] = [staff("ada@acme"), staff("ada@acme", "bob@acme")];
  const meant = { userGroups: new Set(["staff"]) };
  expect(isSame(meant, ada, ada)).toBe(true);
  expect(isSame(meant, ada, both)).toBe(false);
  expect(isSame(meant, both, ada)).toBe(true);
  const spared = { all: true, exclude: lists({ userGroups: new Set(["staff"]) }) };
  expect(isSame(spared, ada, both)).toBe(true);
  expect(isSame(spared, both, ada)).toBe(false);
  expect(isSame({ userGroups: new Set(["others"]) }, ada, both)).toBe(true);
});

test("a group that selects by user groups is another one with other users, and a group of a platform with another", () => {
  const [ada, both] = [staff("ada@acme"), staff("ada@acme", "bob@acme")];
  const selecting = (key: string) => ({
    groups: groupsOf({
      meant: { selector: [{ key, operator: "In", values: ["staff"] }] },
      other: { selector: [{ key: "userGroup", operator: "In", values: ["staff"] }] },
    }),
  });
  const of = (groups: string, key: string) =>
    isSame({ groups: [groups] }, { ...selecting(key), ...ada }, { ...selecting(key), ...both });
  expect([of("meant", "userGroup"), of("meant", "tag.group")]).toEqual([false, true]);

  const groups = groupsOf({ meant: {}, other: {} });
  const byDefault = (ios: string, macos = "meant") => ({
    groups,
    organization: { defaultGroups: { ios, macos } },
  });
  const meant = { groups: ["meant"] };
  expect(isSame(meant, byDefault("other"), byDefault("meant"))).toBe(false);
  expect(isSame(meant, byDefault("other"), byDefault("gone"))).toBe(true);
  expect(isSame({ groups: ["other"] }, byDefault("other", "meant"), byDefault("other", "gone"))).toBe(true);
});
