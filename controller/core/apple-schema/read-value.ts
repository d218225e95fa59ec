import { isAlsoTaken, isRequired } from "./errata.ts";
import { inheritGates } from "./inherit.ts";
import type { KeyList, OsGates, SchemaEntry, SchemaKey, ValueType } from "./schema.ts";
import { keysIn } from "./tables.ts";
import { type Fields, isTemplate, numberOf, typeOfValue } from "./value.ts";

export type ValuePath = readonly (string | number)[];

/** What is wrong with a value, before anything is known of the device. */
export interface ValueFinding {
  readonly path: ValuePath;
  readonly key: string;
  readonly fault: ValueFault;
  /** On devices that do not pass these the fault does not matter. */
  readonly gates: OsGates;
}

export type ValueFault =
  | { readonly type: "unknown-key"; readonly known: readonly string[] }
  | { readonly type: "missing-key" }
  | { readonly type: "wrong-type"; readonly expected: ValueType; readonly found: ValueType | "nothing" }
  | { readonly type: "not-listed"; readonly allowed: readonly string[] }
  | { readonly type: "out-of-range"; readonly least: number | null; readonly most: number | null }
  | { readonly type: "count"; readonly least: number; readonly most: number }
  | { readonly type: "pattern"; readonly pattern: string };

/** A key, or a listed value, that something uses, and what a device must be like not to ignore it. */
export interface KeyUse {
  readonly path: ValuePath;
  readonly key: string;
  readonly gates: OsGates;
  /** Ignoring it makes no difference: it says what is so without it. */
  readonly isDefault: boolean;
}

/** What a value says, held against the keys of an entry. */
export interface ValueReading {
  readonly findings: readonly ValueFinding[];
  readonly uses: readonly KeyUse[];
}

export interface ReadingOptions {
  /** JSON has no data and no dates: texts stand for them. */
  readonly json?: boolean;
  /** Keys that stand beside the entry's own, such as those that all payloads have. */
  readonly beside?: readonly SchemaKey[];
  /** Where the value begins. */
  readonly base?: ValuePath;
}

/** Holds a dictionary against a list of keys of an entry. Total: any value gives a reading. */
export function readDictionary(
  entry: SchemaEntry,
  list: KeyList | undefined,
  fields: Fields,
  options: ReadingOptions = {},
): ValueReading {
  const reader = new Reader(entry, options.json === true);
  reader.dictionary([...keysIn(entry, list), ...(options.beside ?? [])], fields, {
    path: options.base ?? [],
    gates: entry.os ?? {},
  });
  return reader;
}

/** Holds one value against a key of an entry. */
export function readKey(
  entry: SchemaEntry,
  key: SchemaKey,
  value: unknown,
  options: ReadingOptions = {},
): ValueReading {
  const reader = new Reader(entry, options.json === true);
  reader.value(key, value, { path: options.base ?? [], gates: entry.os ?? {} });
  return reader;
}

interface Place {
  readonly path: ValuePath;
  readonly gates: OsGates;
}

class Reader {
  readonly findings: ValueFinding[] = [];
  readonly uses: KeyUse[] = [];
  readonly #entry: SchemaEntry;
  readonly #json: boolean;

  constructor(entry: SchemaEntry, json: boolean) {
    this.#entry = entry;
    this.#json = json;
  }

  dictionary(keys: readonly SchemaKey[], fields: Fields, place: Place): void {
    const named = new Map(keys.filter((key) => !isWildcard(key)).map((key) => [key.key, key]));
    const wildcard = keys.find(isWildcard);
    for (const [name, value] of Object.entries(fields)) {
      const key = named.get(name) ?? wildcard;
      const at = { path: [...place.path, name], gates: place.gates };
      if (key === undefined) this.#fault(at, name, { type: "unknown-key", known: [...named.keys()] });
      else this.#key(key, value, at);
    }
    for (const key of named.values())
      if (isRequired(this.#entry.type, key) && !Object.hasOwn(fields, key.key)) {
        const gates = inheritGates(place.gates, key.os);
        this.#fault({ path: place.path, gates }, key.key, { type: "missing-key" });
      }
  }

  #key(key: SchemaKey, value: unknown, { path, gates: above }: Place): void {
    const gates = inheritGates(above, key.os);
    const isDefault = key.default !== undefined && key.default === value;
    this.uses.push({ path, key: String(path.at(-1)), gates, isDefault });
    this.value(key, value, { path, gates });
  }

