import type { Facts } from "./facts.ts";
import { compareVersions, isVersion } from "./version.ts";

/** True, false, or unknown because a fact it asks for has not been reported yet. */
export type Tri = boolean | undefined;

/** A selector with its `match` already written as expressions; all must hold. */
export type Selector = readonly Expression[];

export interface Expression {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "Absent" | "VersionAtLeast" | "VersionBelow";
  readonly values: readonly string[];
}

/** Three-valued: an unknown fact makes the answer unknown unless another expression already says no. */
export function selects(selector: Selector, facts: Facts, userGroups: readonly string[]): Tri {
  return every(selector.map((expression) => holds(expression, facts, userGroups)));
}

/** Conjunction over three values. */
export function every(answers: readonly Tri[]): Tri {
  if (answers.includes(false)) return false;
  return answers.includes(undefined) ? undefined : true;
}

/** Disjunction over three values. */
export function some(answers: readonly Tri[]): Tri {
  if (answers.includes(true)) return true;
  return answers.includes(undefined) ? undefined : false;
}

/** Keys whose values come from the device alone unless something asserts them. */
export const reportedKeys: ReadonlySet<string> = new Set(["platform", "model", "osVersion", "mode"]);

/** Owners and tags are asserted or do not exist; everything else may simply not be known yet. */
export function canBeUnknown(key: string): boolean {
  return key !== "owner" && key !== "userGroup" && !key.startsWith("tag.");
}

function holds(expression: Expression, facts: Facts, userGroups: readonly string[]): Tri {
  const values = expression.key === "userGroup" ? userGroups : present(facts[expression.key]?.value);
  if (values.length === 0 && canBeUnknown(expression.key)) return undefined;
  switch (expression.operator) {
    case "Exists":
      return values.length > 0;
    case "Absent":
      return values.length === 0;
    case "In":
      return values.some((value) => includes(expression, value));
    case "NotIn":
      return !values.some((value) => includes(expression, value));
    default:
      return compares(expression, values[0]);
  }
}

function compares(expression: Expression, value: string | undefined): Tri {
  const bound = expression.values[0];
  if (value === undefined || bound === undefined || !isVersion(value)) return undefined;
  const order = compareVersions(value, bound);
  return expression.operator === "VersionAtLeast" ? order >= 0 : order < 0;
}

function includes(expression: Expression, value: string): boolean {
  if (expression.key === "osVersion")
    return expression.values.some((wanted) => isVersion(value) && compareVersions(value, wanted) === 0);
  if (expression.key !== "owner") return expression.values.includes(value);
  return expression.values.some((wanted) => wanted.toLowerCase() === value.toLowerCase());
}

function present(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value];
}
