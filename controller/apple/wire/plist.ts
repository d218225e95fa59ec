/**
 * What a property list can hold. Dictionaries that were read have no prototype, so that no key of a device
 * can touch one. Integers beyond 2^53 are bigint; reals are wrapped, because `1` and `1.0` differ to Apple.
 */
export type PlistValue =
  | string
  | number
  | bigint
  | boolean
  | Date
  | Uint8Array
  | Real
  | PlistDict
  | readonly PlistValue[];

export interface PlistDict {
  readonly [key: string]: PlistValue;
}

/** A floating point number of a property list; plain numbers are written as `<integer>`. */
export class Real {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/**
 * The only error of the readers and writers. `line` and `column` start at 1;
 * absent for binary plists and beyond the first million characters.
 */
export class PlistError extends Error {
  override readonly name = "PlistError";
  readonly line: number | undefined;
  readonly column: number | undefined;
  constructor(message: string, place?: { readonly line: number; readonly column: number }) {
    super(place === undefined ? message : `${message} (line ${place.line}, column ${place.column})`);
    this.line = place?.line;
    this.column = place?.column;
  }
}

/** Limits of every reader: a message beyond them is refused, whoever sent it. */
export const plistLimits = {
  bytes: 10 * 1024 * 1024,
  depth: 64,
  /** Values, each with its key. */
  entries: 100_000,
  /** Character references such as `&amp;` or `&#10;`, which cost more than plain text. */
  references: 50_000,
  comments: 1_000,
  /** Characters of white space between elements. */
  blank: 1024 * 1024,
} as const;

/** True for a dictionary, and only for that. */
export function isDict(value: PlistValue | undefined): value is PlistDict {
  return (
    typeof value === "object" &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Real)
  );
}

/** The text at `key`, or undefined when it is missing or something else. */
export function textAt(dict: PlistDict, key: string): string | undefined {
  const value = dict[key];
  return typeof value === "string" ? value : undefined;
}

/** The bytes at `key`, or undefined when they are missing or something else. */
export function bytesAt(dict: PlistDict, key: string): Uint8Array | undefined {
  const value = dict[key];
  return value instanceof Uint8Array ? value : undefined;
}

/** The dictionary at `key`, or undefined when it is missing or something else. */
export function dictAt(dict: PlistDict, key: string): PlistDict | undefined {
  const value = dict[key];
  return isDict(value) ? value : undefined;
}

/** The array at `key`, or undefined when it is missing or something else. */
export function listAt(dict: PlistDict, key: string): readonly PlistValue[] | undefined {
  const value = dict[key];
  return Array.isArray(value) ? value : undefined;
}
