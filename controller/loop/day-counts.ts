import { inSlices } from "../slices.ts";
import { type DayCount, keepDayCounts } from "../store/report-rows.ts";
import { countStatus } from "../store/status.ts";
import { judge } from "./count-fleet.ts";
import type { Looking } from "./view-devices.ts";

/** The day of a moment in a time zone, as `2026-11-26`. */
export function dayOf(at: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  return parts.format(at);
}

const everyMs = 15 * 60_000;

/** What the leader does for it: in place of what was kept of the same day before. */
export function dayCountsJob(looking: Looking): readonly [string, number, () => Promise<void>] {
  return ["day-counts", everyMs, () => noteDayCounts(looking)];
}

type Tally = { -readonly [Key in keyof Omit<DayCount, "day">]: DayCount[Key] };

/** Keeps how the devices of each group stand today. What it costs grows with distinct states, not with devices. */
export async function noteDayCounts(looking: Looking): Promise<void> {
  const { timeZone } = looking.reconciler.current()?.compiled.organization ?? {};
  if (timeZone === undefined) return;
  const tallies = new Map<string, Tally>([["", emptyTally("")]]);
  const now = looking.clock();
  for await (const group of inSlices(await countStatus(looking.store, now - looking.unreachableAfterMs))) {
    const { count, granted } = group;
    const condition = judge(group, looking, now);
    for (const name of ["", ...(granted?.body.groups ?? [])]) {
      const tally = tallies.get(name) ?? emptyTally(name);
      tallies.set(name, tally);
      tally.total += count;
      tally[condition.type.toLowerCase() as "ready" | "reconciling" | "stalled" | "held" | "unreachable"] +=
        count;
    }
  }
  await keepDayCounts(looking.store, dayOf(looking.clock(), timeZone), [...tallies.values()]);
}

function emptyTally(group: string): Tally {
  return { group, total: 0, ready: 0, reconciling: 0, stalled: 0, held: 0, unreachable: 0 };
}
