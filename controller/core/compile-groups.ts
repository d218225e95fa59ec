import type { CompiledGroup, CompiledTarget, DeviceEntry } from "./compiled.ts";
import type { Selector as ManifestSelector, Target, TargetLists } from "./generated/manifest.ts";
import { manifestsOf, type PolicySet } from "./manifest.ts";
import type { Selector } from "./selector.ts";

/** Groups with their children: members of a child are members of its parent too. */
export function compileGroups(set: PolicySet): ReadonlyMap<string, CompiledGroup> {
  const manifests = manifestsOf(set, "DeviceGroup");
  const children = new Map<string, string[]>();
  for (const { name, spec } of manifests)
    if (spec.parent !== undefined) children.set(spec.parent, [...(children.get(spec.parent) ?? []), name]);
  return new Map(
    manifests.map(({ name, spec }) => [
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

/** The user groups of each owner, those that contain a group of theirs included. */
export function compileUserGroups(set: PolicySet): ReadonlyMap<string, readonly string[]> {
  const manifests = manifestsOf(set, "UserGroup");
  const parents = new Map<string, string[]>();
  for (const { name, spec } of manifests)
    for (const child of spec.userGroups ?? []) parents.set(child, [...(parents.get(child) ?? []), name]);
  const groups = new Map<string, Set<string>>();
  for (const { name, spec } of manifests)
    for (const user of spec.users ?? []) {
      const known = groups.get(user.toLowerCase()) ?? new Set<string>();
      for (const one of ancestors(name, parents)) known.add(one);
      groups.set(user.toLowerCase(), known);
    }
  return new Map([...groups].map(([user, names]) => [user, [...names].sort()]));
}

function ancestors(name: string, parents: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const found = new Set([name]);
  for (const one of found) for (const parent of parents.get(one) ?? []) found.add(parent);
  return found;
}

/** What Device manifests assert, those of registers included. */
export function deviceEntries(set: PolicySet): readonly DeviceEntry[] {
  return manifestsOf(set, "Device").map(({ name, spec, origin }) => ({
    name,
    match: {
      ...(spec.match.serial === undefined ? {} : { serial: spec.match.serial }),
      ...(spec.match.imei === undefined ? {} : { imei: spec.match.imei }),
      ...(spec.match.enrollmentId === undefined ? {} : { enrollmentId: spec.match.enrollmentId }),
    },
    alias: spec.alias,
    owner: spec.owner,
    ownership: spec.ownership,
    tags: spec.tags ?? {},
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
