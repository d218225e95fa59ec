import type { Diagnostic } from "../core/diagnostic.ts";
import type { Place } from "../core/manifest.ts";
import { decodeText } from "./decode-text.ts";

export interface Cell {
  readonly text: string;
  readonly place: Place;
}

export interface Table {
  readonly header: readonly Cell[];
  readonly rows: readonly (readonly Cell[])[];
}

const maxRows = 50_000;
const maxColumns = 100;

/**
 * Reads a table with a header row (RFC 4180: commas, quotes doubled inside quotes, any line ending). Blank
 * lines are skipped. With any diagnostic of severity error the table is empty.
 */
export function readCsv(
  file: string,
  bytes: Uint8Array,
): { readonly table: Table; readonly diagnostics: readonly Diagnostic[] } {
  const nothing: Table = { header: [], rows: [] };
  const failed = (line: number, column: number, rule: string, message: string, detail: string) => ({
    table: nothing,
    diagnostics: [fileError({ file, line, column }, rule, message, detail)],
  });
  const text = decodeText(bytes);
  if (typeof text !== "string")
    return failed(text.line, text.column, "not-utf8", text.error, "Save it as UTF-8.");
  const scanned = scan(file, text);
  if ("error" in scanned)
    return failed(scanned.line, scanned.column, "csv-syntax", scanned.error, scanned.detail);
  const [header, ...rows] = scanned.rows;
  if (header === undefined)
    return failed(1, 1, "csv-syntax", "the file is empty", "The first line names the columns.");
  if (rows.length > maxRows || header.length > maxColumns) {
    return failed(
      1,
      1,
      "csv-too-long",
      `more than ${maxRows} rows or ${maxColumns} columns`,
      "Split the file.",
    );
  }
  const diagnostics = rows.flatMap((row) => ragged(row, header.length));
  return diagnostics.length > 0 ? { table: nothing, diagnostics } : { table: { header, rows }, diagnostics };
}

export function fileError(
  origin: Place["origin"],
  rule: string,
  message: string,
  detail: string,
  length = 1,
): Diagnostic {
  return { severity: "error", rule, origin, length, message, subject: "", detail: [detail] };
}

function ragged(row: readonly Cell[], width: number): readonly Diagnostic[] {
  const first = row[0];
  if (first === undefined || row.length === width) return [];
  const message = `${row.length} cells, but the header has ${width}`;
  const detail =
    row.length > width ? "Quote a cell that holds a comma." : "An empty cell still has its comma.";
  return [fileError(first.place.origin, "csv-syntax", message, detail)];
}

type Scanned =
  | { readonly rows: readonly (readonly Cell[])[] }
  | { readonly error: string; readonly detail: string; readonly line: number; readonly column: number };

function scan(file: string, text: string): Scanned {
  const rows: Cell[][] = [];
  const cursor = { index: 0, line: 1, lineStart: 0 };
  while (cursor.index < text.length) {
    const row = scanRow(file, text, cursor);
    if ("error" in row) return row;
    if (row.cells.length > 1 || row.cells[0]?.text !== "") rows.push(row.cells);
  }
  return { rows };
}

interface Cursor {
  index: number;
  line: number;
  lineStart: number;
}

/** Reads up to and with the end of a row, and moves the cursor behind it. */
function scanRow(
  file: string,
  text: string,
  cursor: Cursor,
): { readonly cells: Cell[] } | Exclude<Scanned, { rows: unknown }> {
  const cells: Cell[] = [];
  for (let more = true; more; ) {
    const origin = { file, line: cursor.line, column: cursor.index - cursor.lineStart + 1 };
    const cell = text[cursor.index] === '"' ? quoted(text, cursor.index) : plain(text, cursor.index);
    if ("error" in cell) return { ...cell, line: origin.line, column: origin.column };
    cells.push({ text: cell.text, place: { origin, length: Math.max(1, cell.text.length) } });
    advance(text, cursor, cell.end);
    more = text[cursor.index] === ",";
    if (more) cursor.index += 1;
  }
  if (text[cursor.index] === "\r") cursor.index += 1;
  if (text[cursor.index] === "\n") advance(text, cursor, cursor.index + 1);
  return { cells };
}

function advance(text: string, cursor: Cursor, end: number): void {
  for (let at = cursor.index; at < end; at++) {
    if (text[at] !== "\n") continue;
    cursor.line += 1;
    cursor.lineStart = at + 1;
  }
  cursor.index = end;
}

type ScannedCell =
  | { readonly text: string; readonly end: number }
  | { readonly error: string; readonly detail: string };

function plain(text: string, start: number): ScannedCell {
  let end = start;
  while (end < text.length && !",\r\n".includes(text[end] ?? "")) end += 1;
  const cell = text.slice(start, end);
  if (cell.includes('"'))
    return {
      error: "a quote inside a cell that does not begin with one",
      detail: 'Quote the whole cell and double the quotes inside: "a ""b""".',
    };
  return { text: cell.trim(), end };
}

function quoted(text: string, start: number): ScannedCell {
  let end = start + 1;
  while (end < text.length) {
    if (text[end] === '"' && text[end + 1] === '"') end += 2;
    else if (text[end] === '"') break;
    else end += 1;
  }
  if (end >= text.length) return { error: "a quote that is never closed", detail: "Add the closing quote." };
  const next = text[end + 1];
  if (next !== undefined && !",\r\n".includes(next))
    return { error: "text behind a closing quote", detail: "Double the quotes inside a quoted cell." };
  return {
    text: text
      .slice(start + 1, end)
      .replaceAll('""', '"')
      .trim(),
    end: end + 1,
  };
}
