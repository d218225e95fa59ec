import { digestOf } from "./canonical.ts";
import type { Compiled, CompiledPolicy } from "./compiled.ts";

/** What a revision says, line by line: what it is about, with a digest of what it says of it. */
export type DeclaredLines = Readonly<Record<string, string>>;

/** How two revisions differ, by the names of lines such as `Policy/baseline Profile/wifi`; each list is sorted. */
export interface DeclaredChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/**
 * A line for each item of each policy, each policy's target and priority, each group, exemption, act, enrollment and
 * device, and the organization. No text of theirs is in it.
 */
export function declaredLines(compiled: Compiled): DeclaredLines {
  const { organization, groups, policies, exemptions, acts, enrollments, devices } = compiled;
  const lines: [string, unknown][] = [
    [`Organization/${organization.name}`, organization],
    ...[...groups].map(([name, group]): [string, unknown] => [`DeviceGroup/${name}`, group]),
    ...policies.flatMap(linesOfPolicy),
    ...exemptions.map((one): [string, unknown] => [one.name, one]),
    ...acts.map(({ origin: _origin, ...one }): [string, unknown] => [one.name, one]),
    ...enrollments.map((one): [string, unknown] => [`AutomatedEnrollment/${one.name}`, withoutOrigins(one)]),
    ...devices.map((one): [string, unknown] => [`Device/${one.name}`, withoutOrigins(one)]),
  ];
  return Object.fromEntries(lines.map(([name, says]) => [name, digestOf(plain(says)).slice(0, 16)]));
}

function linesOfPolicy({
  name,
  uses,
  priority,
  target,
  mode,
  inventory,
}: CompiledPolicy): [string, unknown][] {
  return [
    [`Policy/${name}`, { priority, target, mode, inventory }],
    ...uses.map(({ key, drift, install, onLeave, forms }): [string, unknown] => [
      `Policy/${name} ${key}`,
      { drift, install, onLeave, apple: forms.apple?.digest, android: forms.android?.digests },
    ]),
  ];
}

/** A manifest that only moved in its file says the same. */
function withoutOrigins(one: object): object {
  return Object.fromEntries(Object.entries(one).filter(([key]) => key !== "origin"));
}

/** Sets and maps as sorted lists, so that equal ones have one digest. */
function plain(value: unknown): unknown {
  if (value instanceof Set) return [...value].map(plain).sort();
  if (value instanceof Map) return [...value].map(plain).sort();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/** What the second says that the first did not, or otherwise, or no more. */
export function changesBetween(before: DeclaredLines, after: DeclaredLines): DeclaredChanges {
  const names = Object.keys(after).sort();
  return {
    added: names.filter((name) => before[name] === undefined),
    changed: names.filter((name) => before[name] !== undefined && before[name] !== after[name]),
    removed: Object.keys(before)
      .filter((name) => after[name] === undefined)
      .sort(),
  };
}
