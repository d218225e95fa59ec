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
  const { cron = "", every, maxAge } = schedule.spec;
  const spread = schedule.spec.spread === undefined ? hourMs : durationMs(schedule.spec.spread);
  const gaps =
    every === undefined
      ? gapsOf(cron, schedule.spec.timeZone ?? zone, context.now)
      : { shortest: durationMs(every), longest: durationMs(every) };
  if (gaps === undefined) {
    return [
      problem(schedule, ["spec", "cron"], {
        rule: "schedule-never-fires",
        message: "this schedule never fires",
        detail: [`No day has what "${cron}" asks for.`],
      }),
    ];
  }
  if (gaps.shortest < shortest) {
    const how = every === undefined ? `two rounds are ${inWords(gaps.shortest)} apart` : `every ${every}`;
    return [
      problem(schedule, ["spec", every === undefined ? "cron" : "every"], {
        rule: "out-of-range",
        message: `too often: ${how}`,
        detail: ["expected at least 15m."],
      }),
    ];
  }
  if (schedule.spec.spread !== undefined && spread > gaps.shortest) {
    const time = every === undefined ? `the ${inWords(gaps.shortest)} between two rounds` : `every ${every}`;
    return [
      problem(schedule, ["spec", "spread"], {
        rule: "spread-beyond-schedule",
        message: `spread ${schedule.spec.spread} is longer than ${time}`,
        detail: ["The next round would begin before the last is over. expected at most the same."],
      }),
    ];
  }
  if (maxAge === undefined || durationMs(maxAge) >= gaps.longest + spread) return [];
  const needed = gaps.longest + spread;
  const detail = [
    `Reports are up to ${inWords(gaps.longest)} apart, and spread over ${inWords(spread)}: expected at least ${Math.ceil(needed / dayMs)}d, or ${Math.ceil(needed / hourMs)}h.`,
  ];
  return [
    problem(schedule, ["spec", "maxAge"], {
      rule: "schedule-outlives-max-age",
      message: `maxAge ${maxAge} is over before the next report is due`,
      detail,
    }),
  ];
}

interface Gaps {
  readonly shortest: number;
  readonly longest: number;
}

/**
 * The times between two rounds; undefined when there is none. The shortest is that of the clock's hands: an hour that
 * is missing in spring must not make a schedule wrong that was right in summer.
 */
function gapsOf(pattern: string, timezone: string, now: number): Gaps | undefined {
  const real = gapsIn(pattern, timezone, now);
  if (real === undefined) return undefined;
  return {
    shortest: Math.min(...(gapsIn(pattern, "UTC", now) ?? real)),
    longest: Math.max(0, ...real),
  };
}

/** The times between the next 200 firings, or those of four years; undefined when it never fires. */
function gapsIn(pattern: string, timezone: string, now: number): readonly number[] | undefined {
  const cron = new Cron(pattern, { timezone, paused: true });
  const first = cron.nextRun(new Date(now))?.getTime();
  if (first === undefined) return undefined;
  let previous: number = first;
  const end = now + 4 * 366 * dayMs;
  const gaps: number[] = [];
  while (gaps.length < 200 && previous < end) {
    const next: number | undefined = cron.nextRun(new Date(previous))?.getTime();
    if (next === undefined) break;
    gaps.push(next - previous);
    previous = next;
  }
  return gaps;
}

function inWords(ms: number): string {
  if (ms % dayMs === 0) return `${ms / dayMs}d`;
  if (ms >= 2 * dayMs) return `${(ms / dayMs).toFixed(1)} days`;
  return ms % hourMs === 0 ? `${ms / hourMs}h` : `${Math.ceil(ms / 60_000)}m`;
}
