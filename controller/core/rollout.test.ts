import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readLayers, versionOf, writeLayers } from "./policy-version.ts";
import {
  isUnderWay,
  layerAt,
  mostLayers,
  placeAt,
  positionOf,
  type Rollout,
  type RolloutLayer,
  type RolloutRules,
  sizeOf,
  thresholdsOf,
  whole,
} from "./rollout.ts";
import { judgeWave, longestStepMs, needed, type WaveCounts, watchWave } from "./rollout-judgement.ts";
import { abort, arrive, beginWave, complete, pause, resume, settled } from "./rollout-layers.ts";
import { commit, version } from "./test-waves.ts";

const waves = [0.1, 0.5, 1];
const devices = Array.from({ length: 23 }, (_, index) => `device-${index}`);
const places = devices.map((id) => positionOf("p", id));
const inOrder = [...places].sort((a, b) => a - b);

/** What each device sees, by what it would be given. */
function seen({ layers }: Rollout): readonly string[] {
  return places.map((position) => layers[layerAt(layers, position)]?.version ?? "?");
}

/** As the loop does it: counted, the devices in the order of their places. */
function next(rollout: Rollout, at: number): Rollout {
  const share = waves.find((wave) => wave > (rollout.layers[0]?.share ?? 0));
  if (rollout.layers.length < 2 || rollout.status !== "progressing") return rollout;
  if (share === undefined) return complete(rollout, at);
  return beginWave(rollout, share, (inOrder[sizeOf(share, devices.length) - 1] ?? 0) + 1, at);
}

type Step =
  | { readonly do: "commit"; readonly version: number }
  | { readonly do: "next" | "pause" | "abort" | "resume" | "restart" };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("commit" as const), version: fc.integer({ min: 0, max: 5 }) }),
  fc.record({ do: fc.constantFrom("next" as const, "next" as const, "pause" as const, "abort" as const) }),
  fc.record({ do: fc.constantFrom("resume" as const, "restart" as const) }),
);

function take(rollout: Rollout, one: Step, at: number): Rollout {
  switch (one.do) {
    case "commit":
      return commit(rollout, one.version, at);
    case "next":
      return next(rollout, at);
    case "pause":
      return pause(rollout, "why", "ada", at);
    case "abort":
      return abort(rollout, "why", "ada", at);
    case "resume":
      return resume(rollout, "ada", at);
    case "restart":
      return { ...rollout, layers: readLayers(writeLayers(rollout.layers)) ?? [] };
  }
}

function keepsItsShare({ layers }: Rollout): void {
  const [top] = layers;
  const size = top?.share === 0 ? 0 : sizeOf(top?.share ?? 1, devices.length);
  const first = places.filter((position) => layerAt(layers, position) === 0).sort((a, b) => a - b);
  expect(first).toEqual(inOrder.slice(0, size));
  expect(layers.length).toBeLessThanOrEqual(mostLayers);
}

/** A wave moves devices to the newest version and nowhere else; a pause, a resume and a restart move nobody. */
function movesOnly(one: Step, before: Rollout, after: Rollout): void {
  const [sees, saw] = [seen(after), seen(before)];
  const moved = sees.filter((version, at) => version !== saw[at]);
  if (one.do === "next") expect(moved.filter((version) => version !== after.layers[0]?.version)).toEqual([]);
  if (["pause", "restart", "resume"].includes(one.do)) expect(moved).toEqual([]);
}

