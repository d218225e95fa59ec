import { expect, test } from "vitest";
import type { CompiledPolicy } from "./compiled.ts";
import type { FoundRisk } from "./risk.ts";
import { hour } from "./test-situation.ts";
import type { CompiledWindow } from "./window.ts";
import { fleetGates, haveWindows } from "./window-gates.ts";

const noon = Date.UTC(2026, 0, 5, 12);
const days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const allow = (from: string, to: string, more: Partial<CompiledWindow> = {}): CompiledWindow => {
  const rest = { type: "allow", days, timeZone: "UTC", gates: ["disruptive"] } as const;
  return { ...rest, from, to, ...more };
};
const policy = (name: string, ...windows: readonly CompiledWindow[]): CompiledPolicy =>
  ({ name, ...(windows.length === 0 ? {} : { windows }) }) as unknown as CompiledPolicy;

const night = allow("19:00", "06:00");
const theirs = allow("19:00", "06:00", { timeZone: "device" });
const disrupts: FoundRisk = { risk: "disruptive", because: "its user is asked" };
const isolates: FoundRisk = { risk: "isolating", because: "it may be the last network of the device" };
const waits = "its window, which opens Mon 19:00 UTC";

test("a policy set has windows when one of its policies has", () => {
  expect([haveWindows([]), haveWindows([policy("p")])]).toEqual([false, false]);
  expect([haveWindows([policy("p"), policy("q", night)]), haveWindows([policy("q", night)])]).toEqual([
    true,
    true,
  ]);
});

test("a change waits for the gates of its own policy that its risks name, and says what it waits for by the first clock", () => {
  const link = allow("13:00", "14:00", { gates: ["isolating"] });
  const policies = [policy("p", night, link), policy("free")];
  const at = (...times: readonly number[]) => fleetGates(policies, times, noon).of(undefined);
  const gates = at(noon);
  expect([gates.waitsFor("p", [disrupts]), gates.waitsFor("p", [isolates])]).toEqual([
    waits,
    "its window, which opens Mon 13:00 UTC",
  ]);
  expect(gates.waitsFor("p", [isolates, disrupts])).toBe("its window, which opens Mon 13:00 UTC");
  expect([
    gates.waitsFor("p", []),
    gates.waitsFor("free", [disrupts]),
    gates.waitsFor("gone", [disrupts]),
  ]).toEqual([undefined, undefined, undefined]);
  // One clock that says shut is enough, wherever it stands among them.
  expect(at(noon + 8 * hour).waitsFor("p", [disrupts])).toBeUndefined();
  for (const times of [
    [noon, noon + 8 * hour],
    [noon + 8 * hour, noon],
    [noon, noon + 48 * hour],
  ])
    expect(at(...times).waitsFor("p", [disrupts])).toBe(waits);
});

test("the windows of a change are those of its policy that gate its risks, read off the clock of the device", () => {
  const both = allow("01:00", "02:00", { gates: ["isolating", "disruptive"] });
  const policies = [policy("p", night, both, theirs), policy("q", night)];
  const gates = fleetGates(policies, [noon], noon).of("Europe/Berlin");
  const here = { ...theirs, timeZone: "Europe/Berlin" };
  expect(gates.windowsOf("p", ["disruptive"])).toEqual([night, both, here]);
  expect(gates.windowsOf("p", ["isolating"])).toEqual([both]);
  expect(gates.windowsOf("q", ["armed", "disruptive"])).toEqual([night]);
  expect([
    gates.windowsOf("q", ["isolating"]),
    gates.windowsOf("q", []),
    gates.windowsOf("gone", ["disruptive"]),
  ]).toEqual([undefined, undefined, undefined]);
  expect(fleetGates(policies, [noon], noon).of(undefined).windowsOf("p", ["disruptive"])).toEqual([
    night,
    both,
    theirs,
  ]);
});

test("devices of all zones share what no window reads off their clock, and are told apart where one does", () => {
  const shared = fleetGates([policy("p", night)], [noon], noon);
  expect(shared.of("Europe/Berlin")).toBe(shared.of(undefined));
  const apart = fleetGates([policy("p", night), policy("q", night, theirs)], [noon], noon);
  expect(apart.of("Asia/Tokyo")).toBe(apart.of("Asia/Tokyo"));
  const names = [undefined, "UTC", "Europe/Berlin", "Asia/Tokyo"].map((zone) => apart.of(zone).name);
  expect(new Set(names).size).toBe(4);
  // At nine in the evening in Tokyo its own window is open; that of UTC in the other policy is shut.
  expect(apart.of("Asia/Tokyo").waitsFor("p", [disrupts])).toBe(waits);
  const own = fleetGates([policy("q", theirs)], [noon], noon);
  expect(own.of("Asia/Tokyo").waitsFor("q", [disrupts])).toBeUndefined();
  expect(own.of("Europe/Berlin").waitsFor("q", [disrupts])).toMatch(/19:00 Europe\/Berlin$/);
  expect(own.of(undefined).waitsFor("q", [disrupts])).toMatch(/has not told its time zone$/);
});

test("two that have the same name say the same: another window, another zone, or another state has another name", () => {
  const named = (at: number, zone: string | undefined, ...windows: readonly CompiledWindow[]) =>
    fleetGates([policy("p", ...windows)], [at], at).of(zone).name;
  expect(named(noon, undefined, night)).toBe(named(noon + 1, undefined, night));
  expect(named(noon, undefined, night)).not.toBe(named(noon + 8 * hour, undefined, night));
  expect(named(noon, undefined, night)).not.toBe(named(noon, undefined, allow("19:00", "06:30")));
  expect(named(noon, "Asia/Tokyo", theirs)).not.toBe(named(noon, "Asia/Seoul", theirs));
});

test("the next edge is the first of all policies in all zones that were asked for", () => {
  const policies = [
    policy("p", night),
    policy("q", theirs),
    policy("torn", allow("nine", "ten")),
    policy("free"),
  ];
  const gates = fleetGates(policies, [noon + 99 * hour], noon);
  expect(gates.nextEdge()).toBeUndefined();
  gates.of(undefined);
  expect(gates.nextEdge()).toBe(noon + 7 * hour);
  gates.of("America/New_York");
  expect(gates.nextEdge()).toBe(noon + 7 * hour);
  gates.of("Europe/Berlin");
  expect(gates.nextEdge()).toBe(noon + 6 * hour);
  const none = fleetGates([policy("torn", allow("nine", "ten"))], [noon], noon);
  none.of(undefined);
  expect(none.nextEdge()).toBeUndefined();
});
