import checkin from "./generated/checkin.json" with { type: "json" };
import command from "./generated/command.json" with { type: "json" };
import credential from "./generated/credential.json" with { type: "json" };
import declaration from "./generated/declaration.json" with { type: "json" };
import error from "./generated/error.json" with { type: "json" };
import other from "./generated/other.json" with { type: "json" };
import payload from "./generated/payload.json" with { type: "json" };
import protocol from "./generated/protocol.json" with { type: "json" };
import status from "./generated/status.json" with { type: "json" };
import type { KeyList, SchemaEntry, SchemaKey, SchemaKind, SchemaTable } from "./schema.ts";

/** The inferred types of such files are of no use to anybody, and slow. */
const tables = {
  payload,
  command,
  checkin,
  declaration,
  credential,
  status,
  protocol,
  error,
  other,
} as unknown as Readonly<Record<SchemaKind, SchemaTable>>;

/** The version of Apple's schema that everything here was made from. */
export const schemaLabel = tables.payload.label;

const indexes = new Map<SchemaKind, ReadonlyMap<string, readonly SchemaEntry[]>>();

/** What the schema says of a type, by file: some types have several. Empty when it does not know the type. */
export function schemaEntries(kind: SchemaKind, type: string): readonly SchemaEntry[] {
  return indexOf(kind).get(type) ?? [];
}

/** All types of a kind that the schema knows. */
export function schemaTypes(kind: SchemaKind): Iterable<string> {
  return indexOf(kind).keys();
}

/** The keys of a list, which may be a shared one of its entry. */
export function keysIn(entry: SchemaEntry, list: KeyList | undefined): readonly SchemaKey[] {
  return (typeof list === "number" ? entry.shared?.[list] : list) ?? [];
}

function indexOf(kind: SchemaKind): ReadonlyMap<string, readonly SchemaEntry[]> {
  const known = indexes.get(kind);
  if (known !== undefined) return known;
  const index = new Map<string, SchemaEntry[]>();
  for (const entry of tables[kind].entries) {
    const same = index.get(entry.type);
    if (same === undefined) index.set(entry.type, [entry]);
    else same.push(entry);
  }
  indexes.set(kind, index);
  return index;
}