describe("whatever is committed, paused, aborted, resumed and restarted", () => {
  test("no more devices see a version than the share of its wave, and those that stand first", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let rollout = settled("p", version(0), { revision: "r0", at: 0 });
        const committed = new Set([versionOf(version(0))]);
        for (const [index, one] of steps.entries()) {
          const before = rollout;
          rollout = take(rollout, one, index + 1);
          if (one.do === "commit") committed.add(versionOf(version(one.version)));
          keepsItsShare(rollout);
          expect(seen(rollout).filter((version) => !committed.has(version))).toEqual([]);
          movesOnly(one, before, rollout);
        }
      }),
    );
  });

  test("an abort gives back exactly what there was before, and so does the commit that takes a version back", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), fc.integer({ min: 1, max: 4 }), (steps, begun) => {
        const start = settled("p", version(0), { revision: "r0", at: 0 });
        const rollout = steps.reduce((one, next, at) => take(one, next, at + 1), start);
        // Aborted, nobody has what was committed last, and its place is taken.
        fc.pre(rollout.layers.length < mostLayers && rollout.layers[0]?.below !== 0);
        let newer = commit(rollout, 9, 100);
        for (let wave = 0; wave < Math.min(begun, 3); wave++) newer = next(newer, 101 + wave);
        expect(seen(abort(newer, "why", "ada", 110))).toEqual(seen(rollout));
        const back = rollout.layers[0]?.version === versionOf(version(0)) ? 0 : undefined;
        if (back !== undefined) expect(seen(commit(newer, back, 111))).toEqual(seen(rollout));
        const twice = commit(abort(newer, "why", "ada", 110), 8, 112);
        expect(seen(twice)).toEqual(seen(rollout));
      }),
    );
  });
});

test("a revert returns all devices at once, a version told in other lines is the same, a policy that is new begins with nothing", () => {
  let rollout = settled("p", version(1), { revision: "r1", at: 0 });
  expect(commit({ ...rollout }, 1, 1).layers).toHaveLength(1);
  expect(arrive(rollout, { policy: version(1, 99), revision: "r2", at: 1 })).toBe(rollout);
  rollout = next(next(commit(rollout, 2, 2), 3), 4);
  expect(new Set(seen(rollout)).size).toBe(2);
  const back = commit(rollout, 1, 5);
  expect(back).toMatchObject({ status: "complete", layers: [{ version: versionOf(version(1)) }] });

  const fresh = commit(settled("p", undefined, { revision: "r1", at: 0 }), 1, 1);
  expect(seen(fresh)).toEqual(devices.map(() => "nothing"));
  expect(seen(next(fresh, 2)).filter((one) => one !== "nothing")).toHaveLength(2);
});

test("eight versions at most are told apart; the oldest between go to the one before", () => {
  let rollout = settled("p", version(0), { revision: "r0", at: 0 });
  for (let number = 1; number <= 20; number++) rollout = next(commit(rollout, number, number), number);
  const numbers = [20, 19, 18, 17, 16, 15, 1, 0];
  expect(rollout.layers.map((layer) => layer.version)).toEqual(numbers.map((one) => versionOf(version(one))));
});

test.each([
  [0.1, 0, 0],
  [1, 0, 0],
  [0.1, 1, 1],
  [0.01, 10, 1],
  [0.29, 100, 29],
  [0.07, 100, 7],
  [0.5, 23, 11],
  [0.999, 1_000, 999],
  [1, 23, 23],
])("a share of %d of %i devices is %i of them", (share, all, size) => {
  expect(sizeOf(share, all)).toBe(size);
});

test("a share of all places ends at a whole one, and that of all of them after the last", () => {
  expect([0, 0.1, 0.5, 1, 1.5].map(placeAt)).toEqual([0, 28_147_497_671_065, whole / 2, whole, whole]);
});

test("a position sees the first layer that it stands below, and the last one else", () => {
  const layers = [{ below: 0 }, { below: 10 }, { below: 5 }] as unknown as readonly RolloutLayer[];
  expect(thresholdsOf(layers)).toEqual([0, 10, 10]);
  expect([0, 9, 10, whole].map((position) => layerAt(layers, position))).toEqual([1, 1, 2, 2]);
  expect(layerAt([{ below: 3 }] as unknown as readonly RolloutLayer[], 4)).toBe(0);
  expect([isUnderWay({ layers: layers.slice(0, 2) }), isUnderWay({ layers: layers.slice(0, 1) })]).toEqual([
    true,
    false,
  ]);
  expect([whole, mostLayers]).toEqual([281_474_976_710_656, 8]);
  // Twelve digits of the digest, as the store takes them.
  expect(positionOf("p", "device-1")).toBe(48_285_962_622_235);
});

