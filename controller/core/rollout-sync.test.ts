import { expect, test } from "vitest";
import type { Compiled, CompiledPolicy } from "./compiled.ts";
import { versionOf } from "./policy-version.ts";
import { type Rollout, whole } from "./rollout.ts";
import { abort, beginWave, fail, pause } from "./rollout-layers.ts";
import { type RolloutChanges, syncRollouts } from "./rollout-sync.ts";
import { policy, set } from "./test-policies.ts";

/** Commits, one after the other, and what stands of rollouts after them. */
class Repository {
  readonly known = new Map<string, Rollout>();
  before: Compiled | undefined;
  at = 0;

  commit(...policies: readonly CompiledPolicy[]): RolloutChanges {
    this.at += 1;
    const compiled = set(`r${this.at}`, policies);
    const coming = { compiled, before: this.before, first: this.before === undefined, at: this.at };
    const changes = syncRollouts(this.known, coming);
    for (const name of changes.drop) this.known.delete(name);
    for (const one of changes.put) this.known.set(one.policy, one);
    // Whoever asks again, of this set or after it, is told nothing.
    const again = { ...coming, at: this.at + 100 };
    expect(syncRollouts(this.known, again)).toEqual({ put: [], drop: [], events: [] });
    this.before = compiled;
    return changes;
  }

  /** Takes a policy's rollout on by hand. */
  change(name: string, to: (rollout: Rollout) => Rollout): void {
    const one = this.known.get(name);
    if (one === undefined) throw new Error(`no rollout of ${name}`);
    this.known.set(name, to(one));
  }
}

const p = (number: number, more: Partial<CompiledPolicy> = {}) => policy("p", [`a:${number}`], more);
const plain = (number: number) => policy("p", [`a:${number}`], {}, false);
const short = (one: CompiledPolicy) => versionOf(one).slice(0, 12);
const half = (rollout: Rollout) => beginWave(rollout, 0.5, whole / 2, 9);
/** Of each version, the newest first: the profile's content, the revision and since when. */
const stack = (rollout: Rollout | undefined) =>
  rollout?.layers.map(({ policy, revision, since }) => [
    typeof policy === "string" ? policy : policy.uses[0]?.forms.apple?.digest,
    revision,
    since,
  ]);

test("in an empty installation all is new: nobody has any of it before the first wave", () => {
  const house = new Repository();
  expect(house.commit(p(1)).events).toEqual([
    {
      type: "rollout.started",
      policy: "p",
      message: `version ${short(p(1))} reaches its devices in waves`,
    },
  ]);
  expect(stack(house.known.get("p"))).toEqual([
    ["a1", "r1", 1],
    ["nothing", "r1", 1],
  ]);
});

test("a policy that now declares waves has what was in force as its base, with the revision that it came with", () => {
  const house = new Repository();
  house.commit(plain(1), policy("z", ["z:1"], {}, false));
  expect(house.known.size).toBe(0);
  expect(house.commit(p(2), policy("z", ["z:1"], {}, false)).events).toHaveLength(1);
  expect(stack(house.known.get("p"))).toEqual([
    ["a2", "r2", 2],
    ["a1", "r1", 2],
  ]);
  // Waves alone are no change of what devices have.
  const same = new Repository();
  same.commit(plain(1));
  expect(same.commit(p(1))).toMatchObject({ put: [{ status: "complete" }], events: [] });
  expect(stack(same.known.get("p"))).toEqual([["a1", "r2", 2]]);
});

test("what was in force and cannot be read any more is taken from nobody: what is declared is its base", () => {
  const coming = { compiled: set("r2", [p(2)]), before: undefined, first: false, at: 2 };
  const { put, events } = syncRollouts(new Map(), coming);
  expect([put.map(stack), events]).toEqual([[[["a2", "r2", 2]]], []]);
});

test("a version that is new starts, one that lies under it is gone back to, and both are told", () => {
  const house = new Repository();
  house.commit(plain(1));
  house.commit(p(1));
  expect(house.commit(p(2)).events).toMatchObject([{ type: "rollout.started" }]);
  house.change("p", half);
  expect(house.commit(p(1)).events).toEqual([
    {
      type: "rollout.reverted",
      policy: "p",
      message: `all its devices go back to version ${short(p(1))} at once`,
    },
  ]);
  expect(stack(house.known.get("p"))).toEqual([["a1", "r2", 2]]);
  // One that a person has paused stays so, and what waits for him is told.
  house.commit(p(4));
  house.change("p", (one) => pause(half(one), "hot", "ada", 9));
  expect(house.commit(p(5)).events).toEqual([
    {
      type: "rollout.started",
      policy: "p",
      message: `version ${short(p(5))} reaches its devices in waves, when a person resumes the rollout that ada has paused`,
    },
  ]);
  house.commit(p(1));
  // Upon one that was taken back from all comes the next.
  house.commit(p(2));
  house.change("p", (one) => abort(half(one), "hot", "ada", 9));
  expect(house.commit(p(3)).events).toMatchObject([{ type: "rollout.started" }]);
});

