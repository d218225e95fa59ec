import type { Compiled, CompiledPolicy } from "./compiled.ts";
import { equal } from "./equal.ts";

/** A policy as it was in the revision before. */
export interface Earlier {
  readonly compiled: Compiled;
  readonly policy: CompiledPolicy;
}

/**
 * The policy as it was before, when it was carried out then and reaches nobody else now, as far as the repository says:
 * its target, the groups that this names and leaves out, and whom the user groups hold. Else nothing: what it says counts
 * as new. Facts of devices say more, and are not asked.
 */
export function earlierFor(
  before: Compiled | undefined,
  after: Compiled,
  policy: CompiledPolicy,
): readonly Earlier[] {
  if (before === undefined) return [];
  return before.policies
    .filter(({ name, mode }) => name === policy.name && mode !== "observe")
    .filter(({ target }) => equal(target, policy.target) && isForTheSame(before, after, policy))
    .map((known) => ({ compiled: before, policy: known }));
}

function isForTheSame(before: Compiled, after: Compiled, { target }: CompiledPolicy): boolean {
  const { exclude } = target;
  const names = [...target.groups, ...(exclude?.groups ?? [])];
  const usersOf = (compiled: Compiled, groups: Iterable<string> = []) => usersIn(compiled, new Set(groups));
  return (
    equal(groupsWithin(before, names), groupsWithin(after, names)) &&
    usersOf(after, target.userGroups).isSubsetOf(usersOf(before, target.userGroups)) &&
    usersOf(before, exclude?.userGroups).isSubsetOf(usersOf(after, exclude?.userGroups))
  );
}

/** What says who is in these groups and in all below them. */
function groupsWithin(compiled: Compiled, names: readonly string[]): unknown {
  const { groups, organization } = compiled;
  const found = new Set(names);
  for (const name of found) for (const child of groups.get(name)?.children ?? []) found.add(child);
  const within = [...groups.values()].filter(({ name }) => found.has(name));
  const selected = within.flatMap(({ selector = [] }) => selector).filter(({ key }) => key === "userGroup");
  return {
    groups: new Map(within.map((group) => [group.name, group])),
    users: usersIn(compiled, new Set(selected.flatMap(({ values }) => values))),
    defaults: new Map(Object.entries(organization.defaultGroups).filter(([, name]) => found.has(name))),
  };
}

/** Everybody who is in one of these user groups, by lower-case e-mail address. */
function usersIn({ userGroups }: Compiled, names: ReadonlySet<string>): ReadonlySet<string> {
  const users = names.size === 0 ? [] : [...userGroups.links.direct.keys()];
  return new Set(users.filter((user) => userGroups.get(user)?.some((name) => names.has(name))));
}