test("layers that are not what they were are not read", () => {
  const { layers } = settled("p", version(1), { revision: "r1", at: 0 });
  expect(readLayers(writeLayers(layers))).toEqual(layers);
  for (const text of ["", "{}", "[]", '[{"below": 1}]', writeLayers(layers).replace('"uses"', '"use"')])
    expect(readLayers(text)).toBeUndefined();
});

const minute = 60_000;
const rules: RolloutRules = {
  waves,
  soakMs: 60 * minute,
  maxFailed: 0.1,
  minReports: 5,
  deadlineMs: 600 * minute,
};
const good: WaveCounts = { devices: 10, given: 10, offline: 0, reported: 10, failing: 0, failed: 0 };

test("no clock that jumps, in either direction, shortens a soak: it takes as many looks as it is steps long", () => {
  const jump = fc.oneof(fc.integer({ min: -1_000, max: 1_000 }), fc.integer({ min: -1e11, max: 1e11 }));
  fc.assert(
    fc.property(fc.array(jump, { maxLength: 60 }), (jumps) => {
      let rollout = next(commit(settled("p", version(0), { revision: "r0", at: 0 }), 1, 0), 0);
      let now = 0;
      let looks = 0;
      for (const by of jumps) {
        now += by;
        looks++;
        const watched = watchWave(rollout, rules, good, now);
        if (watched.verdict.type === "pass") {
          expect(looks).toBeGreaterThanOrEqual(rules.soakMs / longestStepMs);
          looks = 0;
        }
        rollout = watched.verdict.type === "pass" ? next(watched.rollout, now) : watched.rollout;
        if (rollout.status === "complete") return;
      }
    }),
  );
});

