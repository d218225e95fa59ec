import type {
  AndroidField,
  AndroidForm,
  AndroidMethod,
  AndroidParameter,
  AndroidTables,
  PlainType,
} from "../../core/android-schema/schema.ts";
import { UserError } from "../../errors.ts";
import type {
  Discovery,
  WrittenMethod,
  WrittenParameter,
  WrittenResource,
  WrittenSchema,
} from "./discovery.ts";

/** The facts of a document, without its texts, sorted by name. Throws UserError for a form that is not known. */
export function tabulateDiscovery(document: Discovery): AndroidTables {
  const schemas = sorted(document.schemas).map(([name, schema]) => {
    const fields = sorted(schema.properties ?? {}).map(([field, written]) => [
      field,
      fieldOf(`${name}.${field}`, written),
    ]);
    return [name, { ...flag("deprecated", schema.deprecated), fields: Object.fromEntries(fields) }];
  });
  const methods = methodsOf(document.resources).map((method) => [
    method.id.replace(`${document.name}.`, ""),
    methodOf(method),
  ]);
  return {
    label: `${document.id} ${document.revision}`,
    schemas: Object.fromEntries(schemas),
    methods: Object.fromEntries(methods.toSorted(byName)),
    parameters: parametersOf("parameters", document.parameters),
  };
}

function fieldOf(place: string, written: WrittenSchema): AndroidField {
  const { description = "" } = written;
  // Some fields say it only in words.
  const outputOnly = written.readOnly === true || /^Output only|\bread-only field\b/.test(description);
  return {
    ...formOf(place, written),
    ...flag("required", /^Required\./.test(description)),
    ...flag("outputOnly", outputOnly),
    ...flag("deprecated", written.deprecated),
  };
}

function formOf(place: string, written: WrittenSchema): AndroidForm {
  if (written.$ref !== undefined) return { type: "message", schema: written.$ref };
  if (written.enum !== undefined) return enumOf(written.enum, written.enumDeprecated);
  if (written.type === "array") return { type: "list", of: formOf(`${place}[]`, written.items ?? {}) };
  if (written.type === "object" && written.additionalProperties !== undefined)
    return { type: "map", of: formOf(`${place}{}`, written.additionalProperties) };
  const type = plain[[written.type, written.format].filter((one) => one !== undefined).join(" ")];
  if (type === undefined)
    throw new UserError("bad-discovery", `${place} has a form that reeve does not know`);
  return { type };
}

function enumOf(values: readonly string[], deprecated: readonly boolean[] = []): AndroidForm {
  const old = values.filter((_, index) => deprecated[index] === true);
  return { type: "enum", values, ...(old.length === 0 ? {} : { deprecatedValues: old }) };
}

/** Type and format in the document's words, and ours. */
const plain: Readonly<Record<string, PlainType>> = {
  any: "any",
  string: "string",
  boolean: "boolean",
  integer: "int32",
  "integer int32": "int32",
  "string int64": "int64",
  "number float": "float",
  "number double": "double",
  "string byte": "bytes",
  "string google-datetime": "timestamp",
  "string google-duration": "duration",
  "string google-fieldmask": "fieldMask",
};

function methodsOf(resources: Readonly<Record<string, WrittenResource>>): readonly WrittenMethod[] {
  return Object.values(resources).flatMap(({ methods = {}, resources: inner = {} }) => [
    ...Object.values(methods),
    ...methodsOf(inner),
  ]);
}

function methodOf({ id, httpMethod, path, parameters, request, response }: WrittenMethod): AndroidMethod {
  return {
    http: httpMethod as AndroidMethod["http"],
    path,
    parameters: parametersOf(id, parameters),
    ...(request === undefined ? {} : { request: request.$ref }),
    response: response.$ref,
  };
}

function parametersOf(
  place: string,
  written: Readonly<Record<string, WrittenParameter>> = {},
): Readonly<Record<string, AndroidParameter>> {
  const parameters = sorted(written).map(([name, parameter]) => {
    const { location, required, repeated, pattern } = parameter;
    const form = formOf(`${place}.${name}`, parameter);
    const rest = { ...flag("required", required), ...flag("repeated", repeated) };
    return [name, { in: location, form, ...rest, ...(pattern === undefined ? {} : { pattern }) }];
  });
  return Object.fromEntries(parameters);
}

function flag<Name extends string>(name: Name, is: boolean | undefined): { readonly [_ in Name]?: true } {
  return (is === true ? { [name]: true } : {}) as { readonly [_ in Name]?: true };
}

function sorted<T>(record: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(record).toSorted(byName);
}

function byName([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}
