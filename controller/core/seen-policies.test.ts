import { expect, test } from "vitest";
import type { Compiled, CompiledPolicy } from "./compiled.ts";
import { desiredOf } from "./desired.ts";
import { versionOf } from "./policy-version.ts";
import { layerAt, positionOf, type Rollout, type Version, whole } from "./rollout.ts";
import { arrive, beginWave, settled } from "./rollout-layers.ts";
import { syncRollouts } from "./rollout-sync.ts";
import { allVersions, olderHolds, policiesSeen, wavesOf, withRollouts } from "./seen-policies.ts";
import { ipad, nobody, policy, set } from "./test-policies.ts";

const daily = { type: "allow", days: ["Mon"], from: "01:00", to: "02:00", timeZone: "UTC" } as const;

/** What comes of policy sets, one after the other, before any wave has begun. */
function after(...sets: readonly Compiled[]): Map<string, Rollout> {
  const known = new Map<string, Rollout>();
  for (const [at, compiled] of sets.entries()) {
    const { put, drop } = syncRollouts(known, { compiled, before: sets[at - 1], first: at === 0, at });
    for (const name of drop) known.delete(name);
    for (const one of put) known.set(one.policy, one);
    // The first set is there already.
    if (at === 0)
      for (const [name, one] of known) known.set(name, { ...one, layers: one.layers.slice(0, 1) });
  }
  return known;
}

function given(compiled: Compiled, rollouts: Iterable<Rollout>, device: string): readonly string[] {
  const over = withRollouts(compiled, [...rollouts]);
  const subject = { facts: ipad, named: [], waves: wavesOf(over, device) };
  const { items, conflicts } = desiredOf(over, subject, undefined, 0);
  expect(conflicts).toEqual([]);
  return items.map((item) => item.digest);
}

const [early = "", late = ""] = ["p", "q"].map(
  (seed) =>
    Array.from({ length: 50 }, (_, n) => `d${n}`).filter(
      (id) => positionOf(seed, id) < whole / 2 && positionOf(seed === "p" ? "q" : "p", id) >= whole / 2,
    )[0],
);

test("one item of two policies stays in its older content until both let the newer one come", () => {
  const before = set("1", [policy("p", ["wifi:1", "a:1"]), policy("q", ["wifi:1"])]);
  const next = set("2", [policy("p", ["wifi:2", "a:2"]), policy("q", ["wifi:2"])]);
  const known = after(set("0", before.policies), before, next);
  const wave = (name: string, share: number) => {
    const one = known.get(name);
    if (one !== undefined) known.set(name, beginWave(one, share, share * whole, 9));
  };
  const all = () => known.values();
  expect(given(next, all(), early)).toEqual(["a1", "wifi1"]);
  wave("p", 0.5);
  // Its wave of p has begun, that of q has not.
  expect(given(next, all(), early)).toEqual(["a2", "wifi1"]);
  expect(given(next, all(), late)).toEqual(["a1", "wifi1"]);
  wave("q", 1);
  expect(given(next, all(), early)).toEqual(["a2", "wifi2"]);
  expect(given(next, all(), late)).toEqual(["a1", "wifi1"]);
  wave("p", 1);
  expect(given(next, all(), late)).toEqual(["a2", "wifi2"]);
});

test("who waits keeps what he has when the group of a policy is renamed with it, and when the policy is", () => {
  const grouped = (name: string, items: readonly string[], group: string, more = {}) =>
    policy(name, items, { target: { ...nobody, groups: [group] }, ...more });
  const before = set("1", [grouped("p", ["a:1"], "ipads")], ["ipads"]);
  const next = set("2", [grouped("p", ["a:2"], "tablets")], ["tablets"]);
  expect(given(next, after(before, before, next).values(), late)).toEqual(["a1"]);

  const renamed = set("3", [grouped("pp", ["a:2"], "ipads", { formerly: ["p"] })], ["ipads"]);
  const known = after(before, before, renamed);
  expect([...known.keys()]).toEqual(["pp"]);
  expect(known.get("pp")).toMatchObject({ seed: "p", status: "progressing" });
  expect(given(renamed, known.values(), late)).toEqual(["a1"]);
});

