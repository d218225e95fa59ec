import type { Schema } from "./schemas.ts";

/** Shared shapes that have a section of their own on the page `shared.md`. */
const linked = new Set(["Metadata", "Target", "TargetLists", "Selector", "TimeWindow"]);

/** The fields below a schema as a Markdown table; `root` is the path that they stand at. */
export function fieldTable(schema: Schema, root: string, definitions: Definitions): string {
  const rows = fieldsOf(schema, root, definitions, 0);
  const lines = rows.map(
    ({ path, type, need, meaning }) => `| \`${path}\` | ${type} | ${need} | ${meaning} |`,
  );
  return ["| field | value | default | meaning |", "|---|---|---|---|", ...lines].join("\n");
}

/** The `$defs` of the shared schema and of the kind's own one. */
export type Definitions = Readonly<Record<string, Schema>>;

interface Row {
  readonly path: string;
  readonly type: string;
  readonly need: string;
  readonly meaning: string;
}

function fieldsOf(schema: Schema, root: string, definitions: Definitions, depth: number): readonly Row[] {
  const named = Object.entries(schema.properties ?? {});
  const open =
    schema.patternProperties === undefined
      ? []
      : [["tag.NAME", Object.values(schema.patternProperties)[0]] as const];
  return [...named, ...open].flatMap(([name, field]) => {
    if (field === false || field === undefined) return [];
    const path = root === "" ? name : `${root}.${name}`;
    return [
      rowOf(path, field, schema.required?.includes(name) === true, definitions),
      ...below(path, field, definitions, depth),
    ];
  });
}

function below(path: string, field: Schema, definitions: Definitions, depth: number): readonly Row[] {
  const { schema, name } = resolved(field, definitions);
  if (depth > 6 || (name !== undefined && linked.has(name))) return [];
  if (schema.items !== undefined) return below(`${path}[]`, schema.items, definitions, depth + 1);
  const branch = schema.oneOf?.find((entry) => entry.properties !== undefined);
  return fieldsOf(branch ?? schema, path, definitions, depth + 1);
}

function resolved(
  schema: Schema,
  definitions: Definitions,
): { readonly schema: Schema; readonly name: string | undefined } {
  const name = schema.$ref?.split("/").at(-1);
  return { schema: name === undefined ? schema : (definitions[name] ?? {}), name };
}

function rowOf(path: string, field: Schema, required: boolean, definitions: Definitions): Row {
  const { schema } = resolved(field, definitions);
  const standard = field.default ?? schema.default;
  const need = required ? "**required**" : standard === undefined ? "" : `\`${textOf(standard)}\``;
  const description = field.description ?? schema.description ?? "";
  return {
    path,
    type: typeOf(field, definitions),
    need,
    meaning: cell([description, ...choices(schema, definitions)].join(" ")),
  };
}

function choices(schema: Schema, definitions: Definitions): readonly string[] {
  const source = schema.items === undefined ? schema : resolved(schema.items, definitions).schema;
  const values = source.enum ?? [];
  if (values.length === 0) return [];
  const words = values.map((value, index) =>
    `\`${String(value)}\` ${source.enumDescriptions?.[index] ?? ""}`.trim(),
  );
  return [`<br>${words.join("<br>")}`];
}

function typeOf(field: Schema, definitions: Definitions): string {
  const { schema, name } = resolved(field, definitions);
  if (name !== undefined && linked.has(name)) return `[${name}](shared.md#${name.toLowerCase()})`;
  if (schema.items !== undefined) return `list of ${typeOf(schema.items, definitions)}`;
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return "word";
  const branches = schema.oneOf ?? schema.anyOf;
  if (schema.type === undefined && branches !== undefined) {
    return [...new Set(branches.map((branch) => typeOf(branch, definitions)))].join(" or ");
  }
  if (name !== undefined && schema.type === "string") return words[name] ?? name.toLowerCase();
  return words[schema.type ?? ""] ?? "value";
}

const words: Readonly<Record<string, string>> = {
  object: "mapping",
  array: "list",
  string: "text",
  integer: "whole number",
  boolean: "true or false",
  Name: "name",
  Email: "e-mail address",
  HttpsUrl: "https address",
  HttpsUrlOrSecret: "https address or secret",
  TimeZone: "time zone",
  TimeOfDay: "time of day",
  Timestamp: "time",
  DeviceRef: "device",
  ItemRef: "`Kind/name`",
  Value: "text with variables",
  Scalar: "text",
  Path: "file",
};

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function cell(text: string): string {
  return text.trim().replaceAll("|", "\\|").replaceAll("\n", " ");
}
