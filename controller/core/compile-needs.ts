import { inheritGates } from "./apple-schema/inherit.ts";
import { type KeyUse, readDictionary } from "./apple-schema/read-value.ts";
import type { OsGate, OsGates, SchemaEntry, SchemaKind, System } from "./apple-schema/schema.ts";
import { keysIn, schemaEntries } from "./apple-schema/tables.ts";
import { canonical } from "./canonical.ts";
import type { Need } from "./needs.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface TypedContent {
  readonly type: string;
  readonly content: Fields;
}

/** What a device must be like to use all of these. Types that the schema does not know need nothing. */
export function needsOf(
  contents: readonly TypedContent[],
  kind: "payload" | "declaration" = "payload",
): readonly Need[] {
  return merged(
    contents.flatMap(({ type, content }) => {
      const entry = entryOf(kind, type, content);
      if (entry === undefined) return [];
      return needsOfEntry(type, entry.os ?? {}, readDictionary(entry, entry.keys, content).uses);
    }),
  );
}

/** Of the files that describe one type, the one that the content fits best. */
function entryOf(kind: SchemaKind, type: string, content: Fields): SchemaEntry | undefined {
  const [first, ...others] = schemaEntries(kind, type);
  if (first === undefined || others.length === 0) return first;
  const faults = (entry: SchemaEntry): number => readDictionary(entry, entry.keys, content).findings.length;
  return [first, ...others].toSorted((a, b) => faults(a) - faults(b))[0];
}

/** What a device must be like to use a declaration. One that the schema does not know needs nothing. */
export function needsOfDeclaration(type: string, content: Fields): readonly Need[] {
  const [entry] = schemaEntries("declaration", type);
  if (entry === undefined) return [];
  return merged(needsOfEntry(type, entry.os ?? {}, readDictionary(entry, entry.keys, content).uses));
}

/** What a device must be like to install an app with these attributes. */
export function needsOfApp(attributes: Fields | undefined): readonly Need[] {
  const [entry] = schemaEntries("command", "InstallApplication");
  const key =
    entry === undefined ? undefined : keysIn(entry, entry.keys).find((one) => one.key === "Attributes");
  if (entry === undefined || key === undefined) return [];
  const gates = inheritGates(entry.os ?? {}, key.os);
  const { uses } = readDictionary({ ...entry, os: gates }, key.keys, attributes ?? {});
  return merged(needsOfEntry("InstallApplication", entry.os ?? {}, uses));
}

function needsOfEntry(type: string, whole: OsGates, uses: readonly KeyUse[]): readonly Need[] {
  const own = canonical(asked(whole));
  const keys = uses
    .filter((use) => !use.isDefault)
    .map((use) => ({ names: [`${type} ${use.key}`], gates: asked(use.gates) }))
    .filter((need) => canonical(need.gates) !== own);
  return [{ names: [type], gates: asked(whole), whole: true }, ...keys];
}

/** Of gates, what an item can fail by: rights are those of the command that carries it. */
function asked(gates: OsGates): OsGates {
  const entries = Object.entries(gates) as [System, OsGate][];
  return Object.fromEntries(
    entries.map(
      ([system, { rights: _rights, multiple: _multiple, deprecated: _deprecated, beta: _beta, ...gate }]) => [
        system,
        gate,
      ],
    ),
  );
}

/** Needs that are alike in one, so that many restrictions cost little. */
function merged(needs: readonly Need[]): readonly Need[] {
  const byGates = new Map<string, Need>();
  for (const need of needs) {
    const name = canonical([need.gates, need.whole ?? false]);
    const known = byGates.get(name);
    const names = [...new Set([...(known?.names ?? []), ...need.names])];
    byGates.set(name, { ...need, names });
  }
  return [...byGates.values()];
}