test("a policy without waves goes to all at once, one that loses them too, and nobody gets ahead by mistake", () => {
  const plain = (item: string) => set(item, [policy("p", [item], {}, false)]);
  expect(given(plain("a:2"), after(plain("a:1"), plain("a:2")).values(), late)).toEqual(["a2"]);

  const waved = (item: string) => set(item, [policy("p", [item])]);
  const under = after(waved("a:1"), waved("a:1"), waved("a:2"));
  expect(given(waved("a:2"), under.values(), late)).toEqual(["a1"]);
  const ended = syncRollouts(under, { compiled: plain("a:2"), before: waved("a:2"), first: false, at: 9 });
  expect(ended).toMatchObject({ put: [], drop: ["p"], events: [{ type: "rollout.ended", policy: "p" }] });

  // One that only now declares waves has what was in force as its base; a new one has nothing.
  const first = after(plain("a:1"), waved("a:2"));
  expect(given(waved("a:2"), first.values(), late)).toEqual(["a1"]);
  const fresh = after(plain("a:1"), set("n", [policy("p", ["a:1"], {}, false), policy("q", ["b:1"])]));
  expect(fresh.get("q")?.layers.map((one) => one.policy === "nothing")).toEqual([false, true]);

  const over = withRollouts(waved("a:2"), [...under.values()]);
  expect(desiredOf(over, { facts: ipad, named: [] }, undefined, 0).items[0]?.digest).toBe("a1");

  // What was in force cannot be read any more: nobody is taken anything away, all get what is declared.
  const lost = syncRollouts(new Map(), { compiled: waved("a:2"), before: undefined, first: false, at: 9 });
  expect(lost.put).toMatchObject([{ status: "complete", layers: [{ below: whole }] }]);
});

test("of a version that nobody can read devices keep what they have, and nothing goes on without a person", () => {
  const kept = settled("p", policy("p", ["a:1"]), { revision: "1", at: 0 });
  const [layer] = kept.layers;
  if (layer === undefined) throw new Error("it has a layer");
  const layers = [{ ...layer, version: "unreadable", policy: "kept" as const }];
  const rollout: Rollout = { ...kept, layers, status: "paused", reason: "cannot be read" };
  const compiled = set("2", [policy("p", ["a:2"])]);
  const now = arrive(rollout, { policy: policy("p", ["a:2"]), revision: "2", at: 1 });
  expect(now).toMatchObject({ status: "paused", reason: "cannot be read", layers: [{ below: 0 }, {}] });
  expect(given(compiled, [now], late)).toEqual([]);
  expect(layerAt(now.layers, positionOf("p", late))).toBe(1);
});

/** The rollout of a policy of which each older version is in force for the second half of all places. */
function stacked(newest: CompiledPolicy, ...older: readonly Version[]): Rollout {
  const layer = (version: Version, below: number) => ({
    below,
    share: 1,
    version: typeof version === "string" ? version : versionOf(version),
    policy: version,
    revision: "r",
    since: below,
  });
  const layers = [newest, ...older].map((one, at, { length }) => layer(one, ((at + 1) / length) * whole));
  const base = settled(newest.name, undefined, { revision: "r", at: 0 });
  return { ...base, layers };
}

const namesOf = (policies: readonly CompiledPolicy[]) => policies.map(({ name }) => name);
const contentOf = ([policy]: readonly CompiledPolicy[]) => policy?.uses[0]?.forms.apple?.digest;

