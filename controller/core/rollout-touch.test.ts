import { expect, test } from "vitest";
import type { CompiledPolicy } from "./compiled.ts";
import type { Desired } from "./desired.ts";
import { desiredStates } from "./desired-states.ts";
import type { Facts } from "./facts.ts";
import type { GrantedItem } from "./granted.ts";
import { versionOf } from "./policy-version.ts";
import type { AdmissionGroup } from "./ports.ts";
import { type Rollout, type Version, whole } from "./rollout.ts";
import { settled } from "./rollout-layers.ts";
import { hasBeenGiven, touchOf } from "./rollout-touch.ts";
import { withRollouts } from "./seen-policies.ts";
import { ipad, nobody, policy, set } from "./test-policies.ts";
import { grantedOf, profile } from "./test-situation.ts";
import { wanting } from "./test-wanting.ts";

/** A rollout of these versions, the newest first. */
function rolling(...versions: readonly [CompiledPolicy, ...Version[]]): Rollout {
  const layers = versions.map((one, at) => ({
    below: ((at + 1) / versions.length) * whole,
    share: 1,
    version: typeof one === "string" ? one : versionOf(one),
    policy: one,
    revision: "r",
    since: 0,
  }));
  return { ...settled(versions[0].name, undefined, { revision: "r", at: 0 }), layers };
}

function devices(facts: Facts = ipad, waves?: string): AdmissionGroup {
  const id = JSON.stringify(facts);
  const none = { granted: undefined, observed: undefined, suspended: undefined };
  return { facts: { id, body: facts }, named: [], ...none, waves, count: 1 };
}

const mac: Facts = { ...ipad, platform: { value: "macos", source: "reported" } };

/** What the newest version changes, by keys; undefined where it changes nothing. */
function touched(
  rollouts: readonly [Rollout, ...Rollout[]],
  policies: readonly CompiledPolicy[],
  group = devices(),
) {
  const states = desiredStates(withRollouts(set("2", policies, ["ipads"]), rollouts));
  const touch = touchOf(states, rollouts[0], group, 0);
  if (touch === undefined) return undefined;
  const { given, dropped, disputed } = touch;
  return { given: given.map(({ key }) => key), dropped, ...(disputed.length === 0 ? {} : { disputed }) };
}

test("a version touches devices that it gives something, gives something otherwise, or takes something from", () => {
  const newest = policy("p", ["a:2", "b:1", "d:1"]);
  const older = policy("p", ["a:1", "b:1", "c:1"]);
  expect(touched([rolling(newest, older)], [newest])).toEqual({
    given: ["Profile/a", "Profile/d"],
    dropped: ["Profile/c"],
  });
  expect(touched([rolling(newest, "nothing")], [newest])).toEqual({
    given: ["Profile/a", "Profile/b", "Profile/d"],
    dropped: [],
  });
  // What any of the older versions has otherwise is given, and what any of them has more is taken.
  const oldest = policy("p", ["b:0", "e:1", "c:1"]);
  expect(touched([rolling(newest, older, oldest)], [newest])).toEqual({
    given: ["Profile/a", "Profile/b", "Profile/d"],
    dropped: ["Profile/c", "Profile/e"],
  });
  // That one of them says the same is not enough.
  const alike = policy("p", ["a:2", "b:1", "d:1"], { priority: 7 });
  for (const under of [
    [alike, older],
    [older, alike],
  ] as const)
    expect(touched([rolling(newest, ...under)], [newest])).toMatchObject({ dropped: ["Profile/c"] });
});

