import { expect, test } from "vitest";
import { stopsFor } from "./stops.ts";

test.each([
  ["kill-switch", { halted: true, changes: false, removals: false, destruction: false }],
  ["observe", { halted: false, changes: true, removals: false, destruction: false }],
  ["restored", { halted: false, changes: true, removals: false, destruction: false }],
  ["suspended", { halted: false, changes: true, removals: false, destruction: false }],
  ["suspended/lab", { halted: false, changes: true, removals: false, destruction: false }],
  ["suspended/other", { halted: false, changes: false, removals: false, destruction: false }],
  ["breaker", { halted: false, changes: false, removals: false, destruction: true }],
  ["frozen", { halted: false, changes: false, removals: true, destruction: false }],
])("%s stops what it says, for the devices that it means", (name, stops) => {
  expect(stopsFor([name], ["lab"])).toEqual(stops);
});
