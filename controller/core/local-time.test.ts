import { expect, test } from "vitest";
import { isTimeZone, localTime, nextOnClock } from "./local-time.ts";

const at = (text: string): number => Date.parse(text);
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

test("the clock on the wall is that of Intl, also before the epoch and where a day was left out", () => {
  const shown = (zone: string, text: string) => localTime(zone, at(text));
  expect(shown("Pacific/Apia", "2011-12-30T09:59:59Z")).toEqual({
    date: "2011-12-29",
    weekday: 3,
    minute: 1_439,
    rest: 59_000,
  });
  const after = { date: "2011-12-31", weekday: 5, minute: 0, rest: 0 };
  expect(shown("Pacific/Apia", "2011-12-30T10:00:00Z")).toEqual(after);
  const before = { date: "1969-12-31", weekday: 2, minute: 1_439, rest: 0 };
  expect(shown("UTC", "1969-12-31T23:59:00Z")).toEqual(before);
  expect(shown("UTC", "1969-12-28T00:00:00.001Z")).toEqual({
    ...before,
    date: "1969-12-28",
    weekday: 6,
    minute: 0,
    rest: 1,
  });
  // A second of an hour that is put back, and a zone that is a quarter of an hour off.
  const back = { date: "2026-10-25", weekday: 6, minute: 150, rest: 30_500 };
  for (const time of ["00:30", "01:30"])
    expect(shown("Europe/Berlin", `2026-10-25T${time}:30.5Z`)).toEqual(back);
  expect(shown("Asia/Kathmandu", "2026-11-26T18:14:59.999Z")).toEqual({
    date: "2026-11-26",
    weekday: 3,
    minute: 1_439,
    rest: 59_999,
  });
});

test("a zone has a name that the database knows; an offset is none, and no time is no time anywhere", () => {
  const names = [
    "Europe/Berlin",
    "UTC",
    "utc",
    "+02:00",
    "02:00",
    "",
    " UTC",
    "Mars/Olympus",
    "Mars/Olympus",
  ];
  expect(names.map(isTimeZone)).toEqual([true, true, true, false, false, false, false, false, false]);
  expect(["+02:00", "Mars/Olympus"].map((zone) => localTime(zone, 0))).toEqual([undefined, undefined]);
  expect([Number.NaN, Number.POSITIVE_INFINITY].map((time) => localTime("UTC", time))).toEqual([
    undefined,
    undefined,
  ]);
});

test("the clock shows a minute next today or tomorrow, and a day later at most something changes", () => {
  const noon = at("2026-11-26T12:00:00Z");
  const next = (minutes: readonly number[], now = noon) => nextOnClock("UTC", now, minutes) - now;
  expect([next([721]), next([720]), next([719]), next([])]).toEqual([minute, day, day - minute, day]);
  expect([next([0, 900]), next([1_439])]).toEqual([3 * hour, 11 * hour + 59 * minute]);
  // In the midst of a minute.
  expect([next([720], noon + 1), next([721], noon + 1)]).toEqual([day - 1, minute - 1]);
  expect([next([721], noon + 59_999), next([720], noon + 59_999)]).toEqual([1, day - 59_999]);
  expect(nextOnClock("Mars/Olympus", noon, [721])).toBe(noon + day);
});

test("a clock that is put forward or back is seen to the millisecond, before any minute that comes after it", () => {
  const forward = at("2026-03-29T01:00Z");
  const back = at("2026-10-25T01:00Z");
  for (const change of [forward, back])
    for (const before of [1, 500, hour, 10 * hour])
      expect(nextOnClock("Europe/Berlin", change - before, [720]) - change).toBe(0);
  // A minute that comes before it is not passed over.
  expect(nextOnClock("Europe/Berlin", forward - 2 * hour, [60])).toBe(forward - hour);
  expect(nextOnClock("Europe/Berlin", forward, [180])).toBe(forward + day);
  expect(nextOnClock("Europe/Berlin", back - 1, [150])).toBe(back);
  expect(nextOnClock("Europe/Berlin", back, [150])).toBe(back + 30 * minute);
});
