import type { HoldView } from "../../loop/hold-view.ts";
import { renderHold } from "./acts.ts";
import { type Look, paint } from "./look.ts";
import { devicesHit } from "./plan.ts";
import { count, counted } from "./text.ts";

/** What waits for an approval, as `reeve holds` prints it. */
export function renderHolds(holds: readonly HoldView[], look: Look, all = false): string {
  if (holds.length === 0) return "Nothing is held.\n";
  const title = `${counted(holds.length, "act")} on ${counted(devicesHit(holds), "device")}. Nothing is sent before approval.`;
  const devices = all ? Number.POSITIVE_INFINITY : 50;
  const shown = all ? holds : holds.slice(0, 25);
  const blocks = shown.map((hold) => renderHold(hold, look, { devices }).join("\n"));
  const left = holds.length - shown.length;
  const more = left === 0 ? [] : [`and ${count(left)} more: reeve holds --all`];
  return `${[paint(look, "bold", title), ...blocks, ...more].join("\n\n")}\n`;
}
