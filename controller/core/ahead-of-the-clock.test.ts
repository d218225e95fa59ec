import { expect, test } from "vitest";
import { assign, assigned, isPutOff } from "./assigning.ts";
import { evidenceOf } from "./evidence.ts";
import { grantedOf, hour, minute, profile, situationOf, start } from "./test-situation.ts";

const year = 365 * 24 * hour;

test("evidence that lies ahead of the clock proves nothing, beyond what clocks differ by", () => {
  const isStale = (collectedAt: number) =>
    evidenceOf(grantedOf([profile("a")]), { collected: { profiles: collectedAt } }, start)[0]?.stale;
  expect([start - 7 * 24 * hour, start, start + 10 * minute].map(isStale)).toEqual([false, false, false]);
  expect([start - 8 * 24 * hour, start + 11 * minute, start + year].map(isStale)).toEqual([true, true, true]);
});

test("a device that Google refused a policy while a clock stood ahead is not left without it until that time comes", () => {
  const situation = situationOf([]);
  const { state } = refusedAt(start);
  expect([start, start + minute / 2, start + hour].map((now) => isPutOff(state, "p", now))).toEqual([
    true,
    true,
    false,
  ]);
  expect(isPutOff(state, "another", start)).toBe(false);
  expect(isPutOff(refusedAt(start + year).state, "p", start)).toBe(false);

  function refusedAt(at: number) {
    const { command, state: sent } = assign(situation, "p", at);
    const errors = [{ domain: "google", code: 503, text: "later" }];
    return assigned({ ...situation, state: sent }, command, { status: "failed", errors }, at);
  }
});
