import type { EventView } from "../../loop/views.ts";
import { shortRevision } from "./digest.ts";
import { grid } from "./grid.ts";
import type { Look } from "./look.ts";
import { stamp } from "./stamp.ts";

const columns = [
  { title: "TIME" },
  { title: "TYPE", min: 12 },
  { title: "DEVICE", min: 8 },
  { title: "BY", min: 6 },
  { title: "WHAT", min: 24, lines: 4 },
] as const;

/** What happened, newest as the server orders it. */
export function renderEvents(events: readonly EventView[], look: Look): string {
  if (events.length === 0) return "No event matches.\n";
  const rows = events.map((one) => [
    stamp(one.at),
    one.type,
    one.name ?? one.device ?? "",
    [one.by, one.revision === undefined ? undefined : shortRevision(one.revision)].filter(Boolean).join(" "),
    [one.subject, one.message].filter(Boolean).join(": "),
  ]);
  return `${grid(columns, rows, look).join("\n")}\n`;
}
