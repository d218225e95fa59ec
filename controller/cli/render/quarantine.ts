import { escapedText } from "../../log/escaped-text.ts";
import type { QuarantinedEntry, QuarantinedView, QuarantineView } from "../../loop/quarantine-views.ts";
import { grid } from "./grid.ts";
import { type Look, paint } from "./look.ts";
import { stamp } from "./stamp.ts";
import { count } from "./text.ts";

const columns = [
  { title: "ID", align: "right" },
  { title: "TIME" },
  { title: "FROM", min: 12 },
  { title: "BYTES", align: "right" },
  { title: "REASON", min: 24, lines: 3 },
] as const;

/** What could not be read, and how one looks at it. */
export function renderQuarantine({ messages }: QuarantineView, look: Look): string {
  if (messages.length === 0) return "Nothing is in quarantine.\n";
  const rows = messages.map((one) => [
    String(one.id),
    stamp(one.at),
    one.name ?? one.source,
    count(one.size),
    one.reason,
  ]);
  return `${grid(columns, rows, look).join("\n")}\n\nOne of them: reeve quarantine show ID\n`;
}

/** One message: what is known of it, and its text as it came. */
export function renderQuarantined(view: QuarantinedView, look: Look): string {
  const about = grid([{ min: 8 }, { min: 20, lines: 3 }], aboutRows(view), look);
  return `${about.join("\n")}\n\n${paint(look, "dim", "--- the message ---")}\n${escapedText(view.text).trimEnd()}\n`;
}

function aboutRows(view: QuarantinedEntry & { readonly kept: number }) {
  const { id, at, source, name, device, reason, size, kept } = view;
  const cut = kept < size ? `, of which the first ${count(kept)} are kept` : "";
  return [
    ["Message", String(id)],
    ["Time", stamp(at)],
    ["Source", source],
    ["Device", name ?? device ?? "unknown"],
    ["Reason", reason],
    ["Size", `${count(size)} bytes${cut}`],
  ];
}
