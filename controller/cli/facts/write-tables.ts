import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type SchemaKind, type SchemaTable, schemaKinds } from "../../core/apple-schema/schema.ts";

/** Writes one file for each kind and returns their names. The same tables make the same bytes. */
export async function writeTables(
  folder: string,
  tables: Readonly<Record<SchemaKind, SchemaTable>>,
): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const names: string[] = [];
  for (const kind of schemaKinds) {
    await writeFile(join(folder, `${kind}.json`), tableText(tables[kind]));
    names.push(`${kind}.json`);
  }
  return names;
}

/** An entry to a line, so that a newer schema shows as the lines that it changes. */
export function tableText({ label, entries }: SchemaTable): string {
  const lines = entries.map((entry) => JSON.stringify(entry));
  return `{\n"label":${JSON.stringify(label)},\n"entries":[\n${lines.join(",\n")}\n]}\n`;
}