test("only rollouts under way tell devices apart, in the order of the policies' names, and only of policies that there are", () => {
  const [p, q, r] = ["p", "q", "r"].map((name) => policy(name, ["a:2"])) as [
    CompiledPolicy,
    CompiledPolicy,
    CompiledPolicy,
  ];
  const compiled = set("2", [p, q, r]);
  const done = settled("q", q, { revision: "2", at: 0 });
  expect(withRollouts(compiled, [done])).toBe(compiled);
  expect(withRollouts(compiled, [stacked(policy("gone", ["a:2"]), "nothing")])).toBe(compiled);
  const open = [r, p, q].map((one) => stacked(one, "nothing"));
  expect(withRollouts(compiled, open).rollouts?.map((one) => one.policy)).toEqual(["p", "q", "r"]);
  expect(wavesOf(withRollouts(compiled, open), "d1")).toMatch(/^[01]\.[01]\.[01]$/);
  expect(wavesOf(compiled, "d1")).toBeUndefined();
  // A version that nobody can read holds devices back also where it is the only one.
  const kept = { ...done, layers: done.layers.map((layer) => ({ ...layer, policy: "kept" as const })) };
  expect(withRollouts(compiled, [kept, ...open.slice(0, 1)]).rollouts).toHaveLength(2);
  expect(policiesSeen(withRollouts(compiled, [kept]), "0")).toMatchObject({
    unreadable: "q",
    policies: [p, r],
  });
  const lying = stacked(q, "kept");
  expect(policiesSeen(withRollouts(compiled, [lying]), "0")).not.toHaveProperty("unreadable");
  expect(policiesSeen(withRollouts(compiled, [lying]), "1").unreadable).toBe("q");
});

test("whose waves are not told sees the oldest version, whoever was asked for before", () => {
  const compiled = withRollouts(set("2", [policy("p", ["a:2"]), policy("q", ["b:2"])]), [
    stacked(policy("p", ["a:2"]), policy("p", ["a:1"])),
    stacked(policy("q", ["b:2"]), policy("q", ["b:1"]), policy("q", ["b:0"])),
  ]);
  const sees = (waves: string | undefined) =>
    policiesSeen(compiled, waves).policies.map((one) => contentOf([one]));
  expect(sees("0.0")).toEqual(["a2", "b2"]);
  expect(sees("0.1")).toEqual(["a2", "b1"]);
  for (const waves of [undefined, "", "."]) expect(sees(waves)).toEqual(["a1", "b0"]);
  expect([sees("0"), sees(".0"), sees("7.7"), sees("x.1")]).toEqual([
    ["a2", "b0"],
    ["a1", "b2"],
    ["a1", "b0"],
    ["a1", "b1"],
  ]);
  // Devices that are alike get the same object.
  expect(policiesSeen(compiled, "0.1")).toBe(policiesSeen(compiled, "0.1"));
});

test("the newest version is that of the set in force, unless it was prepared for the next one", () => {
  const windows = [{ ...daily, gates: ["disruptive" as const] }];
  const moved = policy("p", ["a:2"], { origin: { file: "q.yaml", line: 9, column: 1 }, windows });
  const now = withRollouts(set("2", [moved]), [stacked(policy("p", ["a:2"]), "nothing")]);
  expect(policiesSeen(now, "0").policies[0]).toBe(moved);
  expect(policiesSeen(now, "0").older.size).toBe(0);
  expect(policiesSeen(now, "1").policies).toEqual([]);
  const early = withRollouts(set("1", [policy("p", ["a:1"])]), [
    stacked(policy("p", ["a:2"]), policy("p", ["a:1"])),
  ]);
  expect(contentOf(policiesSeen(early, "0").policies)).toBe("a2");
});

test("an older version has the windows of the newest, and its own priority; who waits longest is told since when", () => {
  const windows = [{ ...daily, gates: ["disruptive" as const] }];
  const [first, plain] = [
    policy("p", ["a:1"], { windows, priority: 1 }),
    policy("p", ["a:2"], { priority: 500 }),
  ];
  const others = ["a", "z"].map((name) => policy(name, ["b:1"], {}, false));
  const open = (newest: CompiledPolicy, older: CompiledPolicy) =>
    policiesSeen(withRollouts(set("2", [newest, ...others]), [stacked(newest, older)]), "1");
  const old = open(plain, first);
  expect(namesOf(old.policies)).toEqual(["a", "z", "p"]);
  expect(old.policies.at(-1)).not.toHaveProperty("windows");
  expect([...old.older.values()]).toMatchObject([{ revision: "r", since: whole }]);
  const same = { ...plain, priority: 100 };
  expect(open({ ...same, windows }, same).policies.find(({ name }) => name === "p")?.windows).toBe(windows);
  // At one priority the name decides.
  expect(namesOf(open(plain, same).policies)).toEqual(["a", "p", "z"]);
});

