import { Cron } from "croner";
import { fraction } from "./backoff.ts";
import type { GrantedSchedule } from "./granted.ts";

/**
 * When a section that was last collected at `last` is due again, epoch ms. Devices are spread over
 * `spreadMs` by a fixed offset of their own. Never collected is due at once; a cron that never fires
 * again gives undefined.
 */
export function dueAt(
  schedule: GrantedSchedule,
  last: number | undefined,
  device: string,
): number | undefined {
  if (last === undefined) return 0;
  const offset = Math.floor(fraction(`${device}/${schedule.name}`) * Math.max(1, schedule.spreadMs));
  if (schedule.every !== undefined) return nextOnGrid(schedule.every, offset, last);
  if (schedule.cron === undefined) return undefined;
  const next = nextCron(schedule.cron, schedule.timeZone, last - offset);
  return next === undefined ? undefined : next + offset;
}

/** The first time after `after` at which a cron pattern fires in a time zone, epoch ms. */
function nextCron(pattern: string, timeZone: string, after: number): number | undefined {
  return new Cron(pattern, { timezone: timeZone, paused: true }).nextRun(new Date(after))?.getTime();
}

function nextOnGrid(every: number, offset: number, last: number): number {
  const phase = offset % every;
  return Math.floor((last - phase) / every) * every + every + phase;
}
