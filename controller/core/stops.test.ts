import { expect, test } from "vitest";
import { stopsFor } from "./stops.ts";

test.each([
  ["kill-switch", { halted: true, changes: false, removals: false, destruction: false }],
  ["observe", { halted: false, changes: true, removals: false, destruction: false }],
  ["armed", { halted: false, changes: true, removals: false, destruction: false }],
  ["restored", { halted: false, changes: true, removals: false, destruction: false }],
  ["suspended", { halted: false, changes: true, removals: false, destruction: false }],
  ["suspended/lab", { halted: false, changes: true, removals: false, destruction: false }],
  ["suspended/other", { halted: false, changes: false, removals: false, destruction: false }],
  ["breaker", { halted: false, changes: false, removals: false, destruction: true }],
  ["frozen", { halted: false, changes: false, removals: true, destruction: false }],
])("%s stops what it says, for the devices that it means", (name, stops) => {
  expect(stopsFor([name], ["lab"])).toEqual(stops);
});

test("one suspended group of several is enough, and each stop holds beside the others", () => {
  expect(stopsFor(["suspended/lab"], ["shop", "lab"]).changes).toBe(true);
  expect(stopsFor(["breaker", "suspended/lab"], ["lab"])).toEqual({
    halted: false,
    changes: true,
    removals: false,
    destruction: true,
  });
  expect(stopsFor([], ["lab"])).toEqual({
    halted: false,
    changes: false,
    removals: false,
    destruction: false,
  });
});
