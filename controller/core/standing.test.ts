import fc from "fast-check";
import { expect, test } from "vitest";
import { standingDigest, standingOf } from "./standing.ts";

const progress = fc.record({
  digest: fc.constantFrom("a", "b"),
  attempts: fc.integer({ min: 1, max: 9 }),
  phase: fc.constantFrom("sent", "acknowledged", "failed", "rejected", "unknown"),
  at: fc.integer({ min: 1, max: 1_000 }),
  retryAt: fc.integer({ min: 1, max: 1_000 }),
} as const);

test("times and further attempts are no other standing; contents, phases and reasons are", () => {
  fc.assert(
    fc.property(progress, fc.integer({ min: 0, max: 1_000 }), (one, later) => {
      const moved = { ...one, at: one.at + later, retryAt: one.retryAt + later };
      expect(standingDigest({ x: moved })).toBe(standingDigest({ x: one }));
      expect(standingOf({ x: moved })).toEqual(standingOf(standingOf({ x: one })));
    }),
    { seed: 20_261_126 },
  );
  const one = { digest: "a", attempts: 4, phase: "failed", at: 1 } as const;
  const told = standingDigest({ x: one });
  expect(standingDigest({ x: { ...one, attempts: 40 } })).toBe(told);
  const others = [
    {},
    { y: one },
    { x: { ...one, digest: "b" } },
    { x: { ...one, attempts: 3 } },
    { x: { ...one, phase: "rejected" as const } },
    { x: { ...one, errors: [{ domain: "d", code: 1, text: "no" }] } },
    { x: { ...one, errors: [{ domain: "d", code: 1, text: "other" }] } },
    { x: { ...one, errors: [{ domain: "e", code: 1, text: "no" }] } },
  ];
  expect(new Set([told, ...others.map((other) => standingDigest(other))]).size).toBe(others.length + 1);
  expect(standingDigest({})).toBe("");
  // What stands around the reason, and its number, is told nowhere.
  const outer = { domain: "outer", code: 7, text: "failed" };
  const inner = { domain: "d", code: 2, text: "no" };
  const standings = [[outer, inner], [inner], [{ ...inner, code: 1 }]].map((errors) =>
    standingDigest({ x: { ...one, errors } }),
  );
  expect(new Set(standings).size).toBe(1);
});
