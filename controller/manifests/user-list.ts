import { quote } from "../core/check/describe-value.ts";
import { nearest } from "../core/check/nearest.ts";
import type { Diagnostic } from "../core/diagnostic.ts";
import { type Cell, fileError, readCsv } from "./csv.ts";

const email = /^[^\s@"<>,;]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/;

/** The addresses in the column `email` of a CSV file, with their places. */
export function readUserList(
  file: string,
  bytes: Uint8Array,
): { readonly users: readonly Cell[]; readonly diagnostics: readonly Diagnostic[] } {
  const { table, diagnostics } = readCsv(file, bytes);
  if (table.header.length === 0) return { users: [], diagnostics };
  const names = table.header.map((cell) => cell.text);
  const column = names.indexOf("email");
  if (column === -1) {
    const near = names.find((name) => nearest(name, ["email", "e-mail", "mail"]) !== undefined);
    const detail = near === undefined ? "The header names the columns." : `Rename ${quote(near)} to email.`;
    return {
      users: [],
      diagnostics: [fileError({ file, line: 1, column: 1 }, "csv-column", "no column email", detail)],
    };
  }
  const cells = table.rows.flatMap((row) => row[column] ?? []);
  const found = [...duplicates(cells), ...cells.flatMap(notAnAddress)];
  return { users: found.length > 0 ? [] : cells, diagnostics: found };
}

function notAnAddress(cell: Cell): readonly Diagnostic[] {
  if (email.test(cell.text) && cell.text.length <= 254) return [];
  const message = `not an e-mail address: ${quote(cell.text)}`;
  return [
    fileError(
      cell.place.origin,
      "bad-email",
      message,
      "expected an address such as anna@acme.example.",
      cell.place.length,
    ),
  ];
}

function duplicates(cells: readonly Cell[]): readonly Diagnostic[] {
  const first = new Map<string, Cell>();
  const found: Diagnostic[] = [];
  for (const cell of cells) {
    const earlier = first.get(cell.text.toLowerCase());
    if (earlier === undefined) first.set(cell.text.toLowerCase(), cell);
    else
      found.push(
        fileError(
          cell.place.origin,
          "duplicate-item",
          `${quote(cell.text)} is already in this file`,
          `The first one is in line ${earlier.place.origin.line}.`,
          cell.place.length,
        ),
      );
  }
  return found;
}
