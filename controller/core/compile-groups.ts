import type { Compiled, CompiledGroup, CompiledTarget, DeviceEntry } from "./compiled.ts";
import type { Selector as ManifestSelector, Target, TargetLists } from "./generated/manifest.ts";
import { type Manifest, manifestsOf, type PolicySet } from "./manifest.ts";
import type { Selector } from "./selector.ts";

/**
 * Groups with their children, of which they hold the members too. Children stand before their parents, so that no
 * depth of nesting makes the question of membership a deep one.
 */
export function compileGroups(set: PolicySet): ReadonlyMap<string, CompiledGroup> {
  const manifests = manifestsOf(set, "DeviceGroup");
  const children = new Map<string, string[]>();
  for (const { name, spec } of manifests) if (spec.parent !== undefined) add(children, spec.parent, name);
  return new Map(
    childrenFirst(manifests, children).map(({ name, spec }) => [
      name,
      {
        name,
        selector: spec.selector === undefined ? undefined : compileSelector(spec.selector),
        devices: new Set(spec.devices ?? []),
        children: children.get(name) ?? [],
        trustReported: spec.trustReported ?? false,
      },
    ]),
  );
}

function childrenFirst(
  manifests: readonly Manifest<"DeviceGroup">[],
  children: ReadonlyMap<string, readonly string[]>,
): readonly Manifest<"DeviceGroup">[] {
  const byName = new Map(manifests.map((manifest) => [manifest.name, manifest]));
  const open = new Map([...children].map(([name, list]) => [name, list.length]));
  const ordered = manifests.filter(({ name }) => !open.has(name));
  for (const { spec } of ordered) {
    const parent = spec.parent === undefined ? undefined : byName.get(spec.parent);
    const left = (open.get(parent?.name ?? "") ?? 0) - 1;
    if (parent === undefined) continue;
    open.set(parent.name, left);
    if (left === 0) ordered.push(parent);
  }
  return ordered;
}

/** Writes `match` as expressions, so that there is one way to evaluate a selector. */
export function compileSelector(selector: ManifestSelector): Selector {
  const matches = Object.entries(selector.match ?? {}).map(([key, value]) => ({
    key,
    operator: "In" as const,
    values: typeof value === "string" ? [value] : value,
  }));
  return [...matches, ...(selector.expressions ?? []).map((one) => ({ ...one, values: one.values ?? [] }))];
}

/** A target with its lists as sets; e-mail addresses in lower case. */
export function compileTarget(target: Target): CompiledTarget {
  const { exclude } = target;
  return {
    all: target.all === true,
    ...lists(target),
    exclude: exclude === undefined ? undefined : lists(exclude),
  };
}

function lists(target: TargetLists): Omit<CompiledTarget, "all" | "exclude"> {
  return {
    groups: target.groups ?? [],
    devices: new Set(target.devices ?? []),
    users: new Set((target.users ?? []).map((user) => user.toLowerCase())),
    userGroups: new Set(target.userGroups ?? []),
  };
}

/** Which user groups name each user, and which name each group. */
export interface UserGroupLinks {
  /** By lower-case e-mail address. */
  readonly direct: ReadonlyMap<string, readonly string[]>;
  readonly parents: ReadonlyMap<string, readonly string[]>;
}

/** The user groups of each owner, those that contain a group of theirs included. */
export function compileUserGroups(set: PolicySet): Compiled["userGroups"] {
  const parents = new Map<string, string[]>();
  const direct = new Map<string, string[]>();
  for (const { name, spec } of manifestsOf(set, "UserGroup")) {
    for (const child of spec.userGroups ?? []) add(parents, child, name);
    for (const user of spec.users ?? []) add(direct, user.toLowerCase(), name);
  }
  return userGroupsOf({ direct, parents });
}

/**
 * Answers from links, and is worked out when an owner is asked for: all of them at once would cost as much as nesting
 * can multiply them.
 */
export function userGroupsOf(links: UserGroupLinks): Compiled["userGroups"] {
  const { direct, parents } = links;
  const known = new Map<string, readonly string[]>();
  return {
    links,
    get(user) {
      const names = direct.get(user);
      if (names === undefined) return undefined;
      const groups = known.get(user) ?? withAncestors(names, parents);
      known.set(user, groups);
      return groups;
    },
  };
}

function add(lists: Map<string, string[]>, key: string, entry: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [entry]);
  else list.push(entry);
}

function withAncestors(
  names: readonly string[],
  parents: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const found = new Set(names);
  for (const one of found) for (const parent of parents.get(one) ?? []) found.add(parent);
  return [...found].sort();
}

/** What Device manifests assert, those of registers included. */
export function deviceEntries(set: PolicySet): readonly DeviceEntry[] {
  return manifestsOf(set, "Device").map(({ name, spec, origin }) => ({
    name,
    match: {
      ...(spec.match.serial === undefined ? {} : { serial: spec.match.serial }),
      // A personal Android device tells it where others tell their serial number.
      ...(spec.match.enterpriseSpecificId === undefined ? {} : { serial: spec.match.enterpriseSpecificId }),
      ...(spec.match.imei === undefined ? {} : { imei: spec.match.imei }),
      ...(spec.match.enrollmentId === undefined ? {} : { enrollmentId: spec.match.enrollmentId }),
    },
    alias: spec.alias,
    owner: spec.owner,
    ownership: spec.ownership,
    tags: spec.tags ?? {},
    ...(spec.asset === undefined ? {} : { asset: spec.asset }),
    origin,
  }));
}

/** Every name by which a target or a group refers to a device. */
export function referencesOf(set: PolicySet): ReadonlySet<string> {
  const names = new Set<string>();
  for (const manifest of set.manifests) for (const name of referencesIn(manifest.spec)) names.add(name);
  return names;
}

function referencesIn(spec: object): readonly string[] {
  const target = "target" in spec ? (spec.target as Target) : undefined;
  const group = "devices" in spec && Array.isArray(spec.devices) ? (spec.devices as string[]) : [];
  return [...group, ...(target?.devices ?? []), ...(target?.exclude?.devices ?? [])];
}
