import type { ErrorObject } from "ajv";
import { describeValue, quote, showValue } from "../core/check/describe-value.ts";
import { didYouMean, listed, nearest } from "../core/check/nearest.ts";
import { explainForbidden } from "./explain-forbidden.ts";
import { explainFormat } from "./explain-format.ts";
import { type Path, pathOf } from "./paths.ts";
import { readSchema, type Schema } from "./schemas.ts";
import { hintForType } from "./type-hint.ts";

/** One cause, before it has a place in a file. */
export interface Finding {
  readonly rule: string;
  readonly path: Path;
  /** Marks the key instead of the value. */
  readonly onKey?: boolean;
  readonly message: string;
  readonly detail: readonly string[];
  /** The key that a misspelt one was meant to be. */
  readonly meant?: string;
  /** Keys of which one is missing. */
  readonly missing?: readonly string[];
  /** A mapping that is missing or empty, and the fields that it may hold. */
  readonly holds?: { readonly key: string | number | undefined; readonly fields: readonly string[] };
}

/** One error of ajv in words; undefined for those that only accompany another one. */
export function explainError(error: ErrorObject): Finding | undefined {
  if (error.propertyName !== undefined || error.keyword === "if") return undefined;
  const path = pathOf(error.instancePath);
  const schema = (error.parentSchema ?? {}) as Schema;
  switch (error.keyword) {
    case "additionalProperties":
      return unknownField(path, schema, String(error.params.additionalProperty));
    case "propertyNames":
      return {
        rule: "bad-name",
        path: [...path, String(error.params.propertyName)],
        onKey: true,
        message: `${quote(String(error.params.propertyName))} cannot be used as a name here`,
        detail: ["Use letters, digits, hyphens, dots and underscores, beginning with a letter or digit."],
      };
    case "required":
      return missing(path, [String(error.params.missingProperty)], schema);
    case "dependentRequired":
      return dependent(path, String(error.params.property), String(error.params.missingProperty));
    case "type":
      return wrongType(path, String(error.params.type), error.data, schema);
    case "enum":
    case "const":
      return unknownValue(path, error);
    case "anyOf":
    case "oneOf":
      return isChoiceOfKeys(error) ? choiceOfKeys(path, error) : choiceOfShapes(path, error);
    case "not":
      // A value that is no mapping has none of the fields either, and its type is told already.
      return typeof error.data === "object" && error.data !== null ? exclusive(path, error) : undefined;
    case "false schema":
      return explainForbidden(path, error);
    case "uniqueItems":
      return {
        rule: "duplicate-item",
        path: [...path, Number(error.params.i)],
        message: "this entry is already in the list",
        detail: [`The first one is number ${Number(error.params.j) + 1}.`],
      };
    default:
      return explainFormat(path, error);
  }
}

/** True for an anyOf or oneOf that only says which keys must be there. */
export function isChoiceOfKeys(error: ErrorObject): boolean {
  return Array.isArray(error.schema) && error.schema.every((entry: Schema) => entry.required !== undefined);
}

function unknownField(path: Path, schema: Schema, key: string): Finding {
  const known = Object.entries(schema.properties ?? {}).flatMap(([name, entry]) =>
    entry === false ? [] : [name],
  );
  const shown = [...known, ...(schema.patternProperties === undefined ? [] : ["tag.NAME"])];
  const meant = nearest(key, known);
  return {
    rule: "unknown-field",
    path: [...path, key],
    onKey: true,
    message: `unknown field ${quote(key)}`,
    detail: [
      shown.length === 0 ? "expected no fields here." : `expected ${listed(shown)}.${didYouMean(key, known)}`,
    ],
    ...(meant === undefined ? {} : { meant }),
  };
}

function missing(path: Path, keys: readonly string[], schema: Schema): Finding {
  const field = keys.length === 1 ? schema.properties?.[keys[0] ?? ""] : undefined;
  // The branch of a condition has no properties; its description says when the field is needed.
  const says =
    field === undefined || field === false
      ? schema.properties === undefined
        ? schema.description
        : undefined
      : field.description;
  const what =
    keys.length === 1 ? `missing field ${quote(keys[0] ?? "")}` : `missing field: one of ${listed(keys)}`;
  return {
    rule: "missing-field",
    path,
    message: what,
    detail: says === undefined ? [] : [says],
    missing: keys,
    ...(field ? { holds: { key: keys[0], fields: fieldsOf(field) } } : {}),
  };
}

