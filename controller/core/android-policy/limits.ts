import type { Body } from "./build-body.ts";
import { type Fields, isFields } from "./leaves.ts";

/** Why a policy must not be sent: Google would refuse it, or it would not mean what was declared. */
export interface PolicyFault {
  /** Keys of the items that are to blame. */
  readonly items: readonly string[];
  readonly reason: string;
}

const mostApplications = 3_000;
const mostMinimumVersions = 20;

/** Limits that only show when everything is put together (ApplicationPolicy, Policy.applications, Role). */
export function faultsOf({ body, sources }: Body): readonly PolicyFault[] {
  const applications = listOf(body.applications);
  const byIndex = (index: number): readonly string[] => itemsAt(sources, `applications[${index}]`);
  const found: PolicyFault[] = [];
  if (applications.length > mostApplications)
    found.push({
      items: byIndex(mostApplications),
      reason: `${applications.length} apps, and a policy takes ${mostApplications} at most`,
    });
  const versions = indexesOf(applications, (one) => one.minimumVersionCode !== undefined);
  if (versions.length > mostMinimumVersions)
    found.push({
      items: versions.flatMap(byIndex),
      reason: `${versions.length} apps ask for a version at least, and a policy takes ${mostMinimumVersions} at most`,
    });
  for (const [role, indexes] of rolesIn(applications))
    if (indexes.length > 1)
      found.push({
        items: indexes.flatMap(byIndex),
        reason: `${indexes.length} apps with the role ${role}, and a policy takes one`,
      });
  return found;
}

function rolesIn(applications: readonly Fields[]): ReadonlyMap<string, readonly number[]> {
  const roles = new Map<string, number[]>();
  for (const [index, { roles: list }] of applications.entries())
    for (const { roleType } of listOf(list)) {
      const known = roles.get(String(roleType)) ?? [];
      known.push(index);
      roles.set(String(roleType), known);
    }
  return roles;
}

function indexesOf(list: readonly Fields[], isOne: (one: Fields) => boolean): readonly number[] {
  return list.flatMap((one, index) => (isOne(one) ? [index] : []));
}

function itemsAt(sources: Body["sources"], path: string): readonly string[] {
  const found = Object.entries(sources).filter(([one]) => one === path || one.startsWith(`${path}.`));
  return [...new Set(found.flatMap(([, { items }]) => items))];
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}
