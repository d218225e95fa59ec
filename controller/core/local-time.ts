/** What the clock on the wall shows in a time zone. */
export interface LocalTime {
  /** `2026-11-26`. */
  readonly date: string;
  /** 0 is Monday. */
  readonly weekday: number;
  /** Minutes since midnight. */
  readonly minute: number;
  /** Milliseconds since that minute began. */
  readonly rest: number;
}

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;
const clocks = new Map<string, Intl.DateTimeFormat | undefined>();

/** True when the IANA database, as the process has it, knows a zone. An offset such as +02:00 is none. */
export function isTimeZone(timeZone: string): boolean {
  return clockOf(timeZone) !== undefined;
}

/** What the clock shows at an instant (epoch ms); undefined in a zone that nobody knows. */
export function localTime(timeZone: string, at: number): LocalTime | undefined {
  const offset = offsetAt(timeZone, at);
  return offset === undefined ? undefined : shown(at + offset);
}

/**
 * The first instant after `at` at which the clock shows one of these minutes of the day, or is put forward or back:
 * at most a day later, and a day later in a zone that nobody knows. Between two such instants nothing that follows from
 * the clock changes.
 */
export function nextOnClock(timeZone: string, at: number, minutes: readonly number[]): number {
  const offset = offsetAt(timeZone, at);
  if (offset === undefined) return at + dayMs;
  const { minute, rest } = shown(at + offset);
  const waits = minutes.map((one) => (one - minute) * minuteMs - rest);
  const first = at + Math.min(dayMs, ...waits.map((wait) => (wait <= 0 ? wait + dayMs : wait)));
  return offsetAt(timeZone, first) === offset ? first : changeWithin(timeZone, at, first, offset);
}

/** When the clock is put forward or back: after `low`, at `high` at the latest; to the millisecond. */
function changeWithin(timeZone: string, low: number, high: number, offset: number): number {
  let [before, after] = [low, high];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(timeZone, middle) === offset) before = middle;
    else after = middle;
  }
  return after;
}

function shown(local: number): LocalTime {
  const days = Math.floor(local / dayMs);
  const inDay = local - days * dayMs;
  // The first day of the epoch was a Thursday.
  const weekday = (((days + 3) % 7) + 7) % 7;
  const date = new Date(local).toISOString().slice(0, 10);
  return { date, weekday, minute: Math.floor(inDay / minuteMs), rest: inDay % minuteMs };
}

/** How far the clock is ahead of UTC, ms. */
function offsetAt(timeZone: string, at: number): number | undefined {
  const clock = clockOf(timeZone);
  if (clock === undefined || !Number.isFinite(at)) return undefined;
  const parts = new Map(clock.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  const seconds = Math.floor(at / 1_000) * 1_000;
  return (
    Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second")) -
    seconds
  );
}

function clockOf(timeZone: string): Intl.DateTimeFormat | undefined {
  if (clocks.has(timeZone)) return clocks.get(timeZone);
  const clock = openClock(timeZone);
  clocks.set(timeZone, clock);
  return clock;
}

function openClock(timeZone: string): Intl.DateTimeFormat | undefined {
  // An offset such as +02:00 is no zone: it knows no summer.
  if (!/^[A-Za-z]/.test(timeZone)) return undefined;
  const numbers = { year: "numeric", month: "numeric", day: "numeric" } as const;
  const times = { hour: "numeric", minute: "numeric", second: "numeric", hourCycle: "h23" } as const;
  try {
    return new Intl.DateTimeFormat("en-US", { calendar: "gregory", timeZone, ...numbers, ...times });
  } catch {
    return undefined;
  }
}