test("a policy that goes, or whose waves go, is dropped; that is told where devices stood apart", () => {
  const ended = {
    type: "rollout.ended",
    policy: "p",
    message: "the policy declares no waves any more: all its devices are given what is in force",
  };
  for (const later of [[], [plain(2)], [policy("other", ["a:2"])]]) {
    const house = new Repository();
    house.commit(plain(1));
    house.commit(p(2));
    const { drop, events } = house.commit(...later);
    expect([drop, events.filter(({ policy: name }) => name === "p")]).toEqual([["p"], [ended]]);
  }
  const quiet = new Repository();
  quiet.commit(plain(1));
  quiet.commit(p(1));
  expect(quiet.commit()).toEqual({ put: [], drop: ["p"], events: [] });
  // One of two stays as it is.
  const two = new Repository();
  two.commit(plain(1), policy("q", ["b:1"], {}, false));
  two.commit(p(1), policy("q", ["b:2"]));
  expect(two.commit(p(1))).toMatchObject({ put: [], drop: ["q"], events: [{ policy: "q" }] });
});

test("a renamed policy keeps its rollout and its order of devices, and is told as nothing new", () => {
  const renamed = (number: number) => policy("pp", [`a:${number}`], { formerly: ["p"] });
  const house = new Repository();
  house.commit(plain(1));
  house.commit(p(2));
  house.change("p", half);
  const before = house.known.get("p");
  const changes = house.commit(renamed(2));
  // Nothing but a name is new: its wave goes on.
  expect([changes.drop, changes.events]).toEqual([["p"], []]);
  expect(house.known.get("pp")).toMatchObject({ policy: "pp", seed: "p", status: "progressing", since: 2 });
  expect(stack(house.known.get("pp"))).toEqual(stack(before));
  expect(house.known.get("pp")?.layers.map(({ below, share }) => [below, share])).toEqual(
    before?.layers.map(({ below, share }) => [below, share]),
  );
  // What waits has the older version under the new name.
  expect(house.known.get("pp")?.layers.map(({ policy }) => (policy as CompiledPolicy).name)).toEqual([
    "pp",
    "pp",
  ]);
  const fresh = new Repository();
  fresh.commit(p(2));
  fresh.commit(renamed(2));
  expect(stack(fresh.known.get("pp"))?.[1]).toEqual(["nothing", "r1", 1]);
  // With another version in the same commit that one begins, upon those that there are.
  const both = new Repository();
  both.commit(plain(1));
  both.commit(p(2));
  both.change("p", half);
  expect(both.commit(renamed(3)).events).toMatchObject([{ type: "rollout.started", policy: "pp" }]);
  expect(stack(both.known.get("pp"))?.slice(1)).toEqual(stack(before));
  // One whose waves are declared with its new name: its base and its order are those of the old one.
  const late = new Repository();
  late.commit(policy("p", ["a:1"], {}, false));
  late.commit(renamed(2));
  expect(late.known.get("pp")).toMatchObject({ policy: "pp", seed: "p" });
  expect(stack(late.known.get("pp"))).toEqual([
    ["a2", "r2", 2],
    ["a1", "r1", 2],
  ]);
});

test("a rename that is taken back, or that never came into force, takes nothing from anybody and lifts no pause", () => {
  const renamed = policy("pp", ["a:2"], { formerly: ["p"] });
  const house = new Repository();
  house.commit(plain(1));
  house.commit(p(2));
  house.change("p", (one) => pause(half(one), "bad", "ann", 9));
  const before = house.known.get("p");
  house.commit(renamed);
  const changes = house.commit(p(2));
  expect([changes.drop, changes.events]).toEqual([["pp"], []]);
  expect(house.known.get("p")).toEqual(before);
  // Another policy that takes the old name, while the renamed one stays, begins for itself.
  house.commit(renamed);
  house.commit(renamed, p(7));
  expect(stack(house.known.get("p"))).toEqual([
    ["a7", "r6", 6],
    ["nothing", "r5", 6],
  ]);
  expect(stack(house.known.get("pp"))).toEqual(stack(before));
});

test("what goes back to a version that goes on in waves says for whom that is at once", () => {
  const house = new Repository();
  house.commit(plain(1));
  house.commit(p(2));
  house.change("p", half);
  house.commit(p(3));
  expect(house.commit(p(2)).events).toMatchObject([
    {
      type: "rollout.reverted",
      message: `devices with a newer version go back to version ${short(p(2))} at once; the others get it in waves`,
    },
  ]);
  house.change("p", (one) => fail(one, "7 of 9 failed", 9));
  house.commit(p(3));
  expect(house.commit(p(2)).events).toMatchObject([
    {
      message: `devices with a newer version go back to version ${short(p(2))} at once; no others get it before a person resumes`,
    },
  ]);
  expect(house.known.get("p")).toMatchObject({ status: "paused", by: "reeve", reason: "7 of 9 failed" });
});
