import { expect, test } from "vitest";
import type { CompiledPolicy } from "./compiled.ts";
import { givenBack } from "./given-back.ts";
import { type RolloutLayer, type Version, whole } from "./rollout.ts";
import { policy, set } from "./test-policies.ts";

const newest = policy("p", ["wifi:3"]);
const compiled = set("r3", [policy("q", ["wifi:3"]), newest]);

/** Versions of `p` with the share of places that see them, the newest first. */
function rollout(...layers: readonly (readonly [number, Version])[]) {
  return {
    policy: "p",
    seed: "p",
    layers: layers.map(
      ([share, one], index): RolloutLayer => ({
        below: share * whole,
        share,
        version: `v${index}`,
        policy: one,
        revision: "r",
        since: 10 - index,
      }),
    ),
  };
}

/** Of each policy the digests of its items. */
function said(policies: readonly CompiledPolicy[]) {
  return Object.fromEntries(
    policies.map(({ name, uses }) => [name, uses.map(({ forms }) => forms.apple?.digest)]),
  );
}

const older = (number: number) => policy("p", [`wifi:${number}`]);

test.each<[string, ReturnType<typeof rollout>, readonly unknown[]]>([
  ["nobody has the newest", rollout([0, newest], [1, older(1)]), []],
  ["there is no version", rollout(), []],
  ["all have the only one", rollout([1, newest]), []],
  ["a version is under it", rollout([0.1, newest], [1, older(1)]), [{ q: ["wifi1"], p: ["wifi1"] }]],
  [
    "it has reached a single place",
    rollout([1 / whole, newest], [1, older(1)]),
    [{ q: ["wifi1"], p: ["wifi1"] }],
  ],
  ["nothing was there before", rollout([0.1, newest], [1, "nothing"]), [{ q: ["wifi3"] }]],
  ["nobody can read what was there", rollout([0.1, newest], [1, "kept"]), []],
  [
    "places below it see the next one alone",
    rollout([0.1, newest], [0.5, older(2)], [1, older(1)]),
    [{ q: ["wifi2"], p: ["wifi2"] }],
  ],
  [
    "it reaches as far as the next one",
    rollout([0.5, newest], [0.5, older(2)], [1, older(1)]),
    [{ q: ["wifi2"], p: ["wifi2"] }],
  ],
  [
    "it reaches further than the next one",
    rollout([0.6, newest], [0.5, older(2)], [1, older(1)]),
    [
      { q: ["wifi2"], p: ["wifi2"] },
      { q: ["wifi1"], p: ["wifi1"] },
    ],
  ],
  [
    "nobody sees the next one",
    rollout([0.1, newest], [0, older(2)], [0, older(1)]),
    [{ q: ["wifi1"], p: ["wifi1"] }],
  ],
])("what an abort gives back when %s", (_name, stands, expected) => {
  const found = givenBack(compiled, stands);
  expect(found.map(({ after }) => said(after.policies))).toEqual(expected);
  for (const { before } of found) expect(said(before.policies)).toEqual({ q: ["wifi3"], p: ["wifi3"] });
});

test("a version that failed is left by those that have it, and nobody returns to it", () => {
  const stands = rollout([0.1, newest], [0.5, older(2)], [0.7, older(4)], [1, older(1)]);
  const layers = stands.layers.map((layer, at) => (at === 1 ? { ...layer, failed: "hot" } : layer));
  const found = givenBack(compiled, { ...stands, layers });
  expect(
    found.map(({ index, before, after }) => [index, said(before.policies).p, said(after.policies).p]),
  ).toEqual([
    [0, ["wifi3"], ["wifi4"]],
    [1, ["wifi2"], ["wifi4"]],
  ]);
  // What all had before is returned to, whatever became of it.
  const [top, base] = rollout([0.1, newest], [1, older(1)]).layers;
  if (top === undefined || base === undefined) throw new Error("there are two");
  const last = givenBack(compiled, { ...stands, layers: [top, { ...base, failed: "hot" }] });
  expect(last.map(({ after }) => said(after.policies).p)).toEqual([["wifi1"]]);
});

test("a target that was written down says the same as one that was not", () => {
  const { exclude: _none, ...target } = newest.target;
  const [change] = givenBack(compiled, rollout([0.1, newest], [1, { ...newest, target } as CompiledPolicy]));
  expect(change?.after.policies.find(({ name }) => name === "p")?.target).toStrictEqual(newest.target);
});

test("what devices have is what the rollout says, also where a newer one than the declared is known", () => {
  const [change] = givenBack(compiled, rollout([0.1, older(4)], [1, older(1)]));
  expect(said(change?.before.policies ?? []).p).toEqual(["wifi4"]);
});
