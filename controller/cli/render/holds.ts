import type { HoldView } from "../../loop/hold-view.ts";
import { renderHold } from "./acts.ts";
import { type Look, paint } from "./look.ts";
import { devicesHit } from "./plan.ts";
import { count, counted } from "./text.ts";

/** Only what waits for persons stays without them. */
function promise(holds: readonly HoldView[]): string {
  const cooling = holds.filter((hold) => hold.leavesAt !== undefined).length;
  if (cooling === 0) return "Nothing is sent before approval.";
  const those =
    cooling === 1
      ? "1 is approved and leaves when it has cooled off"
      : `${count(cooling)} are approved and leave when they have cooled off`;
  return `${those}; nothing else is sent before approval.`;
}

/** What waits for an approval, as `reeve holds` prints it. */
export function renderHolds(holds: readonly HoldView[], look: Look, all = false): string {
  if (holds.length === 0) return "Nothing is held.\n";
  const title = `${counted(holds.length, "act")} on ${counted(devicesHit(holds), "device")}. ${promise(holds)}`;
  const devices = all ? Number.POSITIVE_INFINITY : 50;
  const shown = all ? holds : holds.slice(0, 25);
  const blocks = shown.map((hold) => renderHold(hold, look, { devices }).join("\n"));
  const left = holds.length - shown.length;
  const more = left === 0 ? [] : [`and ${count(left)} more: reeve holds --all`];
  return `${[paint(look, "bold", title), ...blocks, ...more].join("\n\n")}\n`;
}
