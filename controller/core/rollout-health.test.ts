import { expect, test } from "vitest";
import type { Progress } from "./channel.ts";
import type { GrantedItem } from "./granted.ts";
import { healthOf } from "./rollout-health.ts";
import type { Situation } from "./situation.ts";
import { app, grantedOf, ownedOf, profile, progressOf, situationOf } from "./test-situation.ts";

const origin = { file: "p.yaml", line: 1, column: 1 };
const wanted = (item: GrantedItem) => ({ ...item, origin, observe: false });
const [a, b] = [profile("a"), profile("b")];
const has = (...items: readonly GrantedItem[]): Situation["observed"] => ({
  profiles: Object.fromEntries(items.map(({ id, uuid }) => [id, uuid ?? ""])),
  apps: {},
  owned: Object.fromEntries(items.map((item) => [item.key, ownedOf(item)])),
});
const no = { domain: "MDM", code: 1, text: "no room" };

/** How a device stands that was given `a` and `b`. */
function given(
  observed: Situation["observed"],
  progress: Readonly<Record<string, Progress>> = {},
  more: Partial<Omit<Situation, "state">> = {},
  isFresh = true,
) {
  const situation = situationOf([a, b], { observed, state: { progress }, ...more });
  return healthOf(situation, { given: [a, b].map(wanted), dropped: [], disputed: [] }, isFresh);
}

const failing = (phase: Progress["phase"], attempts = 1, errors: Progress["errors"] = [no]) =>
  progressOf("d-b", phase, { attempts, ...(errors === undefined ? {} : { errors }) });

test("a device is healthy when all that changes is there, whatever else is missing on it", () => {
  expect(given(has(a, b))).toEqual({ type: "healthy" });
  expect(given(has(a))).toEqual({ type: "under-way" });
  const other = profile("other");
  const rest = { granted: grantedOf([a, b, other]) };
  const refused = { [other.key]: progressOf("d-other", "rejected", { errors: [no] }) };
  expect(given(has(a, b), refused, rest)).toEqual({ type: "healthy" });
  expect(given(has(a, b), {}, { granted: undefined })).toEqual({ type: "healthy" });
});

test("what fails is told with its reason: once it is tried again, three times it has failed, and what failed before does not count", () => {
  const failed = (attempts: number, isFresh = true) =>
    given(has(a), { [b.key]: failing("failed", attempts) }, {}, isFresh);
  const reason = "Profile/b: no room";
  expect([failed(1), failed(2), failed(3)]).toEqual([
    { type: "failing", reason },
    { type: "failing", reason },
    { type: "failed", reason },
  ]);
  expect(failed(3, false)).toEqual({ type: "under-way" });
  expect(given(has(a), { [b.key]: failing("failed", 1, []) })).toEqual({
    type: "failing",
    reason: "Profile/b: no reason given",
  });
  // A failure of another content is none of this one.
  expect(given(has(a), { [b.key]: { ...failing("failed", 3), digest: "older" } })).toEqual({
    type: "under-way",
  });
  expect(given(has(a), { [b.key]: failing("sent", 3) })).toEqual({ type: "under-way" });
});

test("what its user refused has failed for good, unless that was before", () => {
  const refused = (isFresh: boolean) => given(has(a), { [b.key]: failing("rejected") }, {}, isFresh);
  expect([refused(true), refused(false)]).toEqual([
    { type: "failed", reason: "Profile/b: no room" },
    { type: "under-way" },
  ]);
});

test("the worst of all items is told, and of two that are as bad the first", () => {
  const both = (one: Progress["phase"], attempts: number, two: Progress["phase"], more: number) =>
    given(has(), {
      [a.key]: { ...failing(one, attempts), digest: "d-a" },
      [b.key]: failing(two, more),
    });
  expect([both("failed", 1, "failed", 3), both("failed", 3, "failed", 1)]).toMatchObject([
    { type: "failed", reason: expect.stringMatching(/^Profile\/b/) },
    { type: "failed", reason: expect.stringMatching(/^Profile\/a/) },
  ]);
  expect(both("sent", 1, "failed", 1)).toMatchObject({ type: "failing" });
  expect(both("failed", 1, "failed", 1)).toMatchObject({ reason: expect.stringMatching(/^Profile\/a/) });
});

