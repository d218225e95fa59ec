import { changesOf } from "./sql-changes.ts";
import type { Definition } from "./sql-definitions.ts";

/** One small change of a function or trigger of the database. */
export interface SqlMutant {
  readonly name: string;
  /** Where the change begins in the text of the definition. */
  readonly at: number;
  /** The statement that puts the changed one into the place of the one there is. */
  readonly statement: string;
}

/** Every mutant of a definition; some of them are no SQL, which the database tells. */
export function sqlMutantsOf({ statement, from }: Definition): readonly SqlMutant[] {
  const body = statement.slice(from);
  const seen = new Map<string, number>();
  return changesOf(body).map(({ start, end, text }) => {
    const before = line(body.slice(Math.max(0, start - 30), start)).replace(/^\S*\s/, "");
    const after = line(body.slice(end, end + 30)).replace(/\s\S*$/, "");
    const what = `${before}[${short(line(body.slice(start, end)).trim())} → ${text.trim()}]${after}`.trim();
    const times = (seen.get(what) ?? 0) + 1;
    seen.set(what, times);
    return {
      name: times === 1 ? what : `${what} (${times})`,
      at: from + start,
      statement: statement.slice(0, from) + body.slice(0, start) + text + body.slice(end),
    };
  });
}

function line(text: string): string {
  return text.replace(/\s+/g, " ");
}

function short(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 50)} … ${text.slice(-27)}`;
}
