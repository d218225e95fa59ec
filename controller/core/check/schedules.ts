import { Cron } from "croner";
import type { Diagnostic } from "../diagnostic.ts";
import { durationMs } from "../duration.ts";
import type { Manifest } from "../manifest.ts";
import type { CheckContext } from "./context.ts";
import { problem } from "./problem.ts";

const shortest = 15 * 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;

/** A schedule fires, not too often, and often enough for the age that it alarms at. */
export function checkSchedules(context: CheckContext): readonly Diagnostic[] {
  const zone = context.of("Organization")[0]?.spec.timeZone ?? "UTC";
  return context.of("InventorySchedule").flatMap((schedule) => scheduleProblems(context, schedule, zone));
}

function scheduleProblems(
  context: CheckContext,
  schedule: Manifest<"InventorySchedule">,
  zone: string,
): readonly Diagnostic[] {
  const { cron, every, maxAge } = schedule.spec;
  const spread = schedule.spec.spread === undefined ? hourMs : durationMs(schedule.spec.spread);
  if (every !== undefined && durationMs(every) < shortest) {
    return [
      problem(schedule, ["spec", "every"], {
        rule: "out-of-range",
        message: `too often: every ${every}`,
        detail: ["expected at least 15m."],
      }),
    ];
  }
  if (every !== undefined && schedule.spec.spread !== undefined && spread > durationMs(every)) {
    return [
      problem(schedule, ["spec", "spread"], {
        rule: "spread-beyond-schedule",
        message: `spread ${schedule.spec.spread} is longer than every ${every}`,
        detail: ["The next round would begin before the last is over. expected at most the same."],
      }),
    ];
  }
  const gap =
    every === undefined
      ? longestGap(cron ?? "", schedule.spec.timeZone ?? zone, context.now)
      : durationMs(every);
  if (gap === undefined) {
    return [
      problem(schedule, ["spec", "cron"], {
        rule: "schedule-never-fires",
        message: "this schedule never fires",
        detail: [`No day has what "${cron}" asks for.`],
      }),
    ];
  }
  if (maxAge === undefined || durationMs(maxAge) >= gap + spread) return [];
  const needed = gap + spread;
  const detail = [
    `Reports are up to ${inWords(gap)} apart, and spread over ${inWords(spread)}: expected at least ${Math.ceil(needed / dayMs)}d, or ${Math.ceil(needed / hourMs)}h.`,
  ];
  return [
    problem(schedule, ["spec", "maxAge"], {
      rule: "schedule-outlives-max-age",
      message: `maxAge ${maxAge} is over before the next report is due`,
      detail,
    }),
  ];
}

/** The longest time between two firings within the next 200 firings or four years; undefined when it never fires. */
function longestGap(pattern: string, timezone: string, now: number): number | undefined {
  const cron = new Cron(pattern, { timezone, paused: true });
  const first = cron.nextRun(new Date(now))?.getTime();
  if (first === undefined) return undefined;
  let previous: number = first;
  const end = now + 4 * 366 * dayMs;
  let longest = 0;
  for (let run = 0; run < 200 && previous < end; run++) {
    const next: number | undefined = cron.nextRun(new Date(previous))?.getTime();
    if (next === undefined) break;
    longest = Math.max(longest, next - previous);
    previous = next;
  }
  return longest;
}

function inWords(ms: number): string {
  if (ms % dayMs === 0) return `${ms / dayMs}d`;
  if (ms >= 2 * dayMs) return `${(ms / dayMs).toFixed(1)} days`;
  return ms % hourMs === 0 ? `${ms / hourMs}h` : `${Math.ceil(ms / 60_000)}m`;
}
