import { expect, test } from "vitest";
import { versionOf } from "./policy-version.ts";
import { layerAt, type Rollout, whole } from "./rollout.ts";
import { abort, beginWave, complete, fail, pause, resume, settled } from "./rollout-layers.ts";
import { commit, version } from "./test-waves.ts";

const old = settled("p", version(1), { revision: "r1", at: 1 });
const come = commit(old, 2, 2);
const tenth = beginWave(come, 0.1, 100, 3);

/** Of each version, the newest first: its number, the share it was to reach and the place below which it is seen. */
const stack = ({ layers }: Rollout) =>
  layers.map(({ version, share, below }) => [numberOf(version), share, below]);
const numberOf = (text: string) => [1, 2, 3, 4].find((number) => versionOf(version(number)) === text) ?? text;
const watched = (rollout: Rollout): Rollout => ({ ...rollout, elapsedMs: 7, soakedMs: 5, countedAt: 8 });
const anew = { elapsedMs: 0, soakedMs: 0 };

test("what all devices have is one version for all of them, or nothing", () => {
  expect(stack(old)).toEqual([[1, 1, whole]]);
  expect(old).toMatchObject({ policy: "p", seed: "p", status: "complete", by: "reeve", since: 1, ...anew });
  const none = settled("p", undefined, { revision: "r1", at: 1 });
  expect(none.layers).toMatchObject([
    { version: "nothing", policy: "nothing", below: whole, revision: "r1" },
  ]);
});

test("a version that comes begins with nobody, and takes the place of one that nobody has", () => {
  expect(stack(come)).toEqual([
    [2, 0, 0],
    [1, 1, whole],
  ]);
  expect(come).toMatchObject({ status: "progressing", layers: [{ revision: "r2", since: 2 }, {}] });
  expect(stack(commit(come, 3, 3))).toEqual([
    [3, 0, 0],
    [1, 1, whole],
  ]);
  expect(stack(commit(tenth, 3, 4))).toEqual([
    [3, 0, 0],
    [2, 0.1, 100],
    [1, 1, whole],
  ]);
  expect(stack(commit(abort(tenth, "hot", "ada", 4), 3, 5))).toEqual([
    [3, 0, 0],
    [1, 1, whole],
  ]);
  // Its only version is whatever stands there: nobody gets the one that comes before its wave.
  const torn = { ...old, layers: old.layers.map((layer) => ({ ...layer, below: 0 })) };
  expect([0, whole - 1].map((place) => layerAt(commit(torn, 2, 2).layers, place))).toEqual([1, 1]);
});

test("a commit that goes back two versions leaves the rest of the rollout under way, one to the base ends it", () => {
  const two = beginWave(commit(tenth, 3, 4), 0.1, 50, 5);
  expect(stack(two)).toEqual([
    [3, 0.1, 50],
    [2, 0.1, 100],
    [1, 1, whole],
  ]);
  const back = commit(pause(watched(two), "hot", "reeve", 6), 2, 7);
  expect(stack(back)).toEqual([
    [2, 0.1, 100],
    [1, 1, whole],
  ]);
  const fresh = { by: "reeve", reason: undefined, since: 7, countedAt: 7, judgedFrom: 7, ...anew };
  expect(back).toMatchObject({ status: "progressing", ...fresh });
  const ended = commit(two, 1, 7);
  expect([stack(ended), ended.status]).toEqual([[[1, 1, whole]], "complete"]);
});

test("a pause of reeve's own ends with the next version, a person's stays whatever comes until all have one version", () => {
  const byReeve = pause(watched(tenth), "hot", "reeve", 4);
  expect(commit(byReeve, 3, 5)).toMatchObject({ status: "progressing", by: "reeve", since: 5, ...anew });
  const byAda = pause(watched(tenth), "hot", "ada", 4);
  const paused = { status: "paused", reason: "hot", by: "ada", since: 4 };
  const newer = commit(byAda, 3, 5);
  expect([newer, stack(newer)]).toMatchObject([
    { ...paused, layers: [{ since: 5 }, {}, {}] },
    [
      [3, 0, 0],
      [2, 0.1, 100],
      [1, 1, whole],
    ],
  ]);
  expect(resume(newer, "bob", 6)).toMatchObject({ status: "progressing", judgedFrom: 6, ...anew });
  // Back to the version before, and to the one that all have.
  const back = commit(newer, 2, 6);
  expect([back, stack(back)]).toMatchObject([paused, stack(tenth)]);
  expect(commit(newer, 1, 6)).toMatchObject({ status: "complete", by: "reeve", since: 6 });
  expect(commit(abort(tenth, "hot", "ada", 4), 3, 5)).toMatchObject({ status: "progressing", by: "reeve" });
});

