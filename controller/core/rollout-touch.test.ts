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
  return touch && { given: touch.given.map(({ key }) => key), dropped: touch.dropped };
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
  const says: readonly Partial<Desired>[] = [
    { watched: [{ key: "App/x", id: "corp.x", policy: "p" }] },
    { conflicts: [{ key: "Profile/a", policies: ["p", "q"] }] },
    { unsupported: [{ key: "Profile/a", reason: "too old" }] },
    { inventory: [schedule] },
  ];
  const rollout = rolling(newest, older);
  const compiled = withRollouts(set("2", [newest]), [rollout]);
  for (const more of says) {
    const of = ({ waves }: Pick<AdmissionGroup, "waves">) =>
      waves === "0" ? { ...wanting(), ...more } : wanting();
    expect(touchOf({ compiled, of }, rollout, devices(), 0)).toEqual({ given: [], dropped: [] });
  }
  expect(touched([{ ...rolling(newest), layers: [] }], [newest])).toBeUndefined();
  const without = desiredStates(set("2", [newest], ["ipads"]));
  expect(touchOf(without, rolling(newest, older), devices(), 0)).toBeUndefined();
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
  const touch = { given: [wanted(a), wanted(b)], dropped: ["Profile/gone"] };
  expect(hasBeenGiven(grantedOf([a, b, profile("other")]), touch)).toBe(true);
  expect(hasBeenGiven(grantedOf([a]), touch)).toBe(false);
  expect(hasBeenGiven(grantedOf([a, { ...b, digest: "older" }]), touch)).toBe(false);
  expect(hasBeenGiven(grantedOf([a, b, profile("gone")]), touch)).toBe(false);
  expect(hasBeenGiven(grantedOf([a, b], { sends: "queries" }), touch)).toBe(false);
  expect(hasBeenGiven(undefined, touch)).toBe(false);
  expect(hasBeenGiven(grantedOf([]), { given: [], dropped: [] })).toBe(true);
  expect(hasBeenGiven(grantedOf([]), { given: [], dropped: ["Profile/x", "Profile/y"] })).toBe(true);
  expect(hasBeenGiven(grantedOf([profile("x")]), { given: [], dropped: ["Profile/x", "Profile/y"] })).toBe(
    false,
  );
});
