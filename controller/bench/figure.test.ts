import { expect, test } from "vitest";
import { type Figure, isMet, renderReport } from "./figure.ts";

const fast: Figure = {
  group: "endpoint",
  name: "connects",
  value: 4_321,
  unit: "/s",
  aim: { is: "at-least", value: 4_000 },
};
const slow: Figure = {
  group: "endpoint",
  name: "block",
  value: 51.26,
  unit: "ms",
  aim: { is: "at-most", value: 50 },
};
const free: Figure = { group: "memory", name: "heap", value: 12.34, unit: "MiB" };

test("a figure that misses its aim is shown as such", () => {
  expect([fast, slow, free].map(isMet)).toEqual([true, false, undefined]);

  const text = renderReport({
    machine: "2 cores",
    node: "v24",
    at: "",
    loadBefore: 0.5,
    quick: false,
    figures: [fast, slow, free],
  });

  const [connects, block, heap] = text.trimEnd().split("\n").slice(-3);
  expect(connects).toMatch(/4,321 \/s +>= 4,000 \/s +met$/);
  expect(block).toMatch(/51\.3 ms +<= 50\.0 ms +missed$/);
  expect(heap).toMatch(/12\.3 MiB$/);
});
