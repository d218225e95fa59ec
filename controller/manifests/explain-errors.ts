import type { ErrorObject } from "ajv";
import type { Diagnostic } from "../core/diagnostic.ts";
import type { Place } from "../core/manifest.ts";
import { explainError, type Finding, isChoiceOfKeys } from "./explain-error.ts";
import { fieldPath, type Path } from "./paths.ts";
import type { Schema } from "./schemas.ts";

/** Where values and keys stand, for a YAML document or a row of a table. */
export interface Locator {
  readonly value: (path: Path) => Place;
  readonly key: (path: Path) => Place;
}

/** What the schema has against a document, one diagnostic per cause, in words for people. */
export function explainErrors(
  locator: Locator,
  subject: string,
  errors: readonly ErrorObject[],
): readonly Diagnostic[] {
  const causes = withoutOtherBranches(errors.slice(0, maxErrors));
  const findings = withoutConsequences(causes.flatMap((error) => explainError(error) ?? []));
  return findings.map((finding) => ({
    severity: "error",
    rule: finding.rule,
    ...(finding.onKey ? locator.key(finding.path) : locator.value(finding.path)),
    message: finding.message,
    subject: subjectAt(subject, finding),
    detail: finding.detail,
  }));
}

/** What one document may be wrong in before the rest is left out: each error costs a walk through it. */
const maxErrors = 1_500;

function subjectAt(subject: string, finding: Finding): string {
  const path = finding.onKey ? finding.path.slice(0, -1) : finding.path;
  return path.length === 0 ? subject : `${subject} ${fieldPath(path)}`;
}

/**
 * Of a choice between shapes only the errors of the shape that was meant are kept: the one whose type the
 * value has. With none, the choice itself is reported.
 */
function withoutOtherBranches(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  let kept = [...errors];
  for (const choice of errors) {
    if (choice.keyword !== "anyOf" && choice.keyword !== "oneOf") continue;
    if (isChoiceOfKeys(choice)) {
      kept = kept.filter((error) => !isBranchOf(error, choice));
      continue;
    }
    const inside = kept.filter((error) => error !== choice && isInside(error, choice));
    const meant = inside.filter((error) => isMeant(error, choice));
    kept = kept.filter((error) =>
      error === choice ? meant.length === 0 : !inside.includes(error) || meant.includes(error),
    );
  }
  return kept;
}

function isInside(error: ErrorObject, choice: ErrorObject): boolean {
  if (!error.instancePath.startsWith(choice.instancePath)) return false;
  if (error.instancePath !== choice.instancePath) {
    const rest = error.instancePath.slice(choice.instancePath.length);
    return rest.startsWith("/");
  }
  return (
    branchesOf(choice).has(error.parentSchema as Schema) ||
    error.schemaPath.startsWith(`${choice.schemaPath}/`) ||
    isScalarRef(error, choice)
  );
}

/** One of several keys is missing: the choice says so, and not each of its branches. */
function isBranchOf(error: ErrorObject, choice: ErrorObject): boolean {
  if (error.keyword !== "required" || error.instancePath !== choice.instancePath) return false;
  return branchesOf(choice).has(error.parentSchema as Schema);
}

function branchesOf(choice: ErrorObject): ReadonlySet<Schema> {
  return new Set(Array.isArray(choice.schema) ? (choice.schema as Schema[]) : []);
}

/** ajv reports errors below a `$ref` with the path of the referred schema; the branch is known by its title. */
function isScalarRef(error: ErrorObject, choice: ErrorObject): boolean {
  const title = (error.parentSchema as Schema | undefined)?.title;
  if (title === undefined) return false;
  return [...branchesOf(choice)].some(
    (branch) => branch.$ref?.endsWith(`/${title}`) || branch.title === title,
  );
}

/** For a mapping or a list what is wrong inside of it; for a text the list of words that it may be. */
function isMeant(error: ErrorObject, choice: ErrorObject): boolean {
  if (typeof choice.data === "object" && choice.data !== null) {
    return error.instancePath !== choice.instancePath || !["type", "const", "enum"].includes(error.keyword);
  }
  return error.keyword === "enum" && typeof choice.data === "string" && !isSelectorKey(choice);
}

function isSelectorKey(choice: ErrorObject): boolean {
  return choice.instancePath.endsWith("/key");
}

/** A misspelt key also makes the right one missing: one cause, one finding. */
function withoutConsequences(findings: readonly Finding[]): readonly Finding[] {
  const misspelt = new Set<string>();
  for (const finding of findings) {
    if (finding.meant !== undefined) misspelt.add(JSON.stringify([finding.path.slice(0, -1), finding.meant]));
  }
  const seen = new Set<string>();
  return findings.filter((finding) => {
    const isConsequence = finding.missing?.some((key) => misspelt.has(JSON.stringify([finding.path, key])));
    const identity = JSON.stringify([finding.rule, finding.path, finding.message]);
    if (isConsequence || seen.has(identity)) return false;
    seen.add(identity);
    return true;
  });
}
