import type { RevisionEntryView } from "../../loop/views.ts";
import { shortRevision } from "./digest.ts";
import { type GridRow, grid } from "./grid.ts";
import type { Look, Paint } from "./look.ts";
import { ago } from "./time.ts";

const columns = [
  { title: "REVISION", min: 7 },
  { title: "STATUS" },
  { title: "SEEN" },
  { title: "AUTHOR", min: 10 },
  { title: "MESSAGE", min: 20 },
] as const;

const paints: Readonly<Record<RevisionEntryView["status"], Paint>> = {
  "in-force": "green",
  superseded: "dim",
  refused: "red",
};

/** Revisions that the daemon has seen; a refused one with the first thing that is wrong. */
export function renderRevisions(revisions: readonly RevisionEntryView[], look: Look): string {
  if (revisions.length === 0) return "No revision was seen yet.\n";
  const rows = revisions.flatMap((one): readonly GridRow[] => {
    const row: GridRow = [
      shortRevision(one.revision),
      { text: one.status.replace("-", " "), paint: paints[one.status] ?? "dim" },
      ago(one.at, look.now),
      one.author,
      one.message.split("\n")[0] ?? "",
    ];
    const first = one.diagnostics[0];
    if (one.status !== "refused" || first === undefined) return [row];
    const { origin, message, rule } = first;
    const more = one.diagnostics.length > 1 ? `, and ${one.diagnostics.length - 1} more` : "";
    return [
      row,
      { indent: 9, note: `${origin.file}:${origin.line}:${origin.column} ${message} [${rule}]${more}` },
    ];
  });
  return `${grid(columns, rows, look).join("\n")}\n`;
}
