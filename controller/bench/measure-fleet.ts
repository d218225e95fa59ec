import { setTimeout as sleep } from "node:timers/promises";
import { planEach } from "../core/plan.ts";
import { createTally } from "../core/plan-tally.ts";
import { admitFleet } from "../loop/admit.ts";
import { noLatches } from "../loop/latches.ts";
import { inSlices } from "../slices.ts";
import { listGroups } from "../store/admission.ts";
import type { Store } from "../store/open.ts";
import { type BenchDaemon, openBenchDaemon } from "./bench-daemon.ts";
import type { Figure } from "./figure.ts";
import { openGates, settledStates } from "./fleet-states.ts";
import { watchLoop } from "./loop-watch.ts";
import { type Measurement, type MeasureOptions, memory } from "./measure.ts";
import { blocked } from "./measure-endpoint.ts";
import { policyTree } from "./policies.ts";
import { type BenchPostgres, openBenchPostgres } from "./postgres.ts";
import { seedServer } from "./seed-fleet.ts";

const distinct = 2_000;

export const fleets: readonly Measurement[] = [100_000, 1_000_000].map((devices) => ({
  name: `fleet-${devices / 1_000}k`,
  about: `${devices.toLocaleString("en-US")} devices in PostgreSQL: planning, admission, a commit, and doing nothing`,
  async run(options) {
    const size = options.quick ? devices / 20 : devices;
    await using postgres = await openBenchPostgres();
    await using house = await openBenchDaemon({ postgres, policies: policyTree(1_000) });
    return await measureFleet({ ...options, devices: size, postgres, house });
  },
}));

interface Bench extends MeasureOptions {
  readonly devices: number;
  readonly postgres: BenchPostgres;
  readonly house: BenchDaemon;
}

async function measureFleet(bench: Bench): Promise<Figure[]> {
  const { devices, house, postgres, quick } = bench;
  const group = `${devices.toLocaleString("en-US")} devices in PostgreSQL`;
  await seed(bench);
  const { controller } = house.daemon;
  const planned = await watched(() => planAll(bench));
  const passed = await watched(() => admitAll(bench));
  if (passed.result.changed !== 0) throw new Error("an unchanged fleet was granted something");
  const listing = await watched(() => listGroups(controller.store, "all", "admission"));
  const resting = devices >= 1_000_000 ? [] : await rest(group, bench, quick ? 6 : 65);
  const commit = await watched(() => commitOne(bench));
  const { heap, peak } = memory();
  const after = await postgres.cpuSeconds();
  bench.say(`CPU of PostgreSQL in all: ${after} s`);
  return [
    { group, name: "sets of devices listed for admission", value: listing.ms, unit: "ms" },
    { group, name: "plan from the store, unchanged", value: planned.ms, unit: "ms" },
    ...blocked(group, "while planning", planned.blocks),
    { group, name: "a whole pass of admission, nothing to write", value: passed.ms, unit: "ms" },
    ...blocked(group, "during the pass", passed.blocks),
    ...resting,
    { group, name: "a saved file that touches 1 % to all of them granted", value: commit.ms, unit: "ms" },
    ...blocked(group, "while that commit is taken up", commit.blocks),
    { group, name: "heap after collection", value: heap, unit: "MiB" },
    { group, name: "most resident memory", value: peak, unit: "MiB" },
  ];
}

async function seed({ house, postgres, devices, say }: Bench): Promise<void> {
  const compiled = house.daemon.controller.reconciler.current()?.compiled;
  if (compiled === undefined) throw new Error("no revision is in force");
  const at = Date.now();
  const states = settledStates(compiled, distinct);
  await seedServer(postgres.database.url("superuser"), { devices, states, at, dueAt: at + 30 * 86_400_000 });
  say(`${devices} devices inserted in ${Math.round((Date.now() - at) / 1_000)} s`);
}

async function watched<T>(work: () => Promise<T>) {
  const watching = watchLoop();
  const began = performance.now();
  const result = await work();
  const ms = performance.now() - began;
  await sleep(20);
  return { result, ms, blocks: watching() };
}

/** What `reeve plan` does without a new tree. */
async function planAll({ house, devices }: Bench): Promise<void> {
  const { store, reconciler } = house.daemon.controller;
  const compiled = reconciler.current()?.compiled;
  if (compiled === undefined) throw new Error("no revision is in force");
  const groups = await listGroups(store);
  const tally = createTally(compiled.revision);
  const fleet = {
    states: reconciler.statesOf(compiled),
    groups,
    gates: openGates,
    isolatingBudget: 0,
    removalBudget: 0,
    now: Date.now(),
  };
  for await (const part of inSlices(planEach(fleet))) tally.add(part);
  const plan = tally.plan();
  if (plan.unchanged !== devices) throw new Error(`${plan.unchanged} of ${devices} devices are as declared`);
}

/** What the daemon does once a minute. */
function admitAll({ house }: Bench): ReturnType<typeof admitFleet> {
  const { store, reconciler } = house.daemon.controller;
  const compiled = reconciler.current()?.compiled;
  if (compiled === undefined) throw new Error("no revision is in force");
  return admitFleet(store, reconciler.statesOf(compiled), noLatches, "all", Date.now());
}

/** A commit for one of the hundred sites: validated, compiled, put in force and admitted. */
async function commitOne({ house, devices }: Bench): Promise<void> {
  const { store } = house.daemon.controller;
  await house.save(policyTree(1_000, 42));
  for (let waited = 0; waited < 6_000; waited++) {
    if ((await regranted(store)) === devices / 100) return;
    await sleep(20);
  }
  throw new Error("the commit did not reach its devices");
}

async function regranted(store: Store): Promise<number> {
  const [row] = await store.query<{ count: number }>(
    "select count(*)::int as count from reeve.channel where due_at < $1",
    [Date.now() + 86_400_000],
  );
  return row?.count ?? 0;
}

/** CPU of a daemon whose fleet has nothing to do: ticks, a whole pass each minute, gauges. */
async function rest(group: string, { house, postgres }: Bench, seconds: number): Promise<Figure[]> {
  const { store } = house.daemon.controller;
  const [own, database, statements] = [process.cpuUsage(), await postgres.cpuSeconds(), store.statements()];
  await sleep(seconds * 1_000);
  const { user, system } = process.cpuUsage(own);
  const used = await postgres.cpuSeconds();
  const perMinute = 60 / seconds;
  return [
    { group, name: "doing nothing: CPU of reeve", value: ((user + system) / 1e6) * perMinute, unit: "s/min" },
    ...(database === undefined || used === undefined
      ? []
      : [
          {
            group,
            name: "doing nothing: CPU of PostgreSQL",
            value: (used - database) * perMinute,
            unit: "s/min",
          },
        ]),
    {
      group,
      name: "doing nothing: statements",
      value: (store.statements() - statements) * perMinute,
      unit: "/min",
    },
  ];
}
