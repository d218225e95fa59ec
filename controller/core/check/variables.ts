/** Variables that strings of profiles and apps may hold, as `${NAME}`; put in at the moment of sending. */
export const knownVariables = [
  "device.serial",
  "device.udid",
  "device.alias",
  "device.model",
  "device.osVersion",
  "device.platform",
  "owner.email",
  "owner.name",
] as const;

/** One `${…}` in a string of a manifest. */
export interface Placeholder {
  readonly path: readonly (string | number)[];
  /** What stands between the braces. */
  readonly name: string;
}

/** Every placeholder in the strings below a value, with the path of its string. */
export function placeholdersIn(value: unknown, path: readonly (string | number)[]): readonly Placeholder[] {
  if (typeof value === "string") return value.includes("${") ? inText(value, path) : [];
  if (Array.isArray(value)) return value.flatMap((entry, index) => placeholdersIn(entry, [...path, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) => placeholdersIn(entry, [...path, key]));
}

function inText(text: string, path: Placeholder["path"]): readonly Placeholder[] {
  return [...text.matchAll(/\$\{([^}]*)\}?/g)].map((match) => ({
    path,
    name: match[0].endsWith("}") ? (match[1] ?? "") : "",
  }));
}