test("what leaves is waited for until it is gone, and has failed when it cannot be removed", () => {
  const gone = profile("gone");
  const left = (observed: Situation["observed"], attempts = 0, isFresh = true) => {
    const progress = { [gone.key]: progressOf("removed", "failed", { attempts }) };
    const situation = situationOf([a], { observed, state: { progress: attempts === 0 ? {} : progress } });
    return healthOf(situation, { given: [wanted(a)], dropped: [gone.key], disputed: [] }, isFresh);
  };
  expect(left(has(a))).toEqual({ type: "healthy" });
  expect([left(has(a, gone)), left(has(a, gone), 2)]).toEqual([{ type: "under-way" }, { type: "under-way" }]);
  expect(left(has(a, gone), 3)).toEqual({ type: "failed", reason: "Profile/gone: it cannot be removed" });
  expect(left(has(a, gone), 3, false)).toEqual({ type: "under-way" });
  const kept = { ...has(a), owned: { [gone.key]: { ...ownedOf(gone), onLeave: "keep" as const } } };
  expect(left(kept, 3)).toEqual({ type: "healthy" });
});

test("declarations that are there yet are waited for only where something leaves", () => {
  const observed = {
    ...has(a, b),
    declarations: { "org.old": { active: true } },
  } as unknown as Situation["observed"];
  expect(given(observed)).toEqual({ type: "healthy" });
  const situation = situationOf([a, b], { observed });
  const touch = { given: [wanted(a)], dropped: ["Declarations/old"], disputed: [] };
  expect(healthOf(situation, touch, true)).toEqual({ type: "under-way" });
  expect(healthOf({ ...situation, observed: has(a, b) }, touch, true)).toEqual({ type: "healthy" });
  expect(healthOf({ ...situation, granted: undefined }, touch, true)).toEqual({ type: "healthy" });
});

test("what policies disagree about has failed for good, whatever else is there", () => {
  const situation = situationOf([a], { observed: has(a) });
  const disputed = ["Profile/b", "Profile/c"];
  expect(healthOf(situation, { given: [wanted(a)], dropped: [], disputed }, false)).toEqual({
    type: "failed",
    reason: "Profile/b: policies of equal priority disagree",
  });
});

test("a policy that Google does not take is a failure of what waits for it, and of nothing else", () => {
  const refusal = "wifi is not known";
  expect(given(has(a), {}, { refusal })).toEqual({
    type: "failed",
    reason: `its policy is not at Google: ${refusal}`,
  });
  expect(given(has(a, b), {}, { refusal })).toEqual({ type: "healthy" });
});

test("what leaves an Android policy is waited for until the device says that it applies it no more", () => {
  const leaving = (observed: object) =>
    healthOf(
      situationOf([a], { observed: { ...has(a), ...observed } }),
      { given: [wanted(a)], dropped: ["Profile/gone"], disputed: [] },
      true,
    );
  expect(leaving({ applied: {} })).toEqual({ type: "healthy" });
  expect(leaving({ applied: { "Profile/gone": "d-gone" } })).toEqual({ type: "under-way" });
});

test("what the device itself has no use for has failed", () => {
  const { uuid: _uuid, ...plain } = a;
  const part = { form: "configuration", type: "com.apple.x", identifier: "i", token: "t" } as const;
  const declared: GrantedItem = { ...plain, key: "Declarations/a", kind: "Declarations", parts: [part] };
  const touch = { given: [wanted(declared)], dropped: [], disputed: [] };
  const observed = { ...has(), rejects: ["DeclarativeManagement"] };
  expect(healthOf(situationOf([declared], { observed }), touch, false)).toEqual({
    type: "failed",
    reason: expect.stringMatching(/^Declarations\/a: .+DeclarativeManagement/),
  });
  // To be installed once is done when its user removed it.
  const once = app("x", { install: "installed" });
  const removed = { ...has(), owned: { [once.key]: ownedOf(once) } };
  const asked = situationOf([once], { observed: removed });
  expect(healthOf(asked, { given: [wanted(once)], dropped: [], disputed: [] }, true).type).toBe("healthy");
});
