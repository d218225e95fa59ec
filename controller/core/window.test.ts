import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { localTime } from "./local-time.ts";
import { type CompiledWindow, gateState, nextEdge, weekdays } from "./window.ts";

const minute = 60_000;
const hour = 60 * minute;
const workdays = ["Mon", "Tue", "Wed", "Thu", "Fri"];

function allow(from: string, to: string, more: Partial<CompiledWindow> = {}): CompiledWindow {
  const rest = { type: "allow", days: weekdays, timeZone: "Europe/Berlin", gates: ["disruptive"] } as const;
  return { ...rest, from, to, ...more };
}

const deny = (from: string, to: string, more: Partial<CompiledWindow> = {}): CompiledWindow =>
  allow(from, to, { type: "deny", ...more });
const at = (text: string): number => Date.parse(text);
const isOpen = (windows: readonly CompiledWindow[], text: string, zone?: string): boolean =>
  gateState(windows, "disruptive", at(text), zone).open;

describe("a gate", () => {
  test("is open without a window of its own, and then follows deny before allow", () => {
    const night = allow("19:00", "06:00");
    expect(gateState([], "disruptive", 0, undefined).open).toBe(true);
    expect(gateState([night], "isolating", at("2026-11-26T12:00Z"), undefined).open).toBe(true);
    expect(isOpen([night], "2026-11-26T12:00Z")).toBe(false);
    expect(isOpen([night], "2026-11-26T18:00Z")).toBe(true);
    expect(isOpen([deny("07:30", "15:00")], "2026-11-26T12:00Z")).toBe(false);
    expect(isOpen([deny("07:30", "15:00")], "2026-11-26T14:00Z")).toBe(true);
    expect(isOpen([night, deny("20:00", "21:00")], "2026-11-26T19:30Z")).toBe(false);
  });

  test("over midnight belongs to the day on which it begins", () => {
    const windows = [allow("19:00", "06:00", { days: workdays })];
    // The 28th is a Saturday, the 30th a Monday.
    expect(isOpen(windows, "2026-11-28T04:59Z")).toBe(true);
    expect(isOpen(windows, "2026-11-28T05:00Z")).toBe(false);
    expect(isOpen(windows, "2026-11-28T19:00Z")).toBe(false);
    expect(isOpen(windows, "2026-11-30T04:00Z")).toBe(false);
    expect(gateState(windows, "disruptive", at("2026-11-28T12:00Z"), undefined)).toEqual({
      open: false,
      opensAt: at("2026-11-30T18:00Z"),
      waitsFor: "its window, which opens Mon 19:00 Europe/Berlin",
    });
  });

  test("begins at the leap when its hour does not come, and counts an hour twice that comes twice", () => {
    const windows = [allow("02:30", "04:00")];
    // On 2026-03-29 the clock leaps from 02:00 to 03:00, at 01:00 UTC; on 2026-10-25 it goes from 03:00 to 02:00.
    expect(isOpen(windows, "2026-03-29T00:59Z")).toBe(false);
    expect(isOpen(windows, "2026-03-29T01:00Z")).toBe(true);
    expect(gateState(windows, "disruptive", at("2026-03-29T00:10Z"), undefined)).toMatchObject({
      opensAt: at("2026-03-29T01:00Z"),
    });
    const twice = [allow("02:15", "02:45")];
    const open = ["00:14", "00:15", "00:45", "01:14", "01:15", "01:45"].map((time) =>
      isOpen(twice, `2026-10-25T${time}Z`),
    );
    expect(open).toEqual([false, true, false, false, true, false]);
    // A window that lies within the leap does not come on that day.
    expect(gateState(twice, "disruptive", at("2026-03-29T00:00Z"), undefined)).toMatchObject({
      opensAt: at("2026-03-30T00:15Z"),
    });
  });

  test.each([
    ["a zone that nobody knows", allow("00:00", "23:59", { timeZone: "Mars/Olympus" }), "Mars/Olympus"],
    ["an offset, which has no summer", allow("00:00", "23:59", { timeZone: "+01:00" }), "+01:00"],
    ["a time that is none", allow("25:00", "23:59"), "25:00"],
    ["a day that is none", deny("01:00", "02:00", { days: ["Someday"] }), "Someday"],
    [
      "the zone of a device that does not tell it",
      allow("00:00", "23:59", { timeZone: "device" }),
      "time zone",
    ],
  ])("is shut by %s, and says so", (_name, window, text) => {
    const state = gateState(
      [window, allow("00:00", "23:59")],
      "disruptive",
      at("2026-11-26T12:00Z"),
      undefined,
    );
    expect(state).toMatchObject({ open: false, waitsFor: expect.stringContaining(text) });
  });

  test("follows the clock of the device where it is told", () => {
    const windows = [allow("22:00", "06:00", { timeZone: "device" })];
    expect(isOpen(windows, "2026-11-26T21:30Z", "Europe/Berlin")).toBe(true);
    expect(isOpen(windows, "2026-11-26T21:30Z", "America/New_York")).toBe(false);
  });
});