test("who waits keeps what he has when one of the groups that his version names or leaves out is declared no more", () => {
  const target = { ...nobody, groups: ["ipads"] };
  const but = (group: string) => ({ ...nobody, all: true, exclude: { ...nobody, groups: [group] } });
  const seen = (older: CompiledPolicy["target"], groups: readonly string[]) => {
    const newest = policy("p", ["a:2"], { target: { ...nobody, groups: ["tablets"] } });
    const rollout = stacked(newest, policy("p", ["a:1"], { target: older }));
    return policiesSeen(withRollouts(set("2", [newest], groups), [rollout]), "1").policies[0]?.target;
  };
  expect(seen(target, ["ipads", "tablets"])).toEqual(target);
  expect(seen(target, ["tablets"])).toMatchObject({ groups: ["tablets"] });
  expect(seen({ ...target, groups: ["ipads", "gone"] }, ["ipads", "tablets"])).toMatchObject({
    groups: ["tablets"],
  });
  expect(seen(but("kiosks"), ["kiosks", "tablets"])).toEqual(but("kiosks"));
  expect(seen(but("kiosks"), ["tablets"])).toMatchObject({ groups: ["tablets"] });
});

test("of an item that several policies hold back the content that is there longest stays", () => {
  const held = (name: string, item: string, since: number) => {
    const one = policy(name, [item, "own:1"]);
    return [one, { below: 0, share: 0, version: "v", policy: one, revision: "r", since }] as const;
  };
  const wifi = (policies: readonly CompiledPolicy[]) => policies.map((one) => contentOf([one]));
  const newest = policy("n", ["wifi:9"]);
  const [young, old] = [held("a", "wifi:2", 20), held("b", "wifi:1", 10)];
  for (const both of [
    [young, old],
    [old, young],
  ])
    expect(wifi(olderHolds([newest, young[0], old[0]], new Map(both)))).toEqual(["wifi1", "wifi1", "wifi1"]);
  for (const both of [
    [old, young],
    [young, old],
  ]) {
    const policies = both.map(([one]) => one);
    expect(wifi(olderHolds([newest, ...policies], new Map(both)))).toEqual(["wifi1", "wifi1", "wifi1"]);
  }
  // Of two that came at once the policy that goes first decides.
  const twins = [held("a", "wifi:2", 10), old] as const;
  expect(wifi(olderHolds([newest, twins[0][0], old[0]], new Map(twins)))[0]).toBe("wifi2");
  // Who is not held back is as it was, and so is a policy in which nothing changes.
  const policies = [newest, policy("other", ["b:1"])];
  expect(olderHolds(policies, new Map([old]))).toBe(policies);
  const [changed, same, itself] = olderHolds([newest, policies[1] ?? newest, old[0]], new Map([old]));
  expect([changed === newest, same === policies[1], itself === old[0]]).toEqual([false, true, true]);
  const equal = policy("n", ["wifi:1"]);
  expect(olderHolds([equal, old[0]], new Map([old]))[0]).toBe(equal);
});

test("all versions that some device may see are those of the set and the older ones that can be read", () => {
  const [newest, older] = [policy("p", ["a:2"]), policy("p", ["a:1"])];
  const compiled = set("2", [newest]);
  expect(allVersions(compiled)).toEqual([newest]);
  expect(allVersions(withRollouts(compiled, [stacked(newest, older, "nothing")]))).toEqual([newest, older]);
});
