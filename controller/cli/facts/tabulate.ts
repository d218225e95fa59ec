import { inheritGates } from "../../core/apple-schema/inherit.ts";
import type { KeyList, OsGates, SchemaEntry, SchemaKey, ValueType } from "../../core/apple-schema/schema.ts";
import { gatesOfFile, gatesOfKey } from "./tabulate-gates.ts";

/** A file of Apple's schema after YAML: aliases are the same object, so that a list may contain itself. */
export interface WrittenFile {
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly payloadkeys?: readonly WrittenKey[];
  readonly responsekeys?: readonly WrittenKey[];
}

interface WrittenKey {
  readonly key: string;
  readonly type: string;
  readonly presence?: string;
  readonly rangelist?: readonly (string | number | boolean)[];
  readonly range?: { readonly min?: number; readonly max?: number };
  readonly format?: string;
  readonly subtype?: string;
  readonly valuetype?: string;
  readonly repetition?: { readonly min: number; readonly max: number };
  readonly assettypes?: readonly string[];
  readonly combinetype?: string;
  readonly default?: string | number | boolean;
  readonly supportedOS?: unknown;
  readonly subkeys?: readonly WrittenKey[];
}

/** The facts of one file, without its texts. A file that names no type is known by `file`, its name without ending. */
export function tabulate(written: WrittenFile, file: string): SchemaEntry {
  const payload = written.payload ?? {};
  const lists = new Lists([written.payloadkeys, written.responsekeys]);
  const os = gatesOfFile(payload.supportedOS);
  const keys = lists.tabulate(written.payloadkeys, os);
  const response = lists.tabulate(written.responsekeys, os);
  return {
    type: typeOf(payload) ?? file,
    file,
    ...(Object.keys(os).length === 0 ? {} : { os }),
    ...(payload.apply === undefined ? {} : { apply: payload.apply as NonNullable<SchemaEntry["apply"]> }),
    ...(keys === undefined ? {} : { keys }),
    ...(response === undefined ? {} : { response }),
    ...(lists.shared.length === 0 ? {} : { shared: lists.shared }),
  };
}

const typeNames = ["payloadtype", "requesttype", "declarationtype", "statusitemtype", "credentialtype"];

function typeOf(payload: Readonly<Record<string, unknown>>): string | undefined {
  const name = typeNames.find((one) => typeof payload[one] === "string");
  return name === undefined ? undefined : String(payload[name]);
}

/** Writes lists of keys once: what several places use gets a number, in the order in which it is met. */
class Lists {
  readonly shared: (readonly SchemaKey[])[] = [];
  readonly #used = new Map<readonly WrittenKey[], number>();
  readonly #numbers = new Map<readonly WrittenKey[], number>();

  constructor(roots: readonly (readonly WrittenKey[] | undefined)[]) {
    for (const root of roots) if (root !== undefined) this.#count(root);
  }

  #count(list: readonly WrittenKey[]): void {
    const times = (this.#used.get(list) ?? 0) + 1;
    this.#used.set(list, times);
    if (times > 1) return;
    for (const { subkeys } of list) if (subkeys !== undefined) this.#count(subkeys);
  }

  tabulate(list: readonly WrittenKey[] | undefined, inherited: OsGates | undefined): KeyList | undefined {
    if (list === undefined || list.length === 0) return undefined;
    if ((this.#used.get(list) ?? 0) < 2) return list.map((key) => this.#key(key, inherited));
    const known = this.#numbers.get(list);
    if (known !== undefined) return known;
    const number = this.shared.length;
    this.#numbers.set(list, number);
    this.shared.push([]);
    this.shared[number] = list.map((key) => this.#key(key, undefined));
    return number;
  }

  #key(written: WrittenKey, inherited: OsGates | undefined): SchemaKey {
    const { rangelist, range, format, repetition, assettypes, combinetype } = written;
    const os = gatesOfKey(written.supportedOS, inherited);
    const below = inherited === undefined ? undefined : inheritGates(inherited, os);
    const keys = this.tabulate(written.subkeys, below);
    const textFormat = written.valuetype ?? written.subtype?.replace(/[<>]/g, "");
    return {
      key: written.key,
      type: written.type.replace(/[<>]/g, "") as ValueType,
      ...(written.presence === "required" ? { required: true as const } : {}),
      ...(rangelist === undefined ? {} : { values: rangelist }),
      ...(range === undefined ? {} : { range: [range.min ?? null, range.max ?? null] as const }),
      ...(format === undefined ? {} : { pattern: wholePattern(format) }),
      ...(textFormat === undefined ? {} : { format: textFormat }),
      ...(repetition === undefined ? {} : { repeat: [repetition.min, repetition.max] as const }),
      ...(assettypes === undefined ? {} : { assets: assettypes }),
      ...(combinetype === undefined ? {} : { combine: combinetype }),
      ...(written.default === undefined ? {} : { default: written.default }),
      ...(Object.keys(os).length === 0 ? {} : { os }),
      ...(keys === undefined ? {} : { keys }),
    };
  }
}

/** `^(a)|(b)$` means `^(?:(a)|(b))$`: Apple's alternatives stand for the whole text, and not for its ends. */
export function wholePattern(pattern: string): string {
  const inner = /^\^([\s\S]*)\$$/.exec(pattern)?.[1];
  return inner !== undefined && hasOuterAlternative(inner) ? `^(?:${inner})$` : pattern;
}

function hasOuterAlternative(pattern: string): boolean {
  let depth = 0;
  for (const character of pattern.replace(/\\./g, "")) {
    if (character === "(" || character === "[") depth++;
    else if (character === ")" || character === "]") depth--;
    else if (character === "|" && depth === 0) return true;
  }
  return false;
}
