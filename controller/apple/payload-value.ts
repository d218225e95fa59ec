import { Stalled } from "../errors.ts";
import { type PlistDict, type PlistValue, Real } from "./wire/plist.ts";
import { readBytes, readDate, writeDate } from "./wire/plist-scalar.ts";

/** Puts secrets and device variables into one text. */
export type Substitute = (template: string) => string;

/**
 * A value of a manifest as a property list value: `{"$data": base64}`, `{"$date": RFC 3339}` and
 * `{"$real": "1.0"}` become what they say, fractions become reals, keys are sorted so that equal content gives
 * equal bytes. Variables are put into strings only, so they can add no structure. Throws Stalled.
 */
export function toPlistValue(value: unknown, substitute: Substitute): PlistValue {
  if (typeof value === "string") return substitute(value);
  if (typeof value === "boolean" || typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : new Real(value);
  if (Array.isArray(value)) return value.map((entry) => toPlistValue(entry, substitute));
  if (typeof value === "object" && value !== null)
    return special(value, substitute) ?? toPlistDict(value, substitute);
  throw new Stalled("profile-content", "a payload holds a null, which property lists cannot say");
}

/** The entries of an object as a property list dictionary, keys sorted. Throws Stalled. */
export function toPlistDict(value: object, substitute: Substitute): PlistDict {
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  const dict: Record<string, PlistValue> = Object.create(null);
  for (const [key, entry] of entries) dict[key] = toPlistValue(entry, substitute);
  return dict;
}

/** What a payload is, by which it was checked: no variable may make it something else. */
const fixedKeys: ReadonlySet<string> = new Set([
  "PayloadType",
  "PayloadIdentifier",
  "PayloadUUID",
  "PayloadScope",
]);

/** The value with variables put into its strings, but for what a payload is; the rest stays as it is. */
export function substituteValue(value: PlistValue, substitute: Substitute): PlistValue {
  if (typeof value === "string") return substitute(value);
  if (Array.isArray(value)) return value.map((entry: PlistValue) => substituteValue(entry, substitute));
  if (
    typeof value !== "object" ||
    value instanceof Date ||
    value instanceof Uint8Array ||
    value instanceof Real
  ) {
    return value;
  }
  const dict: Record<string, PlistValue> = Object.create(null);
  for (const [key, entry] of Object.entries(value))
    dict[key] = fixedKeys.has(key) ? entry : substituteValue(entry, substitute);
  return dict;
}

function special(value: object, substitute: Substitute): PlistValue | undefined {
  const [entry, ...others] = Object.entries(value);
  if (entry === undefined || others.length > 0) return undefined;
  const [key, inner] = entry;
  if (typeof inner !== "string" || !["$data", "$date", "$real"].includes(key)) return undefined;
  const text = substitute(inner);
  const result = key === "$data" ? readBytes(text) : key === "$date" ? dateOf(text) : realOf(text);
  // The text may hold a secret, so it is not quoted.
  if (result === undefined) throw new Stalled("profile-content", `the text of a ${key} is not one`);
  return result;
}

function dateOf(text: string): Date | undefined {
  const date = new Date(text);
  return /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(date.getTime())
    ? readDate(writeDate(date))
    : undefined;
}

function realOf(text: string): Real | undefined {
  const value = Number(text);
  return text.trim() !== "" && Number.isFinite(value) ? new Real(value) : undefined;
}