test("a wave is watched anew; what was reported since the first began stays evidence, and it takes nothing from anybody", () => {
  expect(tenth).toMatchObject({ judgedFrom: 3, countedAt: 3, ...anew });
  expect(stack(tenth)).toEqual([
    [2, 0.1, 100],
    [1, 1, whole],
  ]);
  const half = beginWave(watched(tenth), 0.5, 90.5, 9);
  expect(half).toMatchObject({ judgedFrom: 3, countedAt: 9, ...anew });
  expect(stack(half)).toEqual([
    [2, 0.5, 100],
    [1, 1, whole],
  ]);
  expect(stack(beginWave(half, 0.9, 200.5, 10))[0]).toEqual([2, 0.9, 200]);
  expect(stack(beginWave(half, 1, 200, 10))[0]).toEqual([2, 1, whole]);
  // There is nothing to reach anybody.
  expect([beginWave(old, 0.1, 100, 3), abort(old, "hot", "ada", 3)]).toEqual([old, old]);
  const empty = { ...old, layers: [] };
  expect([beginWave(empty, 0.1, 100, 3), abort(empty, "hot", "ada", 3)]).toEqual([empty, empty]);
});

test("complete, paused, aborted and resumed, it says so, who did it and why, and where devices stand", () => {
  const all = beginWave(tenth, 1, whole, 9);
  expect([stack(complete(all, 10)), complete(watched(all), 10)]).toMatchObject([
    [[2, 1, whole]],
    { status: "complete", by: "reeve", since: 10, ...anew },
  ]);
  const paused = pause(watched(tenth), "hot", "ada", 10);
  expect([stack(paused), paused]).toMatchObject([
    stack(tenth),
    { status: "paused", reason: "hot", by: "ada", since: 10, elapsedMs: 7, soakedMs: 5, judgedFrom: 3 },
  ]);
  const aborted = abort(tenth, "hot", "ada", 10);
  expect(stack(aborted)).toEqual([
    [2, 0, 0],
    [1, 1, whole],
  ]);
  expect(aborted).toMatchObject({ status: "aborted", reason: "hot", by: "ada", since: 10 });
  const resumed = resume(paused, "bob", 11);
  expect([stack(resumed), resumed]).toMatchObject([
    stack(tenth),
    { status: "progressing", by: "bob", since: 11, countedAt: 11, judgedFrom: 11, ...anew },
  ]);
  expect(resumed.reason).toBeUndefined();
});

test("of a version that failed it is remembered until it is tried again, and an abort of a newer one leaves it", () => {
  const failed = fail(watched(tenth), "2 of 3", 4);
  expect([failed, stack(failed)]).toMatchObject([
    { status: "paused", reason: "2 of 3", by: "reeve", since: 4, elapsedMs: 7, soakedMs: 5, judgedFrom: 3 },
    stack(tenth),
  ]);
  const marks = ({ layers }: Rollout) => layers.map((layer) => layer.failed);
  const newer = beginWave(commit(failed, 3, 5), 0.1, 50, 6);
  expect([marks(failed), marks(newer)]).toEqual([
    ["2 of 3", undefined],
    [undefined, "2 of 3", undefined],
  ]);
  const aborted = abort(newer, "worse", "ada", 7);
  expect([aborted.status, stack(aborted)]).toEqual([
    "aborted",
    [
      [3, 0, 0],
      [1, 1, whole],
    ],
  ]);
  // Whoever is resumed is no failure before it fails again; what lies under it stays one.
  expect(marks(resume(failed, "ada", 5))).toEqual([undefined, undefined]);
  // Committed again, it waits for a person: it failed before.
  const again = commit(newer, 2, 7);
  expect([marks(again), stack(again)]).toEqual([["2 of 3", undefined], stack(failed)]);
  expect(again).toMatchObject({ status: "paused", by: "reeve", reason: "2 of 3", since: 7 });
  expect(commit(again, 2, 8)).toBe(again);
  expect(commit(again, 1, 8)).toMatchObject({ status: "complete", reason: undefined });
  const paused = pause(newer, "wait", "ada", 6);
  expect([marks(commit(paused, 2, 7)), commit(paused, 2, 7).by]).toEqual([["2 of 3", undefined], "ada"]);
  expect(marks(resume(newer, "ada", 7))).toEqual([undefined, "2 of 3", undefined]);
  expect(
    stack(abort(beginWave(commit(resume(failed, "ada", 5), 3, 6), 0.1, 50, 7), "hot", "ada", 8)),
  ).toEqual([
    [3, 0, 0],
    [2, 0.1, 100],
    [1, 1, whole],
  ]);
  // What all had before is never left.
  const [top, base] = tenth.layers;
  if (top === undefined || base === undefined) throw new Error("there are two");
  const bad = { ...tenth, layers: [top, { ...base, failed: "old" }] };
  expect(stack(abort(bad, "hot", "ada", 8))).toEqual([
    [2, 0, 0],
    [1, 1, whole],
  ]);
  const empty = { ...old, layers: [] };
  expect([fail(empty, "no", 4).layers, resume(empty, "ada", 4).layers]).toEqual([[], []]);
});

test("a version that comes upon one that nobody can read waits for a person, wherever that one lies", () => {
  const layers = old.layers.map((layer) => ({ ...layer, version: "?", policy: "kept" as const }));
  const unread: Rollout = { ...old, layers, status: "paused", reason: "cannot be read" };
  const waits = { status: "paused", reason: "cannot be read" };
  expect(commit(unread, 2, 2)).toMatchObject(waits);
  const begun = beginWave(resume(commit(unread, 2, 2), "ada", 3), 0.1, 100, 4);
  expect(commit(pause(begun, "cannot be read", "reeve", 5), 3, 6)).toMatchObject(waits);
});
