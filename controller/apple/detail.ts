import type { Json } from "../core/canonical.ts";
import { cleanText } from "../core/clean-text.ts";
import { isDict, type PlistValue, Real } from "./wire/plist.ts";

/**
 * What a device reported, as JSON for people: dates in ISO form, wide integers as text, bytes as their number
 * (keys and tokens may be among them), text without control characters and bounded.
 */
export function toDetail(value: PlistValue): Json {
  if (typeof value === "string") return cleanText(value, 4_096);
  if (typeof value === "boolean" || typeof value === "number") return value;
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Real) return Number.isFinite(value.value) ? value.value : String(value.value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (!isDict(value)) return value.map(toDetail);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [cleanText(key, 256), toDetail(inner)]),
  );
}
