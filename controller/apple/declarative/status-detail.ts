import type { Json } from "../../core/canonical.ts";
import { cleanText } from "../../core/clean-text.ts";

const mostEntries = 1_000;
const mostNodes = 20_000;
const deepest = 6;

/**
 * Status items as flat entries, `softwareupdate.install-state` or, for elements of lists that have an identifier,
 * `app.managed.list/com.example.app`: so that a report of what changed can be laid over what was told before.
 */
export function statusDetail(
  items: Readonly<Record<string, unknown>>,
  names: readonly string[],
): { readonly entries: Readonly<Record<string, Json>>; readonly gone: readonly string[] } {
  const entries = new Map<string, Json>();
  const gone: string[] = [];
  const budget = { left: mostNodes };
  for (const name of names) {
    const value = name
      .split(".")
      .reduce<unknown>((inner, step) => (isRecord(inner) ? inner[step] : undefined), items);
    if (value === undefined) continue;
    const elements = elementsOf(value);
    if (elements === undefined) entries.set(name, shorten(value, budget, deepest));
    for (const [identifier, element] of elements ?? []) {
      const key = `${name}/${identifier}`;
      if (element._removed === true || element.removed === true) gone.push(key);
      else if (entries.size < mostEntries) entries.set(key, shorten(element, budget, deepest));
    }
  }
  return { entries: Object.fromEntries(entries), gone: gone.slice(0, mostEntries) };
}

/** The elements of a list in which each has an identifier; undefined for anything else, which is told whole. */
function elementsOf(value: unknown): readonly (readonly [string, Record<string, unknown>])[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const elements = value.map((one) => {
    const identifier = isRecord(one) ? (one.identifier ?? one.Identifier) : undefined;
    return typeof identifier === "string" && isRecord(one)
      ? ([cleanText(identifier, 256), one] as const)
      : undefined;
  });
  const all = elements.filter((one) => one !== undefined);
  return all.length === elements.length ? all : undefined;
}

/** What people are shown: no deeper, longer or wider than that. */
function shorten(value: unknown, budget: { left: number }, depth: number): Json {
  if (budget.left-- <= 0 || depth === 0) return "…";
  if (typeof value === "string") return cleanText(value, 512);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "boolean" || value === null) return value;
  if (Array.isArray(value)) return value.slice(0, 200).map((one) => shorten(one, budget, depth - 1));
  if (!isRecord(value)) return null;
  const entries = Object.entries(value).slice(0, 200);
  return Object.fromEntries(
    entries.map(([key, inner]) => [cleanText(key, 128), shorten(inner, budget, depth - 1)]),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
