import type { OperationsSummaryView, OperationView } from "../../loop/views.ts";
import { type GridRow, grid } from "./grid.ts";
import type { Look, Paint } from "./look.ts";
import { stamp } from "./stamp.ts";
import { count } from "./text.ts";

const columns = [
  { title: "DATE" },
  { title: "DEVICE", min: 8 },
  { title: "TYPE", min: 10 },
  { title: "", min: 2 },
  { title: "STATUS", min: 9 },
  { title: "TRY", align: "right" },
  { title: "INFORMATION", min: 24, lines: 5 },
] as const;

const statusPaints: Readonly<Record<string, Paint>> = {
  executed: "green",
  failed: "red",
  unknown: "red",
  refused: "red",
  abandoned: "dim",
  "not-notified": "yellow",
  notNow: "yellow",
};

/** The operations log: date, type, direction, status, information, and what can be done about it. */
export function renderOperations(operations: readonly OperationView[], look: Look): string {
  if (operations.length === 0) return "No operation matches.\n";
  const rows = operations.flatMap((one): readonly GridRow[] => {
    const about = [one.subject, one.information].filter(Boolean).join(": ");
    const status = { text: one.status, paint: statusPaints[one.status] ?? "cyan" };
    const row = [
      stamp(one.at),
      one.name || one.device,
      one.type,
      one.direction,
      status,
      one.attempt === 0 ? "" : count(one.attempt),
      about,
    ];
    return one.advice ? [row, { indent: 22, note: one.advice }] : [row];
  });
  return `${grid(columns, rows, look).join("\n")}\n`;
}

const statuses = [
  "waiting",
  "notified",
  "sent",
  "notNow",
  "executed",
  "failed",
  "not-notified",
  "abandoned",
  "unknown",
];

/** Commands by type and status; statuses that no command has take no column. */
export function renderOperationsSummary({ commands }: OperationsSummaryView, look: Look): string {
  const types = Object.entries(commands).sort(([a], [b]) => (a < b ? -1 : 1));
  if (types.length === 0) return "No command was sent yet.\n";
  const used = new Set(types.flatMap(([, counts]) => Object.keys(counts)));
  const shown = [...statuses.filter((one) => used.delete(one)), ...[...used].sort()];
  const titles = [
    { title: "COMMAND", min: 12 },
    ...shown.map((title) => ({ title, align: "right" as const, min: 4 })),
    { title: "total", align: "right" as const },
  ];
  const rows = types.map(([type, counts]) => [
    type,
    ...shown.map((status) => (counts[status] === undefined ? "" : count(counts[status]))),
    count(Object.values(counts).reduce((sum, number) => sum + number, 0)),
  ]);
  return `${grid(titles, rows, look).join("\n")}\n`;
}
