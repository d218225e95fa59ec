import { expect, test } from "vitest";
import type { Granted } from "./granted.ts";
import type { Intent } from "./intent.ts";
import { inWindows, waitingOn } from "./sent-within.ts";
import { app, grantedOf, hour, ownedOf, profile, situationOf } from "./test-situation.ts";
import type { CompiledWindow } from "./window.ts";

type SentWithin = NonNullable<Granted["sentWithin"]>[string];

const noon = Date.UTC(2026, 0, 5, 12);
const evening = noon + 7 * hour;
const window: CompiledWindow = {
  type: "allow",
  days: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
  from: "19:00",
  to: "06:00",
  timeZone: "UTC",
  gates: ["disruptive"],
};
const disruptive: SentWithin = { windows: [window], risks: ["disruptive"] };
const item = profile("a");
const old = { "Profile/a": { ...ownedOf(item), digest: "old" } };
const mine = { "Profile/a": disruptive };

type More = Parameters<typeof situationOf>[1];
const at = (granted: Granted | undefined, owned = {}, more: More = {}) => ({
  ...situationOf([], { observed: { profiles: {}, apps: {}, owned }, ...more }),
  granted,
});

/** From when on something is sent, each; undefined for what is not. */
function sent(situation: ReturnType<typeof at>, now: number, type: Intent["type"], key = item.key) {
  const intent = { type, item: key } as unknown as Intent;
  return inWindows([{ key, intent, notBefore: 5 }], situation, now)[0]?.notBefore;
}

test("another content is sent when the window opens, and what a device had already at any time", () => {
  const granted = grantedOf([item], { sentWithin: mine });
  expect(sent(at(granted, old), noon, "install")).toBe(evening);
  expect(sent(at(granted), noon, "install")).toBe(evening);
  expect(sent(at(granted, old), evening, "install")).toBe(5);
  expect(sent(at(granted, { "Profile/a": ownedOf(item) }), noon, "install")).toBe(5);
  expect(sent(at(grantedOf([item]), old), noon, "install")).toBe(5);
  expect(sent(at(grantedOf([item], { sentWithin: { b: disruptive } }), old), noon, "install")).toBe(5);
  expect(sent(at(undefined), noon, "install")).toBe(5);
  // Nobody asks for a content that is not granted, nor holds what is neither given nor taken.
  expect(sent(at(grantedOf([], { sentWithin: mine }), old), noon, "install")).toBe(5);
  expect(sent(at(granted, old), noon, "query")).toBe(5);
  expect(sent(at(grantedOf([], { sentWithin: mine }), old), noon, "query")).toBe(5);
});

test("what left is taken in a window, unless it is granted again", () => {
  const left = grantedOf([profile("b")], { sentWithin: mine });
  expect(sent(at(left, old), noon, "remove")).toBe(evening);
  expect(sent(at(left, old), evening, "remove")).toBe(5);
  expect(sent(at(grantedOf([item, profile("b")], { sentWithin: mine }), old), noon, "remove")).toBe(5);
});

test("an app waits with its updates, and where only these are held with nothing else", () => {
  const slack = app("x", { updates: true });
  const owned = { "App/x": ownedOf(slack) };
  const asked = (held: SentWithin, offered: readonly string[], has = owned) => {
    const granted = grantedOf([slack], { sentWithin: { "App/x": held } });
    const observed = { profiles: {}, apps: {}, owned: has, offered };
    return sent(at(granted, {}, { observed }), noon, "install", "App/x");
  };
  expect([asked(disruptive, []), asked(disruptive, ["corp.x"])]).toEqual([5, evening]);
  const updates: SentWithin = { ...disruptive, updatesOnly: true };
  expect([asked(updates, []), asked(updates, ["corp.x"])]).toEqual([5, evening]);
  const other = { "App/x": { ...ownedOf(slack), digest: "old" } };
  expect([asked(updates, [], other), asked(disruptive, [], other)]).toEqual([5, evening]);
});

test("all risks and all clocks must say open, to the millisecond; what never opens is not sent", () => {
  const granted = (more: Partial<SentWithin>) =>
    grantedOf([item], { sentWithin: { "Profile/a": { ...disruptive, ...more } } });
  const both = granted({ risks: ["isolating", "disruptive"] });
  expect(sent(at(both, old), noon, "install")).toBe(evening);
  expect(sent(at(granted({}), old, { clocks: [evening + 1, noon] }), evening, "install")).toBe(
    2 * evening - noon,
  );
  expect(sent(at(granted({}), old, { clocks: [evening] }), noon, "install")).toBe(evening);
  expect(sent(at(granted({}), old), evening - 1, "install")).toBe(evening);
  expect(sent(at(granted({}), old), evening, "install")).toBe(5);
  const never = { ...window, type: "deny" as const, from: "00:00", to: "00:00" };
  expect(
    sent(at(granted({ windows: [{ ...window, timeZone: "Nowhere/X" }] }), old), noon, "install"),
  ).toBeUndefined();
  expect(sent(at(granted({ windows: [never] }), old), noon, "install")).toBeUndefined();
  const late = inWindows(
    [{ key: item.key, intent: { type: "install" } as Intent, notBefore: evening + 7 }],
    at(granted({}), old),
    noon,
  );
  expect(late[0]?.notBefore).toBe(evening + 7);
});

test("people are told of all that waits: what was not admitted, what did not reach a device, what is still to leave", () => {
  const waits = "waits for its window, which opens Mon 19:00 UTC";
  const told = (situation: ReturnType<typeof at>, now = noon) => [...waitingOn(situation, now)];
  const granted = grantedOf([item], { sentWithin: mine, waiting: [{ key: "Profile/c", reason: "waits" }] });
  expect(told(at(granted, old))).toEqual([
    ["Profile/c", "waits"],
    ["Profile/a", waits],
  ]);
  expect(told(at(granted, old), evening)).toEqual([["Profile/c", "waits"]]);
  expect(told(at(grantedOf([item], { waiting: [{ key: "Profile/c", reason: "waits" }] }), old))).toEqual([
    ["Profile/c", "waits"],
  ]);
  expect(told(at(undefined, old))).toEqual([]);
  expect(told(at(grantedOf([], { sentWithin: mine }), old))).toEqual([["Profile/a", waits]]);
  expect(told(at(grantedOf([], { sentWithin: mine }), old), evening)).toEqual([]);
  // It came as it is to be, by another's hand: nothing is to be sent.
  const has = { observed: { profiles: { "corp.a": "U-a" }, apps: {}, owned: {} } };
  expect(told(at(grantedOf([item], { sentWithin: mine }), {}, has))).toEqual([]);
});
