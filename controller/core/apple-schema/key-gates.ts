import { inheritGates } from "./inherit.ts";
import type { KeyList, OsGates, SchemaEntry, SchemaKey, SchemaKind } from "./schema.ts";
import { keysIn, schemaEntries } from "./tables.ts";

/**
 * The gates of a key by the names of the keys above it, such as `["Settings", "Wallpaper", "Image"]`; elements of
 * arrays have no step of their own unless they are told apart by their form. Undefined when there is no such key.
 */
export function keyGates(kind: SchemaKind, type: string, path: readonly string[]): OsGates | undefined {
  for (const entry of schemaEntries(kind, type)) {
    const gates = gatesAt(entry, entry.keys, path, entry.os ?? {});
    if (gates !== undefined) return gates;
  }
  return undefined;
}

function gatesAt(
  entry: SchemaEntry,
  list: KeyList | undefined,
  [step, ...rest]: readonly string[],
  above: OsGates,
): OsGates | undefined {
  if (step === undefined) return above;
  const key = keysIn(entry, list).find((one) => one.key === step);
  if (key === undefined) return undefined;
  const gates = inheritGates(above, key.os);
  const element = onlyElementOf(entry, key);
  if (element === undefined) return gatesAt(entry, key.keys, rest, gates);
  return gatesAt(entry, element.keys, rest, inheritGates(gates, element.os));
}

/** The element of an array whose elements are all of one form and have keys of their own. */
function onlyElementOf(entry: SchemaEntry, key: SchemaKey): SchemaKey | undefined {
  const [element, second] = key.type === "array" ? keysIn(entry, key.keys) : [];
  return second === undefined && element?.keys !== undefined ? element : undefined;
}
