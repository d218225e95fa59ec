import type { AndroidForm } from "../core/android-schema/schema.ts";
import { androidField } from "../core/android-schema/tables.ts";
import { equal } from "../core/equal.ts";
import { isObject, type JsonObject } from "./json-object.ts";

/**
 * True when a policy at Google says what was sent. Google leaves out what has its default value, and writes integers of
 * 64 bits as texts (JSON of proto3). Where it is in doubt the answer is false: then it is written again.
 */
export function saysTheSame(found: JsonObject, sent: JsonObject): boolean {
  const { name: _name, version: _version, ...content } = found;
  return messagesAlike("Policy", content, sent);
}

function messagesAlike(schema: string, a: unknown, b: unknown): boolean {
  if (!isObject(a) || !isObject(b)) return false;
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => {
    const form = androidField(schema, key);
    return form === undefined ? equal(a[key], b[key]) : alike(form, a[key], b[key]);
  });
}

function alike(form: AndroidForm, a: unknown, b: unknown): boolean {
  if (form.type === "list") {
    const [some, others] = [a ?? [], b ?? []];
    if (!Array.isArray(some) || !Array.isArray(others)) return false;
    return some.length === others.length && some.every((one, index) => alike(form.of, one, others[index]));
  }
  // That a message is there means something, even when it is empty.
  if (a !== undefined && b !== undefined && form.type === "message") return messagesAlike(form.schema, a, b);
  const missing = defaultOf(form);
  if (missing === undefined) return equal(a, b);
  return String(a ?? missing) === String(b ?? missing);
}

/** What a field says that is not there; undefined for one that then says nothing. */
function defaultOf(form: AndroidForm): unknown {
  switch (form.type) {
    case "enum":
      return form.values[0];
    case "boolean":
      return false;
    case "int32":
    case "int64":
    case "float":
    case "double":
      return 0;
    case "string":
    case "bytes":
      return "";
    default:
      return undefined;
  }
}
