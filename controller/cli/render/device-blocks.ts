import type { DeviceDetailView } from "../../loop/views.ts";
import { type GridRow, grid } from "./grid.ts";
import { type Look, paint } from "./look.ts";
import { ago } from "./time.ts";

/** One section of what a device reported; undefined when it never did. */
export function sectionOf(view: DeviceDetailView, name: string) {
  return view.sections.find((one) => one.section === name);
}

/** A heading with the time of the report below it. */
export function title(view: DeviceDetailView, look: Look, words: string, section: string): string {
  const at = sectionOf(view, section)?.collectedAt;
  const when = at === undefined ? "never reported" : `reported ${ago(at, look.now)}`;
  return `${paint(look, "bold", words)}  ${paint(look, "dim", `(${when})`)}`;
}

/** Labels and values; what says nothing is left out. */
export function factRows(
  facts: readonly (readonly [string, string | undefined])[],
  look: Look,
): readonly string[] {
  const rows = facts
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([label, value]): GridRow => [{ text: label, paint: "dim" }, value ?? ""]);
  return grid([{ min: 18, least: 18 }, { min: 20 }], rows, look, 2);
}

/** The first rows, and how many more there are. */
export function cut(rows: readonly GridRow[], limit: number): readonly GridRow[] {
  if (rows.length <= limit) return rows;
  return [...rows.slice(0, limit), { indent: 2, note: `and ${rows.length - limit} more (--all shows each)` }];
}
