import { listed } from "../core/check/nearest.ts";
import type { Schema } from "./schemas.ts";

/** What to write instead of a value of the wrong type; undefined when nobody can tell. */
export function hintForType(wanted: string, data: unknown, schema: Schema): string | undefined {
  switch (wanted) {
    case "boolean":
      return truthValue(data);
    case "integer":
    case "number":
      return typeof data === "string" && /^-?\d+(\.\d+)?$/.test(data)
        ? `Write ${data} without quotes.`
        : undefined;
    case "array":
      return list(data);
    case "object":
      return mapping(data, schema);
    default:
      return undefined;
  }
}

/** YAML 1.1 read these words as truth values, and many still write them. */
function truthValue(data: unknown): string | undefined {
  if (typeof data !== "string") return undefined;
  if (/^(yes|y|on|true)$/i.test(data)) return "Write true.";
  return /^(no|n|off|false)$/i.test(data) ? "Write false." : undefined;
}

function list(data: unknown): string {
  if (data === null || data === undefined) return "Remove the field, or write [] for an empty list.";
  if (typeof data === "object") return 'Begin each entry with "- ".';
  return isShort(data) ? `Write [${data}].` : "Put it between [ and ].";
}

function mapping(data: unknown, schema: Schema): string | undefined {
  if (data === null || data === undefined)
    return needsFields(schema)
      ? "Indent its fields below it."
      : "Indent its fields below it, or write {} for none.";
  if (Array.isArray(data)) return 'Its fields stand there without "- ".';
  if (typeof data !== "string") return fieldsIn(schema);
  if (/^[A-Za-z][\w-]*:\S/.test(data)) return "A colon needs a space behind it.";
  if (Object.hasOwn(schema.properties ?? {}, data)) return `Write {${data}: {}}.`;
  const [key, ...others] = schema.required ?? [];
  return key !== undefined && others.length === 0 && isShort(data)
    ? `Write {${key}: ${data}}.`
    : fieldsIn(schema);
}

function fieldsIn(schema: Schema): string | undefined {
  const keys = Object.keys(schema.properties ?? {});
  return keys.length === 0 ? undefined : `expected ${listed(keys)} in it.`;
}

function needsFields(schema: Schema): boolean {
  return ["required", "minProperties", "anyOf", "oneOf"].some((keyword) => schema[keyword] !== undefined);
}

function isShort(data: unknown): boolean {
  return String(data).length <= 40 && /^[\w@.-]+$/.test(String(data));
}
