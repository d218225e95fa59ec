import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A function or trigger of the database, as its statement. */
export interface Definition {
  /** May be run again: it takes the place of the one there is. */
  readonly statement: string;
  /** Where what it does begins in the statement (of a trigger: when); before it stand its name, its parameters and its rights. */
  readonly from: number;
}

const folder = join(import.meta.dirname, "../../store/migrations");

/**
 * The definition of a function (`reeve.NAME`) or trigger (`NAME`). Throws when there is not exactly one: what guards is
 * defined once.
 */
export function definitionOf(name: string, texts: readonly string[] = migrations()): Definition {
  const all = texts.join("\n");
  const what = name.startsWith("reeve.") ? `function ${name.replace(".", "\\.")}\\(` : `trigger ${name} `;
  const starts = [...all.matchAll(new RegExp(`^create ${what}`, "gm"))];
  const [start] = starts;
  if (start === undefined || starts.length > 1) throw new Error(`${starts.length} definitions of ${name}`);
  const text = untilEnd(all.slice(start.index)).replace(/^create/, "create or replace");
  const body = /\$\$|\breturn\b|\bbegin atomic\b|(?=\b(?:before|after)\b)/.exec(text);
  if (body === null) throw new Error(`${name} does nothing`);
  return { statement: text, from: body.index + body[0].length };
}

function untilEnd(text: string): string {
  const end = /^as \$\$$[\s\S]*?\$\$;|^begin atomic$[\s\S]*?^end;|;/m.exec(text);
  if (end === null) throw new Error("a statement without an end");
  return text.slice(0, end.index + end[0].length);
}

function migrations(): readonly string[] {
  return readdirSync(folder)
    .sort()
    .map((file) => readFileSync(join(folder, file), "utf8"));
}