const zones = [
  "Europe/Berlin",
  "America/New_York",
  "America/Santiago",
  "Australia/Lord_Howe",
  "Africa/Casablanca",
  "Asia/Kathmandu",
  "Pacific/Apia",
  "America/St_Johns",
  "UTC",
];
const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([hours, minutes]) => `${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`);
const anyWindow: fc.Arbitrary<CompiledWindow> = fc
  .record({
    type: fc.constantFrom("allow" as const, "deny" as const),
    days: fc.subarray([...weekdays], { minLength: 1 }),
    from: time,
    to: time,
    timeZone: fc.constantFrom(...zones, "device"),
    gates: fc.constant(["disruptive" as const]),
  })
  .filter(({ from, to }) => from !== to);
const instants = fc.integer({ min: at("2011-12-20T00:00Z"), max: at("2039-01-01T00:00Z") });

/** The rule itself, on what the wall shows: an oracle that knows no edges. */
function oracle(windows: readonly CompiledWindow[], now: number, zone: string): boolean {
  const within = (window: CompiledWindow): boolean => {
    const name = window.timeZone === "device" ? zone : window.timeZone;
    const text = new Intl.DateTimeFormat("en-GB", {
      timeZone: name,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    }).format(now);
    const [day = "", clock = ""] = text.replace(",", "").split(" ");
    const index = ([...weekdays] as string[]).indexOf(day);
    const before = weekdays[(index + 6) % 7] ?? "";
    if (window.from < window.to)
      return window.days.includes(day) && clock >= window.from && clock < window.to;
    return (
      (window.days.includes(day) && clock >= window.from) ||
      (window.days.includes(before) && clock < window.to)
    );
  };
  if (windows.some((one) => one.type === "deny" && within(one))) return false;
  const allows = windows.filter((one) => one.type === "allow");
  return allows.length === 0 || allows.some(within);
}

const runs = process.env.REEVE_LONG === "1" ? 20_000 : 300;

test("over years, zones and changes of the clock it is open exactly when the wall says so", () => {
  fc.assert(
    fc.property(
      fc.array(anyWindow, { minLength: 1, maxLength: 4 }),
      instants,
      fc.constantFrom(...zones),
      (windows, now, zone) => gateState(windows, "disruptive", now, zone).open === oracle(windows, now, zone),
    ),
    { numRuns: runs },
  );
});

test("the next edge is one, and none lies before it", () => {
  fc.assert(
    fc.property(
      fc.array(anyWindow, { minLength: 1, maxLength: 3 }),
      instants,
      fc.constantFrom(...zones),
      fc.float({ min: 0, max: 1, noNaN: true }),
      (windows, now, zone, share) => {
        const edge = nextEdge(windows, now, zone);
        const state = oracle(windows, now, zone);
        const until = edge ?? now + 8 * 24 * hour;
        if (oracle(windows, now + Math.floor((until - now - 1) * share), zone) !== state) return false;
        return edge === undefined || oracle(windows, edge, zone) !== state;
      },
    ),
    { numRuns: runs / 3 },
  );
});

test("the clock on the wall is that of Intl, also before the epoch and where a day was left out", () => {
  expect(localTime("Pacific/Apia", at("2011-12-30T09:59:59Z"))).toEqual({
    weekday: 3,
    minute: 1_439,
    rest: 59_000,
  });
  expect(localTime("Pacific/Apia", at("2011-12-30T10:00:00Z"))).toEqual({ weekday: 5, minute: 0, rest: 0 });
  expect(localTime("UTC", at("1969-12-31T23:59:00Z"))).toEqual({ weekday: 2, minute: 1_439, rest: 0 });
});
