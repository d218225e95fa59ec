import fc from "fast-check";
import { expect, test } from "vitest";
import { anyWindow, instants, isOpenOnTheWall, zones } from "../test/any-window.ts";
import { admit } from "./admission.ts";
import { candidates } from "./candidates.ts";
import type { CompiledPolicy } from "./compiled.ts";
import type { Granted } from "./granted.ts";
import { grantedOf, hour, minute, ownedOf, profile, situationOf } from "./test-situation.ts";
import { wanting } from "./test-wanting.ts";
import type { CompiledWindow } from "./window.ts";
import { fleetGates } from "./window-gates.ts";

const day = 24 * hour;
const year = 365 * day;
const old = profile("a", { effects: { disrupts: "its user is asked" } });
const version = (number: number) => ({ ...old, digest: `d-${number}`, uuid: `U-${number}` });
const digests = ({ items }: Granted): readonly string[] => items.map(({ digest }) => digest);

/** Clocks go on, are put right by a little, are put back, or stand a year ahead. */
const leap = fc.oneof(
  fc.integer({ min: 0, max: 3 * hour }),
  fc.constantFrom(-year, -day, -hour, -minute, 0, minute, hour, day, 7 * day, year, year + hour),
  fc.integer({ min: -400 * day, max: 400 * day }),
);

/** Nights in which a clock is put forward or back: of Europe, New York, Lord Howe, Casablanca, and the day that Apia left out. */
const nights = [
  "2026-03-29T01:00Z",
  "2026-10-25T01:00Z",
  "2027-03-14T07:00Z",
  "2026-11-01T06:00Z",
  "2026-04-04T15:00Z",
  "2026-10-03T15:30Z",
  "2027-02-07T02:00Z",
  "2011-12-30T10:00Z",
].map((text) => Date.parse(text));
const start = fc.oneof(
  instants,
  fc
    .tuple(fc.constantFrom(...nights), fc.integer({ min: -3 * hour, max: 3 * hour }))
    .map(([night, by]) => night + by),
);

const history = fc.record({
  windows: fc.array(anyWindow, { minLength: 1, maxLength: 3 }),
  zone: fc.constantFrom(...zones),
  start,
  steps: fc.array(fc.record({ number: fc.integer({ min: 0, max: 3 }), leap, apart: leap }), {
    maxLength: 10,
  }),
});
const settings = { numRuns: process.env.REEVE_LONG === "1" ? 1_000 : 60 };

function gatesAt(windows: readonly CompiledWindow[], times: readonly number[], zone: string) {
  const policies = [{ name: "p", windows }] as unknown as readonly CompiledPolicy[];
  return fleetGates(policies, times, times.at(-1) ?? 0).of(zone);
}

test("however clocks are put forward, back or a year ahead, nothing that disrupts is admitted while one of them says shut", () => {
  fc.assert(
    fc.property(history, ({ windows, zone, start, steps }) => {
      let now = start;
      let latest = now;
      let granted: Granted = grantedOf([old]);
      for (const { number, leap, apart } of steps) {
        now += leap;
        const times = [now + apart, latest, now];
        const items = number === 0 ? [] : [version(number)];
        const guards = {
          observe: false,
          suspended: undefined,
          removalsFrozen: undefined,
          removalBudget: true,
        };
        const gates = { ...guards, windows: gatesAt(windows, times, zone) };
        const after = admit(wanting(...items), granted, gates).granted;
        const isOpen = times.every((at) => isOpenOnTheWall(windows, at, zone));
        // What is declared comes as soon as all say open, and not before.
        expect(digests(after)).toEqual(isOpen ? items.map(({ digest }) => digest) : digests(granted));
        granted = after;
        latest = Math.max(latest, now + apart);
      }
    }),
    settings,
  );
});

test("whoever was away when his window was open is sent nothing while one of the clocks says shut, and what he had at any time", () => {
  fc.assert(
    fc.property(history, ({ windows, zone, start, steps }) => {
      const within = gatesAt(windows, [start], zone).windowsOf("p", ["disruptive"]);
      if (within === undefined) throw new Error("its windows gate what disrupts");
      const sentWithin = { "Profile/a": { windows: within, risks: ["disruptive" as const] } };
      const granted = grantedOf([version(1)], { sentWithin });
      let now = start;
      let latest = now;
      for (const { leap, apart } of steps) {
        now += leap;
        const clocks = [now + apart, latest];
        const state = { collected: { device: now, profiles: now, managedApps: now } };
        const isDue = (digest: string): boolean => {
          const observed = { profiles: {}, apps: {}, owned: { "Profile/a": ownedOf({ ...old, digest }) } };
          const situation = { ...situationOf([], { observed, state }), granted, clocks };
          return candidates(situation, now).some(
            ({ intent, notBefore }) => intent.type === "install" && notBefore <= now,
          );
        };
        const isOpen = [now, ...clocks].every((at) => isOpenOnTheWall(windows, at, zone));
        expect([isDue("d-a"), isDue("d-1")]).toEqual([isOpen, true]);
        latest = Math.max(latest, now + apart);
      }
    }),
    settings,
  );
});
