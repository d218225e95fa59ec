import type { HoldView } from "../../loop/hold-view.ts";
import type { ActStop } from "../../loop/latches.ts";
import type { RefusedAct } from "../../loop/refused-acts.ts";
import { renderHold } from "./acts.ts";
import { stopLines } from "./latches.ts";
import { type Look, paint } from "./look.ts";
import { devicesHit } from "./plan.ts";
import { clean, count, counted, wrap } from "./text.ts";

/** Only what waits for persons stays without them. */
function promise(holds: readonly HoldView[], isStopped: boolean): string {
  const cooling = holds.filter((hold) => hold.leavesAt !== undefined).length;
  if (cooling === 0) return "Nothing is sent before approval.";
  const those =
    cooling === 1
      ? `1 is approved and ${isStopped ? "would leave" : "leaves"} when it has cooled off`
      : `${count(cooling)} are approved and ${isStopped ? "would leave" : "leave"} when they have cooled off`;
  return `${those}; nothing else is sent before approval.`;
}

/** What else there is to show. */
interface Besides {
  /** What leaves without another word. */
  readonly ready?: readonly HoldView[];
  readonly refused?: readonly RefusedAct[];
  /** What stops all acts now. */
  readonly stopped?: readonly ActStop[];
}

/** What waits for an approval, what leaves without another word, and what was refused, as `reeve holds` prints them. */
export function renderHolds(
  holds: readonly HoldView[],
  look: Look,
  all = false,
  { ready = [], refused = [], stopped = [] }: Besides = {},
): string {
  const isStopped = stopped.length > 0;
  const first = holds.length === 0 ? "Nothing is held." : `${sum(holds)}. ${promise(holds, isStopped)}`;
  const when = isStopped ? "as soon as that is lifted" : "without another word";
  const next = `${sum(unsent(ready))} may leave ${when}.`;
  const options = { all, isStopped };
  const blocks = [
    ...(!isStopped ? [] : [stopLines(stopped, look).join("\n")]),
    ...section(first, holds, look, options),
    ...(ready.length === 0 ? [] : section(next, ready, look, options)),
    ...refusals(refused, look, all),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function refusals(refused: readonly RefusedAct[], look: Look, all: boolean): readonly string[] {
  if (refused.length === 0) return [];
  const shown = all ? refused : refused.slice(0, 25);
  const left = refused.length - shown.length;
  const blocks = shown.map(({ act, place, refused: why, reason }) =>
    [
      `${clean(act)}  ${clean(place)}`,
      ...[`refused: ${clean(why)}`, clean(reason)].flatMap((text) =>
        wrap(text, look.width - 2).map((line) => `  ${line}`),
      ),
    ].join("\n"),
  );
  const title = `${counted(refused.length, "act")} refused: mend the manifest, or raise its generation.`;
  const more = left === 0 ? [] : [`and ${count(left)} more: reeve holds --all`];
  return [paint(look, "bold", title), ...blocks, ...more];
}

/** What of it has left already waits for nothing. */
function unsent(ready: readonly HoldView[]): readonly HoldView[] {
  return ready.map(({ count, ...one }) => ({
    ...one,
    ...(count === undefined ? {} : { count: { ...count, devices: count.waiting } }),
    devices: one.devices.filter(({ status }) => status === "ready"),
  }));
}

function sum(holds: readonly HoldView[]): string {
  return `${counted(holds.length, "act")} on ${counted(devicesHit(holds), "device")}`;
}

function section(
  title: string,
  holds: readonly HoldView[],
  look: Look,
  { all, isStopped }: { readonly all: boolean; readonly isStopped: boolean },
): readonly string[] {
  const devices = all ? Number.POSITIVE_INFINITY : 50;
  const shown = all ? holds : holds.slice(0, 25);
  const blocks = shown.map((hold) => renderHold(hold, look, { devices, isStopped }).join("\n"));
  const left = holds.length - shown.length;
  const more = left === 0 ? [] : [`and ${count(left)} more: reeve holds --all`];
  const heading = wrap(title, look.width).map((line) =>
    holds.length === 0 ? line : paint(look, "bold", line),
  );
  return [heading.join("\n"), ...blocks, ...more];
}
