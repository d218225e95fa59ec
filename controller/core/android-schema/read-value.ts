import { type Limit, limitOf, measure } from "./limits.ts";
import { isPlain } from "./plain-values.ts";
import type { Broken } from "./rule.ts";
import { brokenRules } from "./rules.ts";
import type { AndroidField, AndroidForm } from "./schema.ts";
import { androidSchema, requiredFields } from "./tables.ts";

export type AndroidPath = readonly (string | number)[];

/** What is wrong with a value, and where. */
export interface AndroidFault {
  /** From the value that was read; numbers are places in lists. */
  readonly path: AndroidPath;
  /** Google's name of the object that the field is in. */
  readonly schema: string;
  /** The field of that object. An element of a list is in the field of the list. */
  readonly field: string;
  readonly value: unknown;
  readonly fault: AndroidFaultKind;
}

export type AndroidFaultKind =
  | { readonly type: "unknown-field"; readonly known: readonly string[] }
  | { readonly type: "missing-field" }
  | { readonly type: "wrong-type"; readonly expected: AndroidForm["type"]; readonly message?: string }
  | { readonly type: "bad-enum"; readonly allowed: readonly string[] }
  | { readonly type: "limit"; readonly limit: Limit }
  | { readonly type: "rule"; readonly rule: string; readonly says: string; readonly isIncomplete?: true };

/** A field that a value sets. Fields of maps and of free values are not among them. */
export interface AndroidUse {
  readonly path: AndroidPath;
  readonly schema: string;
  readonly name: string;
  readonly field: AndroidField;
  readonly value: unknown;
}

export interface AndroidReading {
  readonly faults: readonly AndroidFault[];
  readonly uses: readonly AndroidUse[];
}

/**
 * What is wrong with an object of a schema, strictly as Google's servers read it: unknown fields, types, enums,
 * missing fields, limits and rules between fields. `null` stands for a field that is not set. Total: any value gives an answer; an
 * unknown schema is a mistake of the program and throws.
 */
export function checkAndroid(schema: string, value: unknown): readonly AndroidFault[] {
  return readAndroid(schema, value).faults;
}

/** The same, with every field that the value sets. `base` is where the value itself stands. */
export function readAndroid(schema: string, value: unknown, base: AndroidPath = []): AndroidReading {
  const reader = new Reader();
  reader.form({ type: "message", schema }, value, { path: base, schema, field: "" });
  return reader;
}

interface Place {
  readonly path: AndroidPath;
  readonly schema: string;
  readonly field: string;
}

type Fields = Readonly<Record<string, unknown>>;

class Reader {
  readonly faults: AndroidFault[] = [];
  readonly uses: AndroidUse[] = [];
  readonly #faulty = new Set<string>();

  form(form: AndroidForm, value: unknown, place: Place): void {
    switch (form.type) {
      case "message":
        this.#message(form.schema, value, place);
        return;
      case "list":
        if (!Array.isArray(value)) this.#fault(place, value, { type: "wrong-type", expected: "list" });
        else
          for (const [index, element] of value.entries())
            this.form(form.of, element, { ...place, path: [...place.path, index] });
        return;
      case "map":
        if (!isFields(value)) this.#fault(place, value, { type: "wrong-type", expected: "map" });
        else
          for (const [name, member] of Object.entries(value))
            this.form(form.of, member, { ...place, path: [...place.path, name] });
        return;
      case "enum":
        if (typeof value !== "string" || !form.values.includes(value))
          this.#fault(place, value, { type: "bad-enum", allowed: form.values });
        return;
      default:
        if (!isPlain(form.type, value))
          this.#fault(place, value, { type: "wrong-type", expected: form.type });
    }
  }

  #message(schema: string, value: unknown, place: Place): void {
    const fields = androidSchema(schema)?.fields;
    if (fields === undefined) throw new TypeError(`no schema is called ${schema}`);
    if (!isFields(value)) {
      this.#fault(place, value, { type: "wrong-type", expected: "message", message: schema });
      return;
    }
    for (const [name, member] of Object.entries(value)) {
      const at = { path: [...place.path, name], schema, field: name };
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (field === undefined) this.#fault(at, member, { type: "unknown-field", known: Object.keys(fields) });
      else this.#field(field, member, at);
    }
    for (const name of requiredFields(schema))
      if (isEmpty(value[name])) {
        const at = { path: [...place.path, name], schema, field: name };
        this.#fault(at, value[name], { type: "missing-field" });
      }
    for (const broken of brokenRules(schema, value)) this.#broken(broken, value, { ...place, schema });
  }

  #field(field: AndroidField, value: unknown, place: Place): void {
    this.uses.push({ path: place.path, schema: place.schema, name: place.field, field, value });
    if (value === null || value === undefined) return;
    const before = this.faults.length;
    this.form(field, value, place);
    const limit = limitOf(place.schema, place.field);
    if (limit === undefined || this.faults.length > before) return;
    const size = measure(limit, value);
    if (size !== undefined && ((limit.least ?? -Infinity) > size || size > (limit.most ?? Infinity)))
      this.#fault(place, value, { type: "limit", limit });
  }

  #broken({ path, ...rule }: Broken, value: unknown, place: Place): void {
    const whole = [...place.path, ...path];
    // A value that cannot be read breaks no rules.
    if (this.#faulty.has(whole.join("\n"))) return;
    const field = path.findLast((step) => typeof step === "string") ?? place.field;
    const found = path.reduce<unknown>((above, step) => (above as Fields | undefined)?.[step], value);
    this.#fault({ ...place, path: whole, field }, found, { type: "rule", ...rule });
  }

  #fault({ path, schema, field }: Place, value: unknown, fault: AndroidFaultKind): void {
    this.faults.push({ path, schema, field, value, fault });
    this.#faulty.add(path.join("\n"));
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0)
  );
}
