import { type PlistDict, type PlistValue, Real } from "./wire/plist.ts";

/** A property list dictionary in the words of manifests; only the kind of data is kept, not its bytes. */
export function fieldsOf(dict: PlistDict): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(dict).map(([key, value]) => [key, manifestValue(value)]));
}

/** The same for any value: `{$data: ""}`, `{$date: …}` and `{$real: …}` for what YAML cannot say. */
export function manifestValue(value: PlistValue): unknown {
  if (value instanceof Uint8Array) return { $data: "" };
  if (value instanceof Date) return { $date: value.toISOString() };
  if (value instanceof Real) return { $real: String(value.value) };
  if (Array.isArray(value)) return value.map(manifestValue);
  return typeof value === "object" ? fieldsOf(value as PlistDict) : value;
}
