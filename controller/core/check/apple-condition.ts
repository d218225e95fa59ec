import type { Fields } from "./apple-parts.ts";

type Path = readonly (string | number)[];

/** What a payload must hold because of something else that it holds. */
export interface Condition {
  readonly type: string;
  /** The page of Apple's documentation, by the name of its file in the schema, that says so. */
  readonly source: string;
  readonly holds: (content: Fields) => readonly Broken[];
}

export interface Broken {
  readonly path: Path;
  readonly rule: "apple-incomplete" | "apple-contradiction";
  readonly message: string;
}

/** One of the keys is missing although another one asks for it. */
export function needs(
  content: Fields,
  because: string,
  keys: readonly string[],
  base: Path = [],
): readonly Broken[] {
  return keys
    .filter((key) => content[key] === undefined)
    .map((key) => ({ path: base, rule: "apple-incomplete", message: `${because} needs ${key}` }));
}

/** None of the keys is there. */
export function oneOf(content: Fields, keys: readonly string[], base: Path = []): readonly Broken[] {
  if (keys.some((key) => content[key] !== undefined)) return [];
  return [{ path: base, rule: "apple-incomplete", message: `it needs ${keys.join(" or ")}` }];
}

/** Both keys are there, of which only one may be. */
export function notBoth(
  content: Fields,
  [a, b]: readonly [string, string],
  base: Path = [],
): readonly Broken[] {
  if (content[a] === undefined || content[b] === undefined) return [];
  return [{ path: [...base, b], rule: "apple-contradiction", message: `${a} and ${b} exclude each other` }];
}

/** A value that another one excludes. */
export function contradiction(path: Path, message: string): Broken {
  return { path, rule: "apple-contradiction", message };
}

/** A value as a dictionary; an empty one when it is none. */
export function asFields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** The dictionary under a key; an empty one where there is none. */
export function fieldsAt(content: Fields, key: string): Fields {
  return asFields(content[key]);
}

/** The array under a key; empty where there is none. */
export function listAt(content: Fields, key: string): readonly unknown[] {
  const value = content[key];
  return Array.isArray(value) ? value : [];
}
