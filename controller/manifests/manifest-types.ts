import { compile } from "json-schema-to-typescript";
import { kinds, readSchema, type Schema, schemaFileOf } from "./schemas.ts";

type Draft = Record<string, unknown>;

/** The text of core/generated/manifest.ts: a type per shape, and the union `ManifestBody` told apart by `kind`. */
export async function manifestTypes(): Promise<string> {
  const shared = readSchema("shared.schema.json");
  const defs: Record<string, Draft> = {};
  const scalars = scalarDefs(shared);
  for (const [name, schema] of Object.entries(shared.$defs ?? {})) defs[name] = simplify(schema, scalars);
  for (const kind of kinds) {
    const { $defs, ...manifest } = readSchema(schemaFileOf(kind));
    for (const [name, schema] of Object.entries($defs ?? {})) defs[name] = simplify(schema, scalars);
    defs[`${kind}Manifest`] = { ...simplify(manifest, scalars), title: `${kind}Manifest` };
  }
  defs.Match = { ...defs.Match, tsType: "{ [key: string]: string | string[] }" };
  const union = {
    title: "ManifestBody",
    description: "Any manifest that its schema accepts.",
    oneOf: kinds.map((kind) => ({ $ref: `#/$defs/${kind}Manifest` })),
    $defs: defs,
  };
  return compile(union as Parameters<typeof compile>[0], "ManifestBody", {
    additionalProperties: false,
    bannerComment: "/* Generated from schemas/ by `npm run generate`. Do not edit. */",
    ignoreMinAndMaxItems: true,
    unknownAny: true,
    unreachableDefinitions: true,
    style: { printWidth: 110 },
  });
}

/** Shared shapes that are plain text: written as `string`, so that a field keeps its own description. */
function scalarDefs(shared: Schema): ReadonlySet<string> {
  const isScalar = ([, schema]: [string, Schema]) => schema.type === "string" && schema.enum === undefined;
  return new Set(
    Object.entries(shared.$defs ?? {})
      .filter(isScalar)
      .map(([name]) => name),
  );
}

/** Rules that no TypeScript type can say are left out; `$ref` becomes local to the combined schema. */
function simplify(schema: Schema, scalars: ReadonlySet<string>): Draft {
  if (schema.$ref !== undefined) return reference(schema, scalars);
  const draft: Draft = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (keep(keyword, schema)) draft[keyword] = simplifyValue(keyword, value, scalars);
  }
  return draft;
}

function reference(schema: Schema, scalars: ReadonlySet<string>): Draft {
  const name = schema.$ref?.split("/").at(-1) ?? "";
  if (!scalars.has(name) || name === "Scalar") return { $ref: `#/$defs/${name}` };
  return { type: "string", ...(schema.description === undefined ? {} : { description: schema.description }) };
}

const conditions = new Set(["oneOf", "anyOf", "allOf", "not", "if", "then", "else", "dependentRequired"]);
const left = new Set([
  "$schema",
  "$id",
  "examples",
  "enumDescriptions",
  "format",
  "pattern",
  "patternProperties",
]);

function keep(keyword: string, schema: Schema): boolean {
  if (conditions.has(keyword)) return schema.type === undefined;
  return (
    !left.has(keyword) &&
    !keyword.startsWith("min") &&
    !keyword.startsWith("max") &&
    keyword !== "propertyNames"
  );
}

function simplifyValue(keyword: string, value: unknown, scalars: ReadonlySet<string>): unknown {
  if (Array.isArray(value) && (keyword === "oneOf" || keyword === "anyOf")) {
    return value.map((entry: Schema) => simplify(entry, scalars));
  }
  if (keyword === "properties") {
    const entries = Object.entries(value as Record<string, Schema | false>);
    return Object.fromEntries(
      entries.flatMap(([name, entry]) => (entry === false ? [] : [[name, simplify(entry, scalars)]])),
    );
  }
  const isSchema = keyword === "items" || (keyword === "additionalProperties" && typeof value === "object");
  return isSchema ? simplify(value as Schema, scalars) : value;
}
