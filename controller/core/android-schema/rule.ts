import { wholeOf } from "./plain-values.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** What an object breaks. */
export interface Broken {
  /** From the object. */
  readonly path: readonly (string | number)[];
  /** A short name that does not change. */
  readonly rule: string;
  /** What is wrong, to be put behind the name of the field. */
  readonly says: string;
  /** Something is missing that another fragment of the same policy may add. */
  readonly isIncomplete?: true;
}

export type Rules = Readonly<Record<string, (value: Fields) => readonly Broken[]>>;

/** A broken rule at a field. */
export function at(path: Broken["path"], rule: string, says: string): Broken {
  return { path, rule, says };
}

/** The text; empty for anything else. */
export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The list; empty for anything else. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The whole number; undefined for anything else. */
export function whole(value: unknown): number | undefined {
  const found = wholeOf(value);
  return found === undefined ? undefined : Number(found);
}

/** The object; empty for anything else. */
export function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** True for a field that a body says something in. */
export function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "" && (!Array.isArray(value) || value.length > 0);
}
