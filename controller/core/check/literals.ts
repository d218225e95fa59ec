import type { Finding } from "./problem.ts";

type Path = readonly (string | number)[];

/**
 * What a property list cannot say below a value: nothing, integers that a number does not hold exactly, and
 * `{$data: …}`, `{$date: …}` and `{$real: …}` that are not what they say.
 */
export function literalProblems(value: unknown, path: Path): readonly (readonly [Path, Finding])[] {
  if (value === null) return [[path, nothing]];
  if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value))
    return [[path, inexact]];
  if (typeof value !== "object") return [];
  if (Array.isArray(value)) return value.flatMap((entry, index) => literalProblems(entry, [...path, index]));
  const entries = Object.entries(value);
  const literal = entries.find(([key]) => Object.hasOwn(expected, key));
  if (literal === undefined) return entries.flatMap(([key, entry]) => literalProblems(entry, [...path, key]));
  const [key, text] = literal;
  const wanted = expected[key] ?? "";
  if (entries.length === 1 && typeof text === "string" && isLiteral(key, text)) return [];
  const message =
    entries.length > 1 ? `${key} stands alone in its mapping` : `${key} has a value that it cannot have`;
  return [[[...path, key], { rule: "bad-literal", message, detail: [`expected {${key}: ${wanted}}.`] }]];
}

const nothing: Finding = {
  rule: "bad-literal",
  message: "a property list cannot say nothing",
  detail: ['Remove the key, or write "" for an empty text.'],
};

const inexact: Finding = {
  rule: "bad-literal",
  message: "a number that is too large to be kept exactly",
  detail: ["Quote it if it is a text, or write {$real: …} if it need not be exact."],
};

const expected: Readonly<Record<string, string>> = { $data: "base64", $date: "RFC 3339", $real: '"1.0"' };

function isLiteral(key: string, text: string): boolean {
  if (key === "$data") return /^\$\{secret:[^}]+\}$/.test(text) || isBase64(text.replaceAll(/\s/g, ""));
  if (key === "$date")
    return (
      /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(Date.parse(text))
    );
  return /^-?\d{1,15}(\.\d{1,15})?$/.test(text);
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
