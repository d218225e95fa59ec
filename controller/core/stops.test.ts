import { expect, test } from "vitest";
import { stopsFor } from "./stops.ts";

test.each([
  ["kill-switch", { halted: true, changes: false, removals: false }],
  ["observe", { halted: false, changes: true, removals: false }],
  ["restored", { halted: false, changes: true, removals: false }],
  ["suspended", { halted: false, changes: true, removals: false }],
  ["suspended/lab", { halted: false, changes: true, removals: false }],
  ["suspended/other", { halted: false, changes: false, removals: false }],
  ["frozen", { halted: false, changes: false, removals: true }],
])("%s stops what it says, for the devices that it means", (name, stops) => {
  expect(stopsFor([name], ["lab"])).toEqual(stops);
});