  value(key: SchemaKey, value: unknown, place: Place): void {
    const found = typeOfValue(value);
    if (isAlsoTaken(this.#entry.type, key, found)) return;
    if (!this.#fits(key.type, found)) {
      this.#fault(place, key.key, { type: "wrong-type", expected: key.type, found: found ?? "nothing" });
      return;
    }
    if (found === "dictionary") this.#dictionaryOf(key, value as Fields, place);
    else if (found === "array") this.#array(key, value as readonly unknown[], place);
    else this.#scalar(key, value, place);
  }

  #fits(expected: ValueType, found: ValueType | undefined): boolean {
    if (expected === "any") return found !== undefined;
    if (expected === "real" && found === "integer") return true;
    if (this.#json && found === "string" && (expected === "data" || expected === "date")) return true;
    return expected === found;
  }

  #dictionaryOf(key: SchemaKey, fields: Fields, place: Place): void {
    const keys = keysIn(this.#entry, key.keys);
    // A dictionary without keys in the schema may hold anything.
    if (keys.length > 0) this.dictionary(keys, fields, place);
  }

  #array(key: SchemaKey, values: readonly unknown[], place: Place): void {
    const { repeat } = key;
    if (repeat !== undefined && (values.length < repeat[0] || values.length > repeat[1]))
      this.#fault(place, key.key, { type: "count", least: repeat[0], most: repeat[1] });
    const forms = keysIn(this.#entry, key.keys);
    for (const [index, value] of values.entries()) this.#element(forms, value, place, index);
  }

  #element(forms: readonly SchemaKey[], value: unknown, { path, gates }: Place, index: number): void {
    const [first, second] = forms;
    if (first === undefined) return;
    const at = { path: [...path, index], gates };
    if (second === undefined) {
      this.value(first, value, { path: at.path, gates: inheritGates(gates, first.os) });
      return;
    }
    const form = forms.find((one) => this.#isOfForm(one, value));
    if (form !== undefined) this.#key(form, value, at);
    else this.#fault(at, first.key, { type: "not-listed", allowed: forms.map((one) => one.key) });
  }

  /** The forms of a list are told apart by keys that have one value each, such as `Item` of a setting. */
  #isOfForm(form: SchemaKey, value: unknown): boolean {
    if (!this.#fits(form.type, typeOfValue(value))) return false;
    const tags = keysIn(this.#entry, form.keys).filter((key) => key.values?.length === 1 && key.required);
    return tags.every((tag) => (value as Fields)[tag.key] === tag.values?.[0]);
  }

  #scalar(key: SchemaKey, value: unknown, place: Place): void {
    if (isTemplate(value) || key.type === "any") return;
    const members = keysIn(this.#entry, key.keys);
    const member = members.find((one) => one.key === value);
    const allowed = key.values?.map(String) ?? members.map((one) => one.key);
    if (allowed.length > 0 && !allowed.includes(String(value)) && typeof value !== "object")
      this.#fault(place, key.key, { type: "not-listed", allowed });
    if (member !== undefined) {
      const gates = inheritGates(place.gates, member.os);
      this.uses.push({ path: place.path, key: member.key, gates, isDefault: false });
    }
    this.#bounds(key, value, place);
  }

  #bounds(key: SchemaKey, value: unknown, place: Place): void {
    const [least, most] = key.range ?? [null, null];
    const number = numberOf(value);
    if (number !== undefined && ((least !== null && number < least) || (most !== null && number > most)))
      this.#fault(place, key.key, { type: "out-of-range", least, most });
    if (key.pattern !== undefined && typeof value === "string" && !matches(key.pattern, value))
      this.#fault(place, key.key, { type: "pattern", pattern: key.pattern });
  }

  #fault(place: Place, key: string, fault: ValueFault): void {
    this.findings.push({ path: place.path, key, fault, gates: place.gates });
  }
}

function isWildcard(key: SchemaKey): boolean {
  return /^ANY\b/.test(key.key);
}

const patterns = new Map<string, RegExp>();

function matches(pattern: string, text: string): boolean {
  const known = patterns.get(pattern) ?? new RegExp(pattern);
  patterns.set(pattern, known);
  return known.test(text);
}