test("what changes nothing for a device is no part of its waves; what it is asked or watched for is", () => {
  const newest = policy("p", ["a:2"], { target: { ...nobody, groups: ["ipads"] } });
  const older = policy("p", ["a:1"], { target: { ...nobody, groups: ["ipads"] } });
  expect(touched([rolling(newest, older)], [newest], devices(mac))).toBeUndefined();
  expect(touched([rolling(newest, older)], [newest])).toMatchObject({ given: ["Profile/a"] });
  // Another place in the repository is nothing that a device sees, beside what it does see.
  const schedule = { name: "daily", collect: ["device"], every: 1, timeZone: "UTC", spreadMs: 0 } as const;
  const origin = { file: "q.yaml", line: 7, column: 1 };
  const moved = older.uses.map((use) => ({ ...use, origin }));
  expect(touched([rolling({ ...older, uses: moved }, older)], [{ ...older, uses: moved }])).toBeUndefined();
  const asked = { ...older, uses: moved, inventory: [schedule] };
  expect(touched([rolling(asked, older)], [asked])).toEqual({ given: [], dropped: [] });
  // So is what else is said of them, without any item that differs.
  const lacking = { key: "Profile/a", reason: "too old" };
  const says: readonly Partial<Desired>[] = [
    { watched: [{ key: "App/x", id: "corp.x", policy: "p" }] },
    { inventory: [schedule] },
    { watched: [{ key: "App/x", id: "corp.x", policy: "p" }], unsupported: [lacking] },
  ];
  const rollout = rolling(newest, older);
  const compiled = withRollouts(set("2", [newest]), [rollout]);
  for (const more of says) {
    const of = ({ waves }: Pick<AdmissionGroup, "waves">) =>
      waves === "0" ? { ...wanting(), ...more } : wanting();
    expect(touchOf({ compiled, of }, rollout, devices(), 0)).toEqual({
      given: [],
      dropped: [],
      disputed: [],
    });
  }
  expect(touched([{ ...rolling(newest), layers: [] }], [newest])).toBeUndefined();
  const without = desiredStates(set("2", [newest], ["ipads"]));
  expect(touchOf(without, rolling(newest, older), devices(), 0)).toBeUndefined();
});

/** What a version changes where devices would be like this, by its place among the versions. */
function seeing(...at: readonly Desired[]) {
  const [newest = policy("p", ["a:2"]), ...older] = at.map((_, index) => policy("p", [`a:${9 - index}`]));
  const rollout = rolling(newest, ...older);
  const compiled = withRollouts(set("2", [newest]), [rollout]);
  const of = ({ waves }: Pick<AdmissionGroup, "waves">) => at[Number(waves)] ?? wanting();
  const touch = touchOf({ compiled, of }, rollout, devices(), 0);
  return touch && { ...touch, given: touch.given.map(({ key }) => key) };
}

test("who merely cannot have what is new is no part of its waves, and what stays on a device is not waited for", () => {
  const [a, b, c] = [profile("a"), profile("b"), profile("c")];
  const lacks = { unsupported: [{ key: b.key, reason: "too old", stays: true as const }] };
  const schedule = { name: "daily", collect: ["device"], every: 1, timeZone: "UTC", spreadMs: 0 } as const;
  // Whether it is asked about that or not.
  expect(seeing({ ...wanting(a), ...lacks }, wanting(a))).toBeUndefined();
  expect(seeing({ ...wanting(a), ...lacks, inventory: [schedule] }, wanting(a))).toBeUndefined();
  expect(seeing(wanting(a), { ...wanting(a), ...lacks }, wanting(a))).toBeUndefined();
  // What lacks it before, too, and is asked more.
  expect(
    seeing({ ...wanting(a), ...lacks, inventory: [schedule] }, { ...wanting(a), ...lacks }),
  ).toBeDefined();
  // What it keeps, since it cannot have the new content, says nothing of that either.
  expect(seeing({ ...wanting(a), ...lacks }, wanting(a, b))).toBeUndefined();
  expect(seeing({ ...wanting(a), ...lacks, inventory: [schedule] }, wanting(a, b))).toBeUndefined();
  // It counts by what it can have, and keeps what it had.
  expect(seeing({ ...wanting(a, c), ...lacks }, wanting(a, b))).toEqual({
    given: [c.key],
    dropped: [],
    disputed: [],
  });
  const goes = { unsupported: [{ key: b.key, reason: "not trusted" }] };
  expect(seeing({ ...wanting(a), ...goes }, wanting(a, b))).toEqual({
    given: [],
    dropped: [b.key],
    disputed: [],
  });
});

test("two policies that change one item's wish at once disagree only until both have reached a device", () => {
  const wishing = (name: string, drift: "correct" | "report") => {
    const one = policy(name, ["a:1"]);
    return { ...one, uses: one.uses.map((use) => ({ ...use, drift })) };
  };
  const [p2, q2] = [wishing("p", "report"), wishing("q", "report")];
  const rollouts = [rolling(p2, wishing("p", "correct")), rolling(q2, wishing("q", "correct"))] as const;
  expect(touched(rollouts, [p2, q2], devices(ipad, "0.1"))).toBeUndefined();
  expect(touched(rollouts, [p2, q2], devices(ipad, "0.0"))).toEqual({ given: ["Profile/a"], dropped: [] });
  // One that goes on for ever is told.
  const q1 = wishing("q", "correct");
  expect(touched([rollouts[0], rolling(q1)], [p2, q1], devices(ipad, "0.0"))).toEqual({
    given: [],
    dropped: [],
    disputed: ["Profile/a"],
  });
});

