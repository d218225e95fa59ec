import type { Cloud } from "../cloud.ts";
import type { EnterpriseRow } from "../kept.ts";
import { notAuthorized, wrongPolicyName } from "./google-error.ts";

/** The enterprise; refused with 403 when it is not there, as one that belongs to somebody else is. */
export function enterpriseOf(cloud: Cloud, name: string): EnterpriseRow {
  const row = cloud.kept.enterprises.get(name);
  if (row === undefined) throw notAuthorized();
  return row;
}

/** The full name of a policy that was given in full or by its id alone. */
export function policyNameOf(enterprise: string, given: string): string {
  const name = given.includes("/") ? given : `${enterprise}/policies/${given}`;
  const id = name.slice(`${enterprise}/policies/`.length);
  if (!name.startsWith(`${enterprise}/policies/`) || id === "" || id.includes("/"))
    throw wrongPolicyName(enterprise);
  return name;
}

/** Rows whose name lies directly in a collection, in the order in which they were made. */
export function rowsIn<T>(
  rows: ReadonlyMap<string, T>,
  collection: string,
): readonly (readonly [string, T])[] {
  const prefix = `${collection}/`;
  return [...rows].filter(([name]) => name.startsWith(prefix) && !name.includes("/", prefix.length));
}
