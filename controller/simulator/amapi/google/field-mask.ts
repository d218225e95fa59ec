import { androidField } from "../../../core/android-schema/tables.ts";
import type { Json } from "../kept.ts";
import { invalid } from "./google-error.ts";

/** The paths of an `updateMask`; undefined when there is none. Google also takes its snake_case form. */
export function maskOf(query: URLSearchParams): readonly string[] | undefined {
  const mask = query.get("updateMask");
  if (mask === null || mask === "") return undefined;
  const paths = mask.split(",").map((path) => path.trim());
  if (!paths.every((path) => /^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*$/.test(path)))
    throw invalid(`Invalid update mask "${mask}".`);
  return paths.map((path) => path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
}

/** Refuses a mask that names no field of the schema. */
export function checkMask(schema: string, mask: readonly string[]): void {
  const unknown = mask.find((path) => !hasField(schema, path.split(".")));
  if (unknown !== undefined) throw invalid(`Invalid update mask: ${schema} has no field ${unknown}.`);
}

function hasField(schema: string, [first = "", ...rest]: readonly string[]): boolean {
  const field = androidField(schema, first);
  if (field === undefined || rest.length === 0) return field !== undefined;
  return field.type === "message" ? hasField(field.schema, rest) : field.type === "map";
}

/** A copy of `old` in which each masked path is as in `given`: what is masked and not given is cleared. */
export function applyMask(old: object, given: object, mask: readonly string[]): Json {
  const result = structuredClone(old) as Json;
  for (const path of mask) setAt(result, path.split("."), given as Json);
  return result;
}

function setAt(target: Json, [first = "", ...rest]: readonly string[], given: Json | undefined): void {
  const from = given?.[first];
  if (rest.length > 0) {
    const below = isObject(target[first]) ? target[first] : {};
    setAt(below, rest, isObject(from) ? from : undefined);
    if (Object.keys(below).length > 0) target[first] = below;
    return;
  }
  if (from === undefined || from === null) delete target[first];
  else target[first] = from;
}

export function isObject(value: unknown): value is Json {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
