import fc from "fast-check";
import { expect, test } from "vitest";
import type { Admission } from "./admission.ts";
import { countedIn, devicesOf, less, newTo, type Part, type Room, split } from "./budget-room.ts";
import type { AdmissionGroup, CountedBudget } from "./ports.ts";

const budgets = ["removals", "isolating"] as const;

function set(count: number, more: Partial<AdmissionGroup> = {}): AdmissionGroup {
  const facts = { id: "f", body: {} };
  return { facts, named: [], granted: undefined, observed: undefined, suspended: undefined, count, ...more };
}

/** What is admitted of a change that needs these budgets: without them the rest of it. */
function admits(needs: readonly CountedBudget[]) {
  return ({ removalBudget, isolatingBudget }: { removalBudget: boolean; isolatingBudget?: boolean }) => {
    const removals = needs.includes("removals") && removalBudget ? ["Profile/x"] : [];
    const isolating = needs.includes("isolating") && isolatingBudget !== false ? { isolating: true } : {};
    return { removals, ...isolating } as unknown as Admission;
  };
}

const parts = (group: AdmissionGroup, needs: readonly CountedBudget[], room: Room) =>
  split(group, admits(needs), room).map((part) => [part.group.count, part.fresh, countedIn(part.admission)]);

const room = (removals: number, isolating = 100): Room => ({ removals, isolating });

test("a set is taken from as far as the budgets reach, by devices that they have not counted", () => {
  expect(parts(set(5), ["removals"], room(5))).toEqual([[5, undefined, ["removals"]]]);
  expect(parts(set(5), ["removals"], room(3))).toEqual([
    [3, 3, ["removals"]],
    [2, undefined, []],
  ]);
  expect(parts(set(5), ["removals"], room(0))).toEqual([[5, undefined, []]]);
  expect(parts(set(5), [], room(0, 0))).toEqual([[5, undefined, []]]);
  expect(parts(set(5), ["removals", "isolating"], room(3, 1))).toEqual([
    [1, 1, ["removals", "isolating"]],
    [2, 2, ["removals"]],
    [2, undefined, []],
  ]);
  // Two of them are counted in this hour.
  const known = { counted: { removals: 2, isolating: 0 } };
  expect(parts(set(5, known), ["removals"], room(0))).toEqual([
    [2, 0, ["removals"]],
    [3, undefined, []],
  ]);
  expect(parts(set(5, known), ["removals"], room(3))).toEqual([[5, undefined, ["removals"]]]);
  // A budget that is lower by now than what it has counted stops those as well.
  expect(parts(set(5, known), ["removals"], room(-1))).toEqual([[5, undefined, []]]);
  // A device with ever so many users is one device.
  expect(parts(set(20, { kind: "user", devices: 1 }), ["removals"], room(1))).toEqual([
    [20, undefined, ["removals"]],
  ]);
});

test("whom one budget has counted takes no room from it, and shares what the other has left", () => {
  expect([newTo("removals", set(3)), newTo("isolating", set(3, { devices: 2 }))]).toEqual([3, 2]);
  const both = ["removals", "isolating"] as const;
  const removed = { counted: { removals: 10, isolating: 0 } };
  expect(parts(set(10, removed), both, room(0, 5))).toEqual([
    [5, 5, both],
    [5, undefined, ["removals"]],
  ]);
  const some = { counted: { removals: 6, isolating: 4 } };
  expect(parts(set(10, some), both, room(0, 0))).toEqual([
    [4, 0, both],
    [6, undefined, []],
  ]);
});

const takes = (budget: CountedBudget) => (part: Part) =>
  devicesOf(part.group) > 0 && countedIn(part.admission).includes(budget);

test("whatever is counted already: no budget is exceeded, nobody is left out, and nothing is refused that has room", () => {
  const small = fc.nat({ max: 6 });
  fc.assert(
    fc.property(
      fc.record({ devices: small, users: small, removals: small, isolating: small }),
      fc.record({ removals: fc.integer({ min: -2, max: 6 }), isolating: small }),
      fc.subarray([...budgets]),
      ({ devices, users, ...counted }, left, needs) => {
        const group = set(devices + users, {
          devices,
          counted: {
            removals: Math.min(devices, counted.removals),
            isolating: Math.min(devices, counted.isolating),
          },
        });
        const found = split(group, admits(needs), left);
        expect(found.reduce((sum, one) => sum + one.group.count, 0)).toBe(group.count);
        expect(found.reduce((sum, one) => sum + devicesOf(one.group), 0)).toBe(devices);
        const after = found.reduce(less, left);
        for (const one of budgets) {
          expect(after[one]).toBeGreaterThanOrEqual(Math.min(0, left[one]));
          if (left[one] < 0) expect(found.filter(takes(one))).toEqual([]);
          const isWhole = needs.every((need) => left[need] >= 0 && newTo(need, group) <= left[need]);
          if (isWhole) expect(found).toHaveLength(1);
        }
        for (const part of found)
          if (part.fresh !== undefined)
            for (const one of countedIn(part.admission))
              expect(newTo(one, part.group)).toBeLessThanOrEqual(part.fresh);
      },
    ),
    { numRuns: 500 },
  );
});
