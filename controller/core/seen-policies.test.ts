import { expect, test } from "vitest";
import { userGroupsOf } from "./compile-groups.ts";
import type { Compiled, CompiledPolicy, CompiledTarget } from "./compiled.ts";
import { desiredOf } from "./desired.ts";
import { enrollmentRulesOf } from "./enrollment-rules.ts";
import type { Facts } from "./facts.ts";
import { layerAt, positionOf, type Rollout, whole } from "./rollout.ts";
import { arrive, beginWave, settled } from "./rollout-layers.ts";
import { syncRollouts } from "./rollout-sync.ts";
import { wavesOf, withRollouts } from "./seen-policies.ts";

const none = new Set<string>();
const nobody: CompiledTarget = {
  all: false,
  groups: [],
  devices: none,
  users: none,
  userGroups: none,
  exclude: undefined,
};
const rules = { waves: [0.5, 1], soakMs: 1, maxFailed: 0, minReports: 1, deadlineMs: 2 };

/** Items as `wifi:2`: the profile and its version. */
function policy(
  name: string,
  items: readonly string[],
  more: Partial<CompiledPolicy> = {},
  isWaved = true,
): CompiledPolicy {
  const origin = { file: "p.yaml", line: 1, column: 1 };
  const uses = items.map((item) => {
    const [key = "", version] = item.split(":");
    const apple = { id: key, digest: `${key}${version}`, uuid: "U", scope: "device" as const, secrets: [] };
    const use = { drift: "correct", install: "required", onLeave: "remove" } as const;
    return { ...use, key: `Profile/${key}`, forms: { apple }, origin };
  });
  const target = { ...nobody, all: true };
  return {
    name,
    priority: 100,
    target,
    mode: "enforce",
    uses,
    inventory: [],
    ...(isWaved ? { rollout: rules } : {}),
    origin,
    ...more,
  };
}

function set(
  revision: string,
  policies: readonly CompiledPolicy[],
  groups: readonly string[] = [],
): Compiled {
  const group = (name: string) => ({
    name,
    selector: [{ key: "platform", operator: "In", values: ["ipados"] }] as const,
    devices: none,
    children: [],
    trustReported: false,
  });
  return {
    revision,
    organization: {
      name: "acme",
      timeZone: "UTC",
      mode: "enforce",
      suspended: undefined,
      removalBudgets: [],
      membershipLoss: 1,
      defaultGroups: {},
      deviceLimit: undefined,
      enrollment: enrollmentRulesOf(undefined),
    },
    groups: new Map(groups.map((name) => [name, group(name)])),
    userGroups: userGroupsOf({ direct: new Map(), parents: new Map() }),
    policies,
    exemptions: [],
    acts: [],
    enrollments: [],
    devices: [],
    references: none,
    notices: [],
    driftCheckMs: 1,
    contents: new Map(),
  } as unknown as Compiled;
}

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

const ipad: Facts = {
  platform: { value: "ipados", source: "reported" },
  mode: { value: "supervised", source: "reported" },
};

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
