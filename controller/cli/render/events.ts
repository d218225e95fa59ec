import type { EventsView, EventView } from "../../loop/views.ts";
import { shortRevision } from "./digest.ts";
import { type GridRow, grid } from "./grid.ts";
import type { Look } from "./look.ts";
import { stamp } from "./stamp.ts";
import { count, counted } from "./text.ts";

const columns = [
  { title: "TIME" },
  { title: "TYPE", min: 12 },
  { title: "DEVICE", min: 8 },
  { title: "BY", min: 6 },
  { title: "WHAT", min: 24, lines: 4 },
] as const;

/** What happened, as the server orders it; what it left out stands below. */
export function renderEvents({ events, hidden }: EventsView, look: Look): string {
  const left = hidden === 0 ? "" : `${hiddenText(hidden)}\n`;
  if (events.length === 0) return `No event matches.\n${left}`;
  const lines = isNarrow(look)
    ? grid(narrow, events.flatMap(rowsOf), look)
    : grid(columns, events.map(rowOf), look);
  return `${lines.join("\n")}\n${left === "" ? "" : `\n${left}`}`;
}

function hiddenText(hidden: number): string {
  const number =
    hidden >= mostCounted ? `${count(hidden)} or more routine events` : counted(hidden, "routine event");
  return `${number} not shown (item.verified, item.removed); --all shows them.`;
}

const mostCounted = 10_000;

const narrow = [{ title: "TIME" }, { title: "TYPE" }, { title: "DEVICE", min: 8 }, { title: "BY", min: 6 }];
const narrowStaying = [{ least: 20 }, { least: 16 }, { least: 12, min: 12 }, { min: 8 }];

/** Beside four columns nothing would be left of what happened: it stands below them. */
function isNarrow({ width }: Look): boolean {
  return width < 100;
}

function rowsOf(one: EventView): readonly GridRow[] {
  const row = cellsOf(one);
  const what = row.at(-1) ?? "";
  return [row.slice(0, -1), ...(what === "" ? [] : [{ indent: 4, note: what }])];
}

/** The same without titles and in columns that stay, for what goes on below. */
export function renderFollowed(events: readonly EventView[], look: Look): string {
  const lines = isNarrow(look)
    ? grid(narrowStaying, events.flatMap(rowsOf), look)
    : grid(staying, events.map(rowOf), look);
  return `${lines.join("\n")}\n`;
}

const staying = [
  { least: 20 },
  { least: 16, min: 16 },
  { least: 12, min: 12 },
  { least: 8, min: 8 },
  { min: 24, lines: 4 },
];

function rowOf(one: EventView): GridRow {
  return cellsOf(one);
}

function cellsOf(one: EventView): readonly string[] {
  return [
    stamp(one.at),
    one.type,
    one.name ?? one.device ?? "",
    [one.by, one.revision === undefined ? undefined : shortRevision(one.revision)].filter(Boolean).join(" "),
    [one.subject, one.message].filter(Boolean).join(": "),
  ];
}