describe("a wave", () => {
  const watched = (counts: Partial<WaveCounts>, minutes: number, more: Partial<RolloutRules> = {}) => {
    const begun = next(commit(settled("p", version(0), { revision: "r0", at: 0 }), 1, 0), 0);
    let rollout = begun;
    let verdict = watchWave(begun, rules, good, 0).verdict;
    for (let at = 10; at <= minutes; at += 10) {
      const looked = watchWave(rollout, { ...rules, ...more }, { ...good, ...counts }, at * minute);
      ({ rollout, verdict } = looked);
      if (verdict.type !== "wait") break;
    }
    return verdict;
  };

  test("passes when it was healthy for its soak, and at once when it concerns nobody", () => {
    expect(watched({}, 50).type).toBe("wait");
    expect(watched({}, 60)).toEqual({ type: "pass" });
    expect(watched({ devices: 0, given: 0, reported: 0 }, 10)).toEqual({ type: "pass" });
    expect(watched({ offline: 7, reported: 3 }, 60)).toEqual({ type: "pass" });
  });

  test("waits for reports: offline devices are no evidence, nor are those that were given nothing", () => {
    expect(watched({ offline: 10, reported: 0 }, 60).type).toBe("wait");
    expect(watched({ given: 0, reported: 0 }, 60).type).toBe("wait");
    expect(watched({ reported: 4 }, 60).type).toBe("wait");
    expect(watched({ offline: 10, reported: 0 }, 600)).toEqual({
      type: "pause",
      reason: "not found good within 600 min: 0 of 10 reported, 10 offline, 0 not given it",
      isBad: false,
    });
  });

  test("is paused when more than allowed have failed for good, and does not pass while some are failing", () => {
    expect(watched({ failing: 1, failed: 1 }, 60)).toEqual({ type: "pass" });
    expect(watched({ failing: 2, failed: 2, reason: "Profile/a: no" }, 10)).toEqual({
      type: "pause",
      reason: "2 of 10 reported have failed; first: Profile/a: no",
      isBad: true,
    });
    expect(watched({ failing: 2, failed: 1 }, 120).type).toBe("wait");
    // Too few have said anything yet.
    expect(watched({ reported: 2, failing: 2, failed: 2 }, 10).type).toBe("wait");
    expect(watched({ devices: 2, given: 2, reported: 2, failing: 2, failed: 2 }, 10).type).toBe("pause");
  });

  test("is judged to the device and to the millisecond", () => {
    const verdict = (counts: Partial<WaveCounts>, soakedMs: number, elapsedMs = soakedMs) =>
      judgeWave(rules, { ...good, ...counts }, { soakedMs, elapsedMs }).type;
    expect([verdict({}, rules.soakMs - 1), verdict({}, rules.soakMs)]).toEqual(["wait", "pass"]);
    expect(verdict({ reported: 4 }, rules.soakMs)).toBe("wait");
    expect([verdict({}, 0, rules.deadlineMs - 1), verdict({}, 0, rules.deadlineMs)]).toEqual([
      "wait",
      "pause",
    ]);
    expect([verdict({ failing: 1, failed: 1 }, 0), verdict({ failing: 2, failed: 2 }, 0)]).toEqual([
      "wait",
      "pause",
    ]);
    expect([needed(rules, { ...good, given: 1 }), needed(rules, { ...good, given: 0 })]).toEqual([1, 1]);
    expect([needed(rules, { ...good, given: 7, offline: 4 }), needed(rules, good)]).toEqual([3, 5]);
  });

  test("is watched in steps of ten minutes at most, and soaks only while it is healthy", () => {
    const begun = next(commit(settled("p", version(0), { revision: "r0", at: 0 }), 1, 0), 0);
    const at = (counts: Partial<WaveCounts>, ...times: readonly number[]) =>
      times.reduce((one, now) => watchWave(one, rules, { ...good, ...counts }, now).rollout, begun);
    expect(longestStepMs).toBe(600_000);
    expect(at({}, 1_000, 5_000)).toMatchObject({ elapsedMs: 5_000, soakedMs: 5_000, countedAt: 5_000 });
    expect(at({}, 5_000, 1_000)).toMatchObject({ elapsedMs: 5_000, soakedMs: 5_000, countedAt: 1_000 });
    expect(at({}, 1e9)).toMatchObject({ elapsedMs: longestStepMs, soakedMs: longestStepMs });
    // While devices wait for a window that will open the deadline does not run.
    expect(at({ waiting: 1 }, 1_000, 5_000)).toMatchObject({ elapsedMs: 0, soakedMs: 5_000 });
    expect(at({ waiting: 0 }, 5_000)).toMatchObject({ elapsedMs: 5_000 });
    expect(at({ failing: 2 }, 5_000)).toMatchObject({ elapsedMs: 5_000, soakedMs: 0 });
    expect(at({ failing: 2, failed: 2 }, 5_000)).toMatchObject({ elapsedMs: 5_000, soakedMs: 0 });
    expect(at({ devices: 0, given: 0, reported: 0 }, 5_000)).toMatchObject({ soakedMs: 5_000 });
    // While one waits for a window that will open, the deadline does not run.
    expect(at({ given: 0, reported: 0, waiting: 1 }, 5_000)).toMatchObject({ elapsedMs: 0, soakedMs: 0 });
    expect(at({ given: 0, reported: 0, waiting: 0 }, 5_000)).toMatchObject({ elapsedMs: 5_000 });
  });

  test("says why it was not found good, in days or minutes", () => {
    const late = (counts: Partial<WaveCounts>, deadlineMs: number) => {
      const verdict = judgeWave(
        { ...rules, deadlineMs },
        { ...good, ...counts },
        { soakedMs: 0, elapsedMs: deadlineMs },
      );
      return verdict.type === "pause" ? verdict.reason : undefined;
    };
    expect(late({ given: 8 }, 2 * 86_400_000)).toBe(
      "not found good within 2 d: 10 of 10 reported, 0 offline, 2 not given it",
    );
    expect(late({ failing: 3, reason: "no" }, 90_000)).toBe(
      "not found good within 2 min: 10 of 10 reported, 0 offline, 0 not given it, 3 failing; first: no",
    );
    expect(late({ failing: 3 }, 86_400_000)).toMatch(/, 3 failing$/);
  });
});