/** The fields that a mapping may have, also where its shape is a shared one. */
function fieldsOf(schema: Schema): readonly string[] {
  const name = /^shared\.schema\.json#\/\$defs\/(\w+)$/.exec(schema.$ref ?? "")?.[1];
  shared ??= readSchema("shared.schema.json").$defs;
  return Object.keys((name === undefined ? schema : shared?.[name])?.properties ?? {});
}

let shared: Schema["$defs"];

function dependent(path: Path, key: string, needed: string): Finding {
  return {
    rule: "missing-field",
    path: [...path, key],
    onKey: true,
    message: `${quote(key)} needs ${quote(needed)} beside it`,
    detail: [`Add ${needed}, or remove ${key}.`],
  };
}

const typeWords: Readonly<Record<string, string>> = {
  object: "a mapping",
  array: "a list",
  string: "a text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
};

function wrongType(path: Path, wanted: string, data: unknown, schema: Schema): Finding {
  const hint = hintForType(wanted, data, schema);
  return {
    rule: "wrong-type",
    path,
    message: `expected ${typeWords[wanted] ?? wanted}, found ${describeValue(data)}`,
    detail: hint === undefined ? [] : [hint],
    ...(data === null && wanted === "object"
      ? { holds: { key: path.at(-1), fields: fieldsOf(schema) } }
      : {}),
  };
}

function unknownValue(path: Path, error: ErrorObject): Finding {
  const allowed = error.keyword === "const" ? [error.schema] : (error.schema as unknown[]);
  const words = allowed.map(String);
  return {
    rule: "unknown-value",
    path,
    message: `unknown value ${showValue(error.data)}`,
    detail: [
      `expected ${listed(words)}.${typeof error.data === "string" ? didYouMean(error.data, words) : ""}`,
    ],
  };
}

function choiceOfKeys(path: Path, error: ErrorObject): Finding {
  const keys = [...new Set((error.schema as Schema[]).flatMap((entry) => entry.required ?? []))];
  const present =
    typeof error.data === "object" && error.data !== null
      ? keys.filter((key) => Object.hasOwn(error.data as object, key))
      : [];
  if (present.length === 0) {
    const title = (error.parentSchema as Schema | undefined)?.title;
    if (title === "Selector")
      return {
        rule: "empty-selector",
        path,
        message: "an empty selector",
        detail: ["expected match or expressions. To hit every device, write all: true in a target."],
        missing: keys,
      };
    return {
      rule: "missing-field",
      path,
      message: `missing field: one of ${listed(keys)}`,
      detail: [
        error.keyword === "oneOf" ? "Exactly one of them is needed." : "At least one of them is needed.",
      ],
      missing: keys,
    };
  }
  return {
    rule: "exclusive-fields",
    path: [...path, present.at(-1) ?? ""],
    onKey: true,
    message: `${listed(present, "and")} exclude each other`,
    detail: [`Keep exactly one of ${listed(keys)}.`],
  };
}

function choiceOfShapes(path: Path, error: ErrorObject): Finding {
  const branches = error.schema as Schema[];
  const title = (error.parentSchema as Schema | undefined)?.title;
  const words = branches.flatMap(
    (branch) => branch.enum?.map(String) ?? (branch.const === undefined ? [] : [String(branch.const)]),
  );
  if (path.at(-1) === "key") {
    return {
      rule: "unknown-key",
      path,
      message: `unknown selector key ${showValue(error.data)}`,
      detail: [
        `expected ${listed([...words, "tag.NAME"])}.${typeof error.data === "string" ? didYouMean(error.data, words) : ""}`,
      ],
    };
  }
  const near = typeof error.data === "string" ? didYouMean(error.data, words) : "";
  const shapes = [...words, ...branches.flatMap(shapeWords)];
  const expected = shapes.length > 0 ? listed([...new Set(shapes)]) : (title ?? "something else");
  return {
    rule: words.length > 0 ? "unknown-value" : "wrong-type",
    path,
    message: `expected ${expected}, found ${describeValue(error.data)}`,
    detail: near === "" ? [] : [near.trim()],
  };
}

function shapeWords(branch: Schema): readonly string[] {
  if (branch.enum !== undefined || branch.const !== undefined) return [];
  if (branch.$ref !== undefined)
    return branch.$ref.endsWith("/Scalar") ? ["a text"] : [`a ${branch.$ref.split("/").at(-1)}`];
  return branch.type === undefined ? [] : [typeWords[branch.type] ?? branch.type];
}

function exclusive(path: Path, error: ErrorObject): Finding {
  const keys = (error.schema as Schema).required ?? [];
  return {
    rule: "exclusive-fields",
    path: [...path, keys.at(-1) ?? ""],
    onKey: true,
    message: `${listed(keys, "and")} exclude each other`,
    detail: ["Keep one of them."],
  };
}
