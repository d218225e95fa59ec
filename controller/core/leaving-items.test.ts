import { expect, test } from "vitest";
import { conditionOf } from "./condition.ts";
import type { Desired } from "./desired.ts";
import { leavingDeclarations, leavingItems } from "./leaving-items.ts";
import { grantedOf, hour, ownedOf, profile, progressOf, situationOf, start } from "./test-situation.ts";

const [left, stays] = [profile("left"), profile("stays")];
const nothing = { items: [], conflicts: [], unsupported: [] } as unknown as Desired;
const about = (key: string) => ({ key, policies: ["a", "b"], reason: "no" });

/** What holds an item on a device although it is not granted: it is not on its way off. */
const holds: readonly (readonly [string, Partial<Desired>])[] = [
  ["it is wanted", { items: [left] as never }],
  ["its policies disagree", { conflicts: [about(left.key)] as never }],
  ["it stays where it cannot be used", { unsupported: [{ ...about(left.key), stays: true }] as never }],
];

test("what is on a device and that nothing names any more is on its way off", () => {
  const owned = { [left.key]: ownedOf(left), [stays.key]: ownedOf(stays) };
  const observed = { owned };
  const leaving = [
    { key: left.key, state: "leaving", because: "no policy declares it any more", digest: left.digest },
  ];
  const situation = situationOf([stays], { observed });
  expect(leavingItems(nothing, situation)).toEqual(leaving);
  const unused = { ...nothing, unsupported: [{ ...about(left.key), stays: false }] } as unknown as Desired;
  expect(leavingItems(unused, situation)).toEqual(leaving);
  for (const [, more] of holds) expect(leavingItems({ ...nothing, ...more }, situation)).toEqual([]);
  expect(leavingItems(nothing, { ...situation, granted: grantedOf([left, stays]) })).toEqual([]);
  expect(leavingItems(nothing, { ...situation, granted: undefined }).map(({ key }) => key)).toEqual([
    left.key,
    stays.key,
  ]);
});

test("what stays until another is there is not told as on its way off, which hid that the other fails", () => {
  const errors = [{ domain: "x", code: 1, text: "no" }];
  const progress = {
    [stays.key]: progressOf(stays.digest, "failed", { attempts: 9, retryAt: start + hour, errors }),
  };
  const contact = { now: start, lastSeenAt: start, unreachableAfterMs: hour };
  for (const heir of [{ inPlaceOf: [left] }, { formerly: [left.key] }]) {
    const on = (profiles: Readonly<Record<string, string>>) =>
      situationOf([{ ...stays, ...heir }], {
        observed: { profiles, apps: {}, owned: { [left.key]: ownedOf(left) } },
        state: { progress },
      });
    const alone = on({ [left.id]: "U-left" });
    expect(conditionOf(alone, contact)).toEqual({
      type: "Stalled",
      reason: "Failing",
      message: `${stays.key}: no`,
    });
    expect(leavingItems(nothing, alone)[0]?.because).toBe(`stays until ${stays.key} is there`);
    const both = on({ [left.id]: "U-left", [stays.id]: "U-stays" });
    expect(conditionOf(both, contact).message).toBe(`${left.key} is being removed`);
    expect(leavingItems(nothing, both)[0]?.because).toBe("no policy declares it any more");
  }
});

test("what was handed out as a declaration goes once, and reeve's own does not", () => {
  const entries = [left.key, stays.key, left.key, "reeve"].map((item) => ({ item }));
  const declared = { entries } as never;
  const situation = situationOf([stays], { declared });
  const leaving = [{ key: left.key, state: "leaving", because: "no policy declares it any more" }];
  expect(leavingDeclarations(nothing, situation)).toEqual(leaving);
  const unused = { ...nothing, unsupported: [about(left.key)] } as unknown as Desired;
  for (const more of [...holds.map(([, one]) => one), unused])
    expect(leavingDeclarations({ ...nothing, ...more }, situation)).toEqual([]);
  // What is on the device is told with what leaves it.
  const observed = { owned: { [left.key]: ownedOf(left) } };
  expect(leavingDeclarations(nothing, { ...situation, observed })).toEqual([]);
  expect(leavingDeclarations(nothing, { ...situation, granted: undefined }).map(({ key }) => key)).toEqual([
    left.key,
    stays.key,
  ]);
  expect(leavingDeclarations(nothing, situationOf([stays]))).toEqual([]);
});
