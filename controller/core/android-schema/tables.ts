import tables from "./generated/androidmanagement.json" with { type: "json" };
import { newerSchemas, withNewerValues } from "./newer.ts";
import type { AndroidField, AndroidMethod, AndroidSchema, AndroidTables } from "./schema.ts";

/** The inferred type of such a file is of no use to anybody, and slow. */
const written = tables as unknown as AndroidTables;

/** The interface and the revision of the document that everything here was made from. */
export const androidLabel = written.label;

/** All calls, by id such as `enterprises.policies.patch`. */
export const androidMethods: Readonly<Record<string, AndroidMethod>> = written.methods;

/** Parameters of the query that every call takes. */
export const androidParameters = written.parameters;

const known = new Map<string, AndroidSchema>();

/** What is known of an object, by Google's name of it; undefined for a name that nobody knows. */
export function androidSchema(name: string): AndroidSchema | undefined {
  const ready = known.get(name);
  if (ready !== undefined) return ready;
  const own = Object.hasOwn(written.schemas, name) ? written.schemas[name] : undefined;
  const newer = Object.hasOwn(newerSchemas, name) ? newerSchemas[name] : undefined;
  if (own === undefined && newer === undefined) return undefined;
  const fields = Object.entries({ ...newer?.fields, ...own?.fields }).map(
    ([field, form]) => [field, withNewerValues(`${name}.${field}`, form)] as const,
  );
  const schema = { ...own, fields: Object.fromEntries(fields) };
  known.set(name, schema);
  return schema;
}

/** A field of an object; undefined when there is none of that name. */
export function androidField(schema: string, field: string): AndroidField | undefined {
  const fields = androidSchema(schema)?.fields;
  return fields !== undefined && Object.hasOwn(fields, field) ? fields[field] : undefined;
}

const required = new Map<string, readonly string[]>();

/** The fields without which an object is refused. */
export function requiredFields(schema: string): readonly string[] {
  const ready = required.get(schema);
  if (ready !== undefined) return ready;
  const fields = Object.entries(androidSchema(schema)?.fields ?? {});
  const names = fields.filter(([, field]) => field.required === true).map(([name]) => name);
  required.set(schema, names);
  return names;
}
