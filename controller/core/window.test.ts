import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyWindow, instants, isOpenOnTheWall, zones } from "../test/any-window.ts";
import { type CompiledWindow, gateState, nextEdge, opensByItself, weekdays } from "./window.ts";

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

  test("tells no more than a line of what it cannot read", () => {
    const long = "x".repeat(99);
    const told = (window: CompiledWindow): unknown => {
      const state = gateState([window], "disruptive", at("2026-11-26T12:00Z"), undefined);
      return state.open || state.waitsFor;
    };
    const unread = "its window, which cannot be read: ";
    expect(told(allow(long, "06:00"))).toBe(`${unread}${"x".repeat(32)} is no time of day`);
    expect(told(allow("19:00", long))).toBe(`${unread}${"x".repeat(32)} is no time of day`);
    expect(told(allow("19:00", "06:00", { days: ["Mon", long] }))).toBe(
      `${unread}${"x".repeat(32)} is no day of the week`,
    );
    expect(told(allow("19:00", "06:00", { timeZone: long }))).toBe(
      `${unread}nobody knows the time zone ${"x".repeat(64)}`,
    );
    expect(told(allow("19:00", "06:00", { timeZone: "device" }))).toBe(
      `${unread}the device has not told its time zone`,
    );
  });

  test("lasts a day where it ends when it begins, and is shut at a time that is none", () => {
    const windows = [allow("10:00", "10:00", { days: ["Mon"], timeZone: "UTC" })];
    const times = ["23T09:59", "23T10:00", "23T23:59", "24T09:59", "24T10:00"];
    expect(times.map((time) => isOpen(windows, `2026-11-${time}Z`))).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
    for (const one of [allow("19:00", "06:00"), deny("19:00", "06:00")])
      expect(gateState([one], "disruptive", Number.NaN, undefined)).toMatchObject({ open: false });
  });

  test("says when it opens: with the date on its own clock where that is more than six days off", () => {
    const windows = [allow("00:30", "05:00", { days: ["Mon"] })];
    const opensAt = at("2026-11-29T23:30Z");
    const told = (before: number) => gateState(windows, "disruptive", opensAt - before, undefined);
    const soon = { open: false, opensAt, waitsFor: "its window, which opens Mon 00:30 Europe/Berlin" };
    expect(told(6 * 24 * hour)).toEqual(soon);
    expect(told(6 * 24 * hour + 1)).toEqual({
      ...soon,
      waitsFor: "its window, which opens 2026-11-30, Mon 00:30 Europe/Berlin",
    });
  });

  test("does not open by itself where that is more than nine days off, or always denied", () => {
    // On the Sunday of the leap this window does not come.
    const windows = [allow("02:15", "02:45", { days: ["Sun"] })];
    const opensAt = at("2027-04-04T00:15Z");
    const told = (before: number) => gateState(windows, "disruptive", opensAt - before, undefined);
    const never = { open: false, waitsFor: "its window, which does not open within nine days" };
    expect([told(9 * 24 * hour), told(9 * 24 * hour + 1)]).toMatchObject([{ opensAt }, never]);
    expect(told(9 * 24 * hour + 1)).toEqual(never);
    expect(nextEdge(windows, opensAt - 9 * 24 * hour - 1, undefined)).toBeUndefined();
    expect(told(9 * 24 * hour)).toSatisfy(
      (state) => !state.open && opensByItself(`waits for ${state.waitsFor}`),
    );
    expect(opensByItself(`waits for ${never.waitsFor}`)).toBe(false);
    const halves = [deny("00:00", "12:00"), deny("12:00", "00:00")];
    expect(gateState(halves, "disruptive", opensAt, undefined)).toEqual(never);
  });

  test("changes next with the first of all gates that can be read", () => {
    const now = at("2026-11-26T12:00Z");
    const utc = { timeZone: "UTC" };
    const late = allow("19:00", "06:00", utc);
    const early = allow("15:00", "16:00", { ...utc, gates: ["isolating"] });
    expect([nextEdge([late], now, undefined), nextEdge([late, early], now, undefined)]).toEqual([
      now + 7 * hour,
      now + 3 * hour,
    ]);
    // The edges of one gate are none of another's, and what cannot be read stays shut for all of its gate.
    const within = deny("20:00", "21:00", { ...utc, gates: ["isolating"] });
    expect(nextEdge([late, within], at("2026-11-26T18:30Z"), undefined)).toBe(at("2026-11-26T19:00Z"));
    const unread = allow("13:00", "nine", utc);
    expect(nextEdge([late, unread], now, undefined)).toBeUndefined();
    expect(nextEdge([late, unread, early], now, undefined)).toBe(now + 3 * hour);
    expect(nextEdge([], now, undefined)).toBeUndefined();
    const inZones = [allow("19:00", "06:00", { timeZone: "America/New_York" }), late];
    expect(nextEdge(inZones, now, undefined)).toBe(now + 7 * hour);
  });

  test("follows the clock of the device where it is told", () => {
    const windows = [allow("22:00", "06:00", { timeZone: "device" })];
    expect(isOpen(windows, "2026-11-26T21:30Z", "Europe/Berlin")).toBe(true);
    expect(isOpen(windows, "2026-11-26T21:30Z", "America/New_York")).toBe(false);
  });
});

const runs = process.env.REEVE_LONG === "1" ? 18_000 : 300;

test("over years, zones and changes of the clock it is open exactly when the wall says so", () => {
  fc.assert(
    fc.property(
      fc.array(anyWindow, { minLength: 1, maxLength: 4 }),
      instants,
      fc.constantFrom(...zones),
      (windows, now, zone) =>
        gateState(windows, "disruptive", now, zone).open === isOpenOnTheWall(windows, now, zone),
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
        const state = isOpenOnTheWall(windows, now, zone);
        const until = edge ?? now + 8 * 24 * hour;
        if (isOpenOnTheWall(windows, now + Math.floor((until - now - 1) * share), zone) !== state)
          return false;
        return edge === undefined || isOpenOnTheWall(windows, edge, zone) !== state;
      },
    ),
    { numRuns: runs / 3 },
  );
});
