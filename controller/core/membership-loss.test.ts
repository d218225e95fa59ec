import { expect, test } from "vitest";
import type { Compiled, CompiledPolicy } from "./compiled.ts";
import { desiredStates } from "./desired-states.ts";
import type { Facts } from "./facts.ts";
import { countLosses, describeLosses } from "./membership-loss.ts";
import type { AdmissionGroup } from "./ports.ts";
import { ipad, nobody, policy, set } from "./test-policies.ts";
import { grantedOf, profile } from "./test-situation.ts";

const mac: Facts = { ...ipad, platform: { value: "macos", source: "reported" } };

/** A policy set in which a group of all iPads may lose so large a share of its members. */
function sharing(share: number, policies: readonly CompiledPolicy[] = [], groups = ["ipads"]): Compiled {
  const compiled = set("2", policies, groups);
  return { ...compiled, organization: { ...compiled.organization, membershipLoss: share } };
}

/** So many devices that were in these groups and had items of these policies. */
function devices(count: number, facts: Facts, groups: readonly string[], policies: readonly string[] = []) {
  const items = policies.map((name, n) => profile(`${name}-${n}`, { policy: name }));
  const granted = { id: "g", body: grantedOf(items, { groups }) };
  const none = { observed: undefined, suspended: undefined };
  return { facts: { id: JSON.stringify(facts), body: facts }, named: [], granted, ...none, count };
}

function losses(after: Compiled, groups: readonly AdmissionGroup[], before?: Compiled) {
  const count = countLosses(desiredStates(after), before);
  for (const group of groups) count.add(group);
  return count.losses();
}

test("a group that would lose more than its share of members is named, and three of them at least", () => {
  const fleet = (stay: number, go: number) => [
    devices(stay, ipad, ["ipads"]),
    devices(go, mac, ["ipads"]),
    devices(9, mac, []),
  ];
  expect(losses(sharing(0.3), fleet(6, 4))).toEqual([{ group: "ipads", before: 10, after: 6 }]);
  expect(losses(sharing(0.3), fleet(7, 3))).toEqual([]);
  expect(losses(sharing(0.3), fleet(0, 3))).toEqual([{ group: "ipads", before: 3, after: 0 }]);
  expect([losses(sharing(0.3), fleet(0, 2)), losses(sharing(0.3), fleet(2, 2))]).toEqual([[], []]);
  expect(losses(sharing(1), fleet(0, 5))).toEqual([]);
  // One that is declared no more loses all; those that enrolled since lose nothing.
  const gone = [
    devices(2, ipad, ["tablets", "old"]),
    devices(2, ipad, ["tablets"]),
    { ...devices(9, ipad, []), granted: undefined },
  ];
  expect(losses(sharing(0.3), gone)).toEqual([{ group: "tablets", before: 4, after: 0 }]);
  const both = [devices(4, ipad, ["z", "a", "m"])];
  expect(losses(sharing(0.3), both).map(({ group }) => group)).toEqual(["a", "m", "z"]);
});

test("a policy whose target is as before is named where it loses its devices and no group does", () => {
  const target = (...groups: readonly string[]) => ({ ...nobody, groups });
  const [p, q] = [
    policy("p", ["a:1"], { target: target("ipads") }),
    policy("q", ["b:1"], { target: { ...nobody, all: true } }),
  ];
  const before = sharing(0.3, [p, q]);
  const fleet = [
    devices(3, ipad, [], ["p", "p", "q"]),
    devices(4, mac, [], ["p", "q"]),
    devices(4, mac, [], ["gone"]),
  ];
  expect(losses(sharing(0.3, [p, q]), fleet, before)).toEqual([{ group: "Policy/p", before: 7, after: 3 }]);
  // Whoever changes a target means it, and without the set before nobody knows what it was.
  const meant = policy("p", ["a:1"], { target: target("ipads", "others") });
  expect(losses(sharing(0.3, [meant, q]), fleet, before)).toEqual([]);
  expect(losses(sharing(0.3, [p, q]), fleet)).toEqual([]);
  const grouped = [...fleet, devices(5, mac, ["ipads"])];
  expect(losses(sharing(0.3, [p, q]), grouped, before)).toEqual([{ group: "ipads", before: 5, after: 0 }]);
});

test("three of them are told in one sentence", () => {
  const lost = ["a", "b", "c", "d"].map((group, n) => ({ group, before: 10 + n, after: n }));
  const [a, b, c] = [
    "a would go from 10 to 0 devices",
    "b would go from 11 to 1 devices",
    "c would go from 12 to 2 devices",
  ];
  expect(describeLosses(lost.slice(0, 1))).toBe(`groups lose members: ${a}`);
  expect(describeLosses(lost.slice(0, 3))).toBe(`groups lose members: ${a}, ${b}, ${c}`);
  expect(describeLosses(lost)).toBe(`groups lose members: ${a}, ${b}, ${c}, …`);
});