test("what policies disagree about from now on is told; nobody loses it", () => {
  const [a, b] = [profile("a"), profile("b")];
  const disputes = { conflicts: [{ key: b.key, policies: ["p", "q"] }] };
  const disputed = { given: [], dropped: [], disputed: [b.key] };
  expect(seeing({ ...wanting(a), ...disputes }, wanting(a))).toEqual(disputed);
  expect(seeing({ ...wanting(a), ...disputes }, wanting(a, b))).toEqual(disputed);
  const before = { ...wanting(a), ...disputes };
  expect(seeing(before, before, wanting(a))).toEqual(disputed);
  // They did before.
  expect(seeing({ ...wanting(a, b), ...disputes }, before)).toEqual({
    given: [b.key],
    dropped: [],
    disputed: [],
  });
  expect(
    seeing({ ...wanting(a), ...disputes }, { ...wanting(a, b), conflicts: [{ key: a.key, policies: [] }] }),
  ).toEqual({ given: [], dropped: [], disputed: [b.key] });
});

test("of several rollouts each is told apart by its own versions, at what devices see of the others", () => {
  const [p2, p1] = [policy("p", ["wifi:2", "a:2"]), policy("p", ["wifi:1", "a:1"])];
  const [q2, q1] = [policy("q", ["wifi:2"]), policy("q", ["wifi:1"])];
  const rollouts = [rolling(p2, p1), rolling(q2, q1)] as const;
  const at = (waves: string | undefined) => touched([...rollouts], [p2, q2], devices(ipad, waves));
  // The item of both comes when the second lets it.
  expect([at("0.0"), at("1.0"), at("0.1"), at(undefined)]).toEqual([
    { given: ["Profile/a", "Profile/wifi"], dropped: [] },
    { given: ["Profile/a", "Profile/wifi"], dropped: [] },
    { given: ["Profile/a"], dropped: [] },
    { given: ["Profile/a"], dropped: [] },
  ]);
  const second = touched([rollouts[1], rollouts[0]], [p2, q2], devices(ipad, "0.1"));
  expect(second).toEqual({ given: ["Profile/wifi"], dropped: [] });
});

test("devices were given it when all of it is granted, nothing of the rest is, and it is sent", () => {
  const origin = { file: "p.yaml", line: 1, column: 1 };
  const wanted = (item: GrantedItem) => ({ ...item, origin, observe: false });
  const [a, b] = [profile("a"), profile("b")];
  const touch = { given: [wanted(a), wanted(b)], dropped: ["Profile/gone"], disputed: [] };
  expect(hasBeenGiven(grantedOf([a, b, profile("other")]), touch)).toBe(true);
  expect(hasBeenGiven(grantedOf([a]), touch)).toBe(false);
  expect(hasBeenGiven(grantedOf([a, { ...b, digest: "older" }]), touch)).toBe(false);
  expect(hasBeenGiven(grantedOf([a, b, profile("gone")]), touch)).toBe(false);
  expect(hasBeenGiven(grantedOf([a, b], { sends: "queries" }), touch)).toBe(false);
  expect(hasBeenGiven(undefined, touch)).toBe(false);
  const disputed = { given: [], dropped: [], disputed: ["Profile/a", "Profile/b"] };
  const conflicting = (...conflicts: string[]) => grantedOf([], { conflicts });
  expect(hasBeenGiven(conflicting("Profile/a", "Profile/b"), disputed)).toBe(true);
  expect(hasBeenGiven(conflicting("Profile/a"), disputed)).toBe(false);
  expect(hasBeenGiven(grantedOf([]), { given: [], dropped: [], disputed: [] })).toBe(true);
  const lost = { given: [], dropped: ["Profile/x", "Profile/y"], disputed: [] };
  expect(hasBeenGiven(grantedOf([]), lost)).toBe(true);
  expect(hasBeenGiven(grantedOf([profile("x")]), lost)).toBe(false);
});
