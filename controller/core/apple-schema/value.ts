import type { ValueType } from "./schema.ts";

export type Fields = Readonly<Record<string, unknown>>;

/**
 * The type of a value as manifests write it: `{$data: …}`, `{$date: …}` and `{$real: …}` are what they say, a whole
 * number is an integer. Undefined for nothing.
 */
export function typeOfValue(value: unknown): ValueType | undefined {
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "bigint") return "integer";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "real";
  if (Array.isArray(value)) return "array";
  if (typeof value !== "object" || value === null) return undefined;
  return literalOf(value as Fields) ?? "dictionary";
}

const literals: Readonly<Record<string, ValueType>> = { $data: "data", $date: "date", $real: "real" };

function literalOf(value: Fields): ValueType | undefined {
  const [key, ...others] = Object.keys(value);
  const isLiteral = key !== undefined && others.length === 0 && Object.hasOwn(literals, key);
  return isLiteral ? literals[key] : undefined;
}

/** True when a text is not known before it is sent. */
export function isTemplate(value: unknown): boolean {
  return typeof value === "string" && value.includes("${");
}

/** A number that a range can be compared with; undefined for anything else. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object" || value === null) return undefined;
  const real = Number((value as Fields).$real);
  return Number.isNaN(real) ? undefined : real;
}
