import type { AndroidForm } from "../../../core/android-schema/schema.ts";
import { androidField } from "../../../core/android-schema/tables.ts";
import type { Json } from "../kept.ts";

/**
 * A message of a schema as proto3 JSON writes it: without fields that have their default value and without null, and
 * with 64-bit integers as strings. An empty message stays, because its presence means something.
 */
export function asGoogleWrites(schema: string, message: object): Json {
  const written: Json = {};
  for (const [key, value] of Object.entries(message)) {
    const form = androidField(schema, key);
    const kept = form === undefined ? value : writtenField(form, value);
    if (kept !== undefined && kept !== null) written[key] = kept;
  }
  return written;
}

function writtenField(form: AndroidForm, value: unknown): unknown {
  return value === null || isDefault(form, value) ? undefined : writtenValue(form, value);
}

function isDefault(form: AndroidForm, value: unknown): boolean {
  if (form.type === "enum") return value === form.values[0];
  if (form.type === "list") return Array.isArray(value) && value.length === 0;
  if (form.type === "map") return Object.keys(value as object).length === 0 && form.of.type !== "any";
  if (form.type === "message" || form.type === "any") return false;
  return value === false || value === "" || value === 0 || value === "0";
}

function writtenValue(form: AndroidForm, value: unknown): unknown {
  switch (form.type) {
    case "message":
      return asGoogleWrites(form.schema, value as object);
    case "list":
      return (value as readonly unknown[]).map((one) => writtenValue(form.of, one));
    case "int64":
      return String(value);
    case "int32":
      return Number(value);
    default:
      return value;
  }
}

/** A time as RFC 3339 with milliseconds, as Google writes it. */
export function timestamp(at: number): string {
  return new Date(at).toISOString();
}

/** Milliseconds of a duration such as `600s` or `1.5s`; undefined for anything else. */
export function durationMs(text: unknown): number | undefined {
  const found = typeof text === "string" ? /^(\d{1,12}(?:\.\d{1,9})?)s$/.exec(text) : null;
  return found === null ? undefined : Number(found[1]) * 1_000;
}
