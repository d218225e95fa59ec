import { type GridColumn, grid } from "./grid.ts";
import type { Look } from "./look.ts";
import { count } from "./text.ts";

export interface Column extends GridColumn {
  readonly title: string;
}

/**
 * Plain values under titles: two blanks apart, no borders, no line wider than the look, `…` where a cell was cut.
 * A column of numbers stands right, with its thousands apart; what is undefined stays empty. Ends in a new line.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly (string | number | undefined)[])[],
  look: Look,
  indent = 0,
): string {
  const aligned = columns.map((column, index) => {
    const isNumber = rows.some((row) => typeof row[index] === "number");
    return { ...column, align: column.align ?? (isNumber ? "right" : "left") } as const;
  });
  const cells = rows.map((row) => columns.map((_, index) => cellText(row[index])));
  return grid(aligned, cells, look, indent)
    .map((line) => `${line}\n`)
    .join("");
}

/** The look for a stream: its width, 100 columns where it has none; colours by NO_COLOR, FORCE_COLOR and what it is. */
export function lookFor(
  stream: Terminal,
  now: number,
  env: Readonly<Record<string, string | undefined>>,
): Look {
  return { now, width: Math.max(60, stream.columns ?? 100), color: showsColor(stream, env) };
}

export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

function showsColor(stream: Terminal, env: Readonly<Record<string, string | undefined>>): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== "0";
  return stream.isTTY === true && env.TERM !== "dumb";
}

function cellText(cell: string | number | undefined): string {
  return typeof cell === "number" ? count(cell) : (cell ?? "");
}
