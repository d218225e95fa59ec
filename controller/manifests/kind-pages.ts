import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Definitions, fieldTable } from "./field-table.ts";
import { kinds, readSchema, type Schema, schemaFileOf } from "./schemas.ts";

export const kindPageFolder: string = join(import.meta.dirname, "..", "..", "docs", "kinds");

/** Pages of docs/kinds with their field tables made from the schemas; everything else on them is by hand. */
export function kindPages(): ReadonlyMap<string, string> {
  const shared = readSchema("shared.schema.json");
  const pages = kinds.map((kind): [string, Readonly<Record<string, string>>] => {
    const schema = readSchema(schemaFileOf(kind));
    const definitions = { ...shared.$defs, ...schema.$defs };
    const spec = schema.$defs?.[`${kind}Spec`] ?? {};
    return [`${kind.toLowerCase()}.md`, { fields: fieldTable(spec, "spec", definitions) }];
  });
  const shapes = Object.fromEntries(
    ["Metadata", "Target", "Selector", "Expression", "Match", "TimeWindow"].map((name) => [
      name,
      shapeTable(name, shared.$defs ?? {}),
    ]),
  );
  return new Map(
    [...pages, ["shared.md", shapes] as const].map(([file, tables]) => [file, withTables(file, tables)]),
  );
}

function shapeTable(name: string, definitions: Definitions): string {
  return fieldTable(definitions[name] as Schema, "", definitions);
}

/** Replaces what stands between `<!-- NAME -->` and `<!-- /NAME -->`. */
function withTables(file: string, tables: Readonly<Record<string, string>>): string {
  let page = readFileSync(join(kindPageFolder, file), "utf8");
  for (const [name, table] of Object.entries(tables)) {
    const [before, rest] = split(page, `<!-- ${name} -->`, file);
    const [, after] = split(rest, `<!-- /${name} -->`, file);
    page = `${before}<!-- ${name} -->\n${table}\n<!-- /${name} -->${after}`;
  }
  return page;
}

function split(text: string, mark: string, file: string): readonly [string, string] {
  const at = text.indexOf(mark);
  if (at === -1) throw new Error(`docs/kinds/${file}: no ${mark}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
