import type { ErrorObject } from "ajv";
import { quote } from "../core/check/describe-value.ts";
import { listed } from "../core/check/nearest.ts";
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
  const causes = withoutEchoes(withoutOtherBranches(errors.slice(0, maxErrors)));
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

/** A text that is too long or has no right form is told once, and a key that is no key is not the wrong one as well. */
function withoutEchoes(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const at = (...keywords: readonly string[]) =>
    new Set(errors.flatMap(({ keyword, instancePath }) => (keywords.includes(keyword) ? instancePath : [])));
  const [long, misshapen, chosen] = [at("maxLength"), at("pattern", "format"), at("anyOf")];
  return errors.filter(({ keyword, instancePath }) => {
    if (keyword === "pattern" || keyword === "format") return !long.has(instancePath);
    if (keyword === "minLength") return !misshapen.has(instancePath);
    return keyword !== "const" || !chosen.has(instancePath);
  });
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

/**
 * One cause, one finding: a misspelt key also makes the right one missing, and fields that stand beside the mapping
 * they belong into are unknown there.
 */
function withoutConsequences(findings: readonly Finding[]): readonly Finding[] {
  const misspelt = new Set<string>();
  for (const finding of findings) {
    if (finding.meant !== undefined) misspelt.add(keyOf(finding.path.slice(0, -1), finding.meant));
  }
  const seen = new Set<string>();
  return withoutStrays(findings).filter((finding) => {
    const isConsequence = finding.missing?.some((key) => misspelt.has(keyOf(finding.path, key)));
    const identity = JSON.stringify([finding.rule, finding.path, finding.message]);
    if (isConsequence || seen.has(identity)) return false;
    seen.add(identity);
    return true;
  });
}

function withoutStrays(findings: readonly Finding[]): readonly Finding[] {
  const strays = new Map<string, Finding[]>();
  for (const finding of findings) {
    if (finding.rule !== "unknown-field" || finding.meant !== undefined) continue;
    const parent = JSON.stringify(finding.path.slice(0, -1));
    const siblings = strays.get(parent) ?? [];
    siblings.push(finding);
    strays.set(parent, siblings);
  }
  const told = new Set<Finding>();
  const homes = new Map<Finding, Finding>();
  for (const finding of findings) {
    const { holds } = finding;
    if (holds === undefined) continue;
    const isEmpty = finding.missing === undefined;
    const parent = isEmpty ? finding.path.slice(0, -1) : finding.path;
    const lost = (strays.get(JSON.stringify(parent)) ?? []).filter(({ path }) =>
      holds.fields.includes(nameOf(path)),
    );
    if (lost.length === 0) continue;
    const names = listed(
      lost.map(({ path }) => quote(nameOf(path))),
      "and",
    );
    const belong = lost.length === 1 ? "belongs" : "belong";
    homes.set(finding, {
      ...finding,
      detail: [`${names} ${belong} into it: indent with plain spaces, below ${quote(String(holds.key))}.`],
    });
    for (const stray of lost) told.add(stray);
  }
  return findings.flatMap((finding) => (told.has(finding) ? [] : (homes.get(finding) ?? finding)));
}

/** The key without the blanks of other alphabets that an editor may have put before it. */
function nameOf(path: Path): string {
  return String(path.at(-1)).trim();
}

function keyOf(path: Path, key: string): string {
  return JSON.stringify([path, key]);
}
