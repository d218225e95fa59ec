import type { GridColumn } from "./grid.ts";
import { count } from "./text.ts";

/** The column of names and one column of numbers per title. */
export function countColumns(titles: readonly string[]): readonly GridColumn[] {
  return [{ min: 8 }, ...titles.map((title) => ({ title, align: "right" as const }))];
}

/** A name and its numbers, `20,114`. */
export function countRow(name: string, numbers: readonly number[]): readonly string[] {
  return [name, ...numbers.map(count)];
}
