import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { parseDocument } from "yaml";
import type { SchemaEntry, SchemaKind, SchemaTable } from "../../core/apple-schema/schema.ts";
import { schemaKinds } from "../../core/apple-schema/schema.ts";
import { UserError } from "../../errors.ts";
import { tabulate, type WrittenFile } from "./tabulate.ts";

/** The folders of Apple's schema; the longest that a file is in decides. */
const kindOfFolder: Readonly<Record<string, SchemaKind>> = {
  "mdm/profiles": "payload",
  "mdm/commands": "command",
  "mdm/checkin": "checkin",
  "mdm/errors": "error",
  "declarative/declarations": "declaration",
  "declarative/declarations/assets/credentials": "credential",
  "declarative/status": "status",
  "declarative/protocol": "protocol",
  other: "other",
};

/**
 * The tables of a checkout of Apple's device management schema, sorted by type and file.
 * Throws UserError when the folder is none, or a file cannot be read.
 */
export async function readSchema(
  folder: string,
  label: string,
): Promise<Readonly<Record<SchemaKind, SchemaTable>>> {
  const files = await filesOf(folder);
  if (!files.some((file) => file.startsWith("mdm/")))
    throw new UserError("no-schema", `${folder} is no checkout of Apple's device management schema`, {
      hint: "Expected a folder with mdm and declarative in it.",
    });
  const entries = new Map<SchemaKind, SchemaEntry[]>(schemaKinds.map((kind) => [kind, []]));
  for (const file of files) {
    const kind = kindOf(file);
    if (kind !== undefined) entries.get(kind)?.push(await entryOf(folder, file));
  }
  const tables = schemaKinds.map((kind) => [
    kind,
    { label, entries: (entries.get(kind) ?? []).sort(byType) },
  ]);
  return Object.fromEntries(tables);
}

async function filesOf(folder: string): Promise<readonly string[]> {
  const found = await readdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new UserError("unreadable", `cannot read ${folder}`, { cause: error });
  });
  return found
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".yaml"))
    .sort();
}

function kindOf(file: string): SchemaKind | undefined {
  for (let folder = dirname(file); folder !== "."; folder = dirname(folder)) {
    const kind = kindOfFolder[folder];
    if (kind !== undefined) return kind;
  }
  return undefined;
}

async function entryOf(folder: string, file: string): Promise<SchemaEntry> {
  const document = parseDocument(await readFile(join(folder, file), "utf8"));
  const error = document.errors[0];
  if (error !== undefined) throw new UserError("bad-schema", `${file}: ${error.message}`);
  // Lists may contain themselves by alias, and become objects that do.
  return tabulate(document.toJS({ maxAliasCount: -1 }) as WrittenFile, basename(file, ".yaml"));
}

function byType(a: SchemaEntry, b: SchemaEntry): number {
  if (a.type !== b.type) return a.type < b.type ? -1 : 1;
  return a.file < b.file ? -1 : a.file > b.file ? 1 : 0;
}
