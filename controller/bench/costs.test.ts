import { expect, test } from "vitest";
import { desiredStates } from "../core/desired-states.ts";
import { planFleet } from "../core/plan.ts";
import { admitFleet } from "../loop/admit.ts";
import { noLatches } from "../loop/latches.ts";
import { loadPolicySet } from "../manifests/load-policy-set.ts";
import { listGroups } from "../store/admission.ts";
import { pglite, postgres } from "../store/test-stores.ts";
import { type DeviceState, groupRows, openGates, settledStates } from "./fleet-states.ts";
import { compilePolicies } from "./measure-planning.ts";
import { policyTree } from "./policies.ts";
import { seedFleet, seedServer } from "./seed-fleet.ts";

// What the figures of docs/performance.md rest on, as counts: they hold on every machine.

const server = await postgres();
const stores = server === undefined ? [pglite] : [pglite, server];
const before = compilePolicies(loadPolicySet(policyTree(1_000), { now: 0 }).set);
const after = compilePolicies(loadPolicySet(policyTree(1_000, 42), { now: 0 }).set);

test("a plan costs as much as there are distinct states, and a commit as much as it touches", () => {
  const distinct = settledStates(before, 400);
  const rows = Array.from({ length: 20_000 }, (_, index) => distinct[index % 400] as DeviceState);
  const groups = groupRows(rows);
  const known = desiredStates(before);
  const whole = planFleet(before, groups, openGates, 0, 0, known);

  const commit = planFleet(after, groups, openGates, 0, 0, desiredStates(after, known));

  expect(whole.plan).toMatchObject({ devices: 20_000, states: 400, unchanged: 20_000 });
  expect(commit.plan.devices - commit.plan.unchanged).toBe(200);
  const again = commit.groups.filter((part, index) => part.desired !== whole.groups[index]?.desired);
  expect(again).toHaveLength(4);
});

test.each(stores)(
  "on $name a pass over a steady fleet writes nothing, and a commit many states in few statements",
  async (sort) => {
    await using database = await sort.fresh();
    await using store = await database.open({ now: () => 1_000 });
    const fleet = { devices: 1_600, states: settledStates(before, 800), at: 0, dueAt: 5_000 };
    if (sort.name === "postgres") await seedServer(database.url("superuser"), fleet);
    else await seedFleet((sql, values) => store.query(sql, values), fleet);
    const written =
      "select sum(version)::int as version, count(due_at < 5000 or null)::int as due from reeve.channel";
    const known = desiredStates(before);
    const idle = store.statements();

    const steady = await admitFleet(store, known, noLatches, "all", 1_000);

    expect(steady).toEqual({ changed: 0, removals: 0, isolating: 0 });
    // The groups, their records two hundred at a time, the budget, the clock that exemptions go by.
    expect(store.statements() - idle).toBeLessThan(14);
    expect(await store.query(written)).toEqual([{ version: 1_600, due: 0 }]);
    const busy = store.statements();

    const commit = await admitFleet(store, desiredStates(after, known), noLatches, "all", 1_000);

    expect(commit).toEqual({ changed: 16, removals: 0, isolating: 0 });
    expect(store.statements() - busy).toBeLessThan(9);
    expect(await store.query(written)).toEqual([{ version: 1_616, due: 16 }]);
    expect((await listGroups(store)).reduce((sum, group) => sum + group.count, 0)).toBe(1_600);
  },
);
