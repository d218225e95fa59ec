import type { ErrorObject } from "ajv";
import type { Kind } from "../core/manifest.ts";
import { pathOf } from "./paths.ts";
import { schemaErrors } from "./schema-validator.ts";
import { scalarAt, type YamlDocument } from "./yaml-document.ts";

/**
 * Validates a document. Where the schema wants a text and YAML read a number or a truth value, the text
 * that stands in the file is used instead, so that `1.20` stays `1.20`. `value` is changed in place.
 */
export function validateInOwnSpelling(
  kind: Kind,
  document: YamlDocument,
  value: unknown,
): readonly ErrorObject[] {
  let errors = schemaErrors(kind, value);
  for (let round = 0; round < 3 && errors.length > 0; round++) {
    const changed = errors.filter((error) => respell(document, value, error)).length;
    if (changed === 0) return errors;
    errors = schemaErrors(kind, value);
  }
  return errors;
}

function respell(document: YamlDocument, root: unknown, error: ErrorObject): boolean {
  if (error.keyword !== "type" || error.params.type !== "string") return false;
  const path = pathOf(error.instancePath);
  const last = path.at(-1);
  const parent = path.slice(0, -1).reduce<unknown>(childOf, root);
  if (last === undefined || typeof parent !== "object" || parent === null) return false;
  const current: unknown = childOf(parent, last);
  if (typeof current !== "number" && typeof current !== "boolean") return false;
  const source = scalarAt(document, path)?.source;
  if (source === undefined) return false;
  Object.defineProperty(parent, last, {
    value: source,
    enumerable: true,
    writable: true,
    configurable: true,
  });
  return true;
}

function childOf(parent: unknown, step: string | number): unknown {
  if (typeof parent !== "object" || parent === null || !Object.hasOwn(parent, step)) return undefined;
  return (parent as Record<string | number, unknown>)[step];
}
