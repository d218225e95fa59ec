import type { TestDatabase } from "../../store/test-stores.ts";
import type { Definition } from "./sql-definitions.ts";

/** A function that notes which of its statements it comes by, also in a transaction that is rolled back. */
export interface Watched {
  /** Puts it into the place of the one there is. */
  readonly statements: string;
  /** Where in the definition's text each of its statements begins, in order. */
  readonly starts: readonly number[];
  readonly text: string;
}

// A sequence is what no rollback takes back. It holds a bit for each statement; the last one is that of all others.
const last = 61;

/** Undefined for what has no statements of its own: a trigger, or a single expression. */
export function watched({ statement, from }: Definition): Watched | undefined {
  const begin = /(?<=\n)begin\n/.exec(statement);
  if (begin === null || !statement.includes("language plpgsql")) return undefined;
  const line =
    /(?<=(?:;|\bthen|\belse|\bbegin|\bloop)\n(?: *(?:--[^\n]*)?\n)* *)(?=(?:if|perform|insert|update|delete|select|return|with|v_\w+ :=) )/g;
  line.lastIndex = Math.max(from, begin.index);
  const starts = [...statement.matchAll(line)]
    .map(({ index }) => index)
    // What asks whether the statement before has found something must come right after it.
    .filter((at) => at > begin.index && !/^[^\n]*\bfound\b/.test(statement.slice(at)));
  let text = statement;
  for (const [index, at] of [...starts.entries()].reverse()) {
    const bit = `1::bigint << ${bitOf(index)}`;
    const note = `perform pg_catalog.setval('public.come_by', (select last_value from public.come_by) | (${bit}));\n`;
    text = text.slice(0, at) + note + text.slice(at);
  }
  const sequence = "create sequence if not exists public.come_by; select setval('public.come_by', 1);\n";
  return { statements: sequence + text, starts, text: statement };
}

/** True of the place of a mutant in the definition if the statement that holds it was come by, or nobody can tell. */
export async function cameBy(
  database: TestDatabase,
  { starts, text }: Watched,
): Promise<(at: number) => boolean> {
  const asked = "do $$ begin raise exception 'bits %', (select last_value from public.come_by); end $$";
  const answer = await database.asOwner(asked).catch((error: Error) => error.message);
  const bits = BigInt(/bits (\d+)/.exec(String(answer))?.[1] ?? "-1");
  return (at) => {
    const index = starts.findLastIndex((start) => start <= at);
    // Another branch is asked for without the one before it.
    if (index < 0 || /\belsif\b/.test(text.slice(starts[index], at))) return true;
    return ((bits >> BigInt(bitOf(index))) & 1n) === 1n;
  };
}

function bitOf(index: number): number {
  return Math.min(index + 1, last);
}
