import { type Look, type Paint, paint } from "./look.ts";
import { clean, clip, clipStart, wrap } from "./text.ts";
import { widthOf } from "./width.ts";

export interface GridColumn {
  readonly title?: string;
  readonly align?: "left" | "right";
  /** Columns below which it is not narrowed; without it, it keeps its width and never shrinks. */
  readonly min?: number;
  /** Columns that it takes at least. */
  readonly least?: number;
  /** Which end of a cell is cut when it is too long: `end` unless told. */
  readonly cut?: "start" | "end";
  /** The last column only: what is too long goes on below, at most so many lines in all. */
  readonly lines?: number;
}

/** A cell's text, or text in a colour. Texts are cleaned here: callers pass what devices said as it is. */
export type Cell = string | { readonly text: string; readonly paint: Paint | readonly Paint[] };

/** A row of cells, or one line of its own that runs across, indented by `indent`. */
export type GridRow = readonly Cell[] | { readonly note: string; readonly indent: number };

/** Rows in aligned columns, two blanks apart, no line wider than the look. Titles come first, where there are any. */
export function grid(
  columns: readonly GridColumn[],
  rows: readonly GridRow[],
  look: Look,
  indent = 0,
): readonly string[] {
  const titles = columns.map((column) => column.title ?? "");
  const headed = titles.some((title) => title !== "");
  const cleaned = rows.map((row): GridRow => (isNote(row) ? row : row.map(cleanCell)));
  const cells = cleaned.filter((row): row is readonly Cell[] => !isNote(row));
  const widths = columnWidths(columns, [...(headed ? [titles] : []), ...cells], look.width - indent);
  const blanks = " ".repeat(indent);
  const draw = (row: GridRow, style?: Paint): readonly string[] =>
    isNote(row)
      ? noteLines(row, look)
      : split(row, columns, widths).map(
          (one) => blanks + cellsOf(one, columns, widths, look, style).trimEnd(),
        );
  return [...(headed ? draw(titles, "bold") : []), ...cleaned.flatMap((row) => draw(row))];
}

function isNote(row: GridRow): row is { readonly note: string; readonly indent: number } {
  return "note" in row;
}

function noteLines(row: { readonly note: string; readonly indent: number }, look: Look): readonly string[] {
  const blanks = " ".repeat(Math.min(row.indent, 40));
  const width = look.width - blanks.length;
  const lines = bounded(wrap(clean(row.note), width), 3, width);
  return lines.map((line) => blanks + paint(look, "dim", line));
}

function bounded(lines: readonly string[], limit: number, width: number): readonly string[] {
  if (lines.length <= limit) return lines;
  return [...lines.slice(0, limit - 1), clip(`${lines[limit - 1]}…`, width)];
}

/** A row whose last cell is too long becomes several. */
function split(
  row: readonly Cell[],
  columns: readonly GridColumn[],
  widths: readonly number[],
): readonly (readonly Cell[])[] {
  const last = columns.length - 1;
  const limit = columns[last]?.lines ?? 1;
  const text = textOf(row[last]);
  if (limit === 1 || widthOf(text) <= (widths[last] ?? 0)) return [row];
  const [first = "", ...more] = bounded(wrap(text, widths[last] ?? 0), limit, widths[last] ?? 0);
  const before = columns.slice(0, last);
  return [
    [...before.map((_, index) => row[index] ?? ""), first],
    ...more.map((line) => [...before.map(() => ""), line]),
  ];
}

function cleanCell(cell: Cell): Cell {
  return typeof cell === "string" ? clean(cell) : { ...cell, text: clean(cell.text) };
}

function textOf(cell: Cell | undefined): string {
  return typeof cell === "object" ? cell.text : (cell ?? "");
}

function columnWidths(
  columns: readonly GridColumn[],
  rows: readonly (readonly Cell[])[],
  room: number,
): readonly number[] {
  const widths = columns.map(({ least = 0 }, index) =>
    Math.max(least, ...sampled(rows).map((row) => widthOf(textOf(row[index])))),
  );
  const gaps = 2 * (columns.length - 1);
  for (;;) {
    const over = widths.reduce((sum, width) => sum + width, gaps) - room;
    const widest = over <= 0 ? -1 : widestShrinkable(columns, widths);
    if (widest < 0) return widths;
    const floor = Math.max(columns[widest]?.min ?? 0, secondWidest(columns, widths, widest));
    const current = widths[widest] ?? 0;
    widths[widest] = Math.max(current - over, Math.min(floor, current - 1), columns[widest]?.min ?? 0);
  }
}

// `Math.max` takes its arguments from the stack; more rows than this are never shown at once.
function sampled<T>(rows: readonly T[]): readonly T[] {
  return rows.slice(0, 50_000);
}

function widestShrinkable(columns: readonly GridColumn[], widths: readonly number[]): number {
  let widest = -1;
  for (const [index, column] of columns.entries()) {
    const width = widths[index] ?? 0;
    if (column.min === undefined || width <= column.min) continue;
    if (widest < 0 || width > (widths[widest] ?? 0)) widest = index;
  }
  return widest;
}

function secondWidest(columns: readonly GridColumn[], widths: readonly number[], widest: number): number {
  const others = widths.filter((_, index) => index !== widest && columns[index]?.min !== undefined);
  return Math.max(0, ...others.filter((width) => width < (widths[widest] ?? 0)));
}

function cellsOf(
  row: readonly Cell[],
  columns: readonly GridColumn[],
  widths: readonly number[],
  look: Look,
  style: Paint | undefined,
): string {
  const cells = columns.map((column, index) => {
    const cell = row[index];
    const width = widths[index] ?? 0;
    const cut = column.cut === "start" ? clipStart(textOf(cell), width) : clip(textOf(cell), width);
    const color = typeof cell === "object" ? cell.paint : style;
    const blanks = " ".repeat(Math.max(0, width - widthOf(cut)));
    const painted = color === undefined ? cut : paint(look, color, cut);
    return column.align === "right" ? blanks + painted : painted + blanks;
  });
  return cells.join("  ");
}
