import { setTimeout as sleep } from "node:timers/promises";
import { enrollmentProfile } from "../loop/enroll.ts";
import { type BenchDaemon, openBenchDaemon } from "./bench-daemon.ts";
import type { Figure } from "./figure.ts";
import { type Asked, type Load, type LoadClient, rateOf, startLoadClient } from "./load.ts";
import { type Blocks, watchLoop } from "./loop-watch.ts";
import { type Measurement, type MeasureOptions, memory, percentile } from "./measure.ts";
import { policyTree } from "./policies.ts";
import { type BenchPostgres, openBenchPostgres } from "./postgres.ts";

export const endpoint: readonly Measurement[] = (["postgres", "pglite"] as const).map((name) => ({
  name: `endpoint-${name}`,
  about: `enrollments, reports and idle connects over HTTPS with verified signatures, on ${name}`,
  async run(options) {
    await using postgres = name === "postgres" ? await openBenchPostgres() : undefined;
    await using house = await openBenchDaemon({
      postgres,
      policies: policyTree(100),
      // Devices are spread over its length, and some would be asked again while idle ones are measured.
      settings: { "reconcile.driftCheck": "3650d" },
    });
    using client = startLoadClient();
    return await measure({ ...options, name, postgres, house, client });
  },
}));

const connections = 64;

interface Bench extends MeasureOptions {
  readonly name: "postgres" | "pglite";
  readonly postgres: BenchPostgres | undefined;
  readonly house: BenchDaemon;
  readonly client: LoadClient;
}

async function measure(bench: Bench): Promise<Figure[]> {
  const { client, house, quick } = bench;
  await client.ask({ type: "server", url: house.daemon.deviceUrl, ca: house.ca });
  const figures = [...(await enrolling(bench, quick ? 40 : 600)), ...(await reporting(bench))];
  figures.push(...(await idling(bench)));
  const { heap, rss } = memory();
  const group = groupOf(bench);
  return [
    ...figures,
    { group, name: "heap after collection", value: heap, unit: "MiB" },
    { group, name: "resident memory afterwards", value: rss, unit: "MiB" },
  ];
}

function groupOf({ name }: Bench): string {
  return `endpoint on ${name}`;
}

/** SCEP, Authenticate and TokenUpdate, each by all devices at once. */
async function enrolling(bench: Bench, devices: number): Promise<Figure[]> {
  const { enroll } = bench.house.daemon.controller;
  const warmup = devices / 4;
  const invitation = { uses: devices + warmup, expiresAt: Date.now() + 3_600_000, by: "bench" };
  const profile = await enrollmentProfile(enroll, invitation, false);
  await bench.client.ask({ type: "enroll", devices: warmup, profile });
  const { load, cpu, blocks } = await accounted(bench, { type: "enroll", devices, profile });
  for (const { what, ms, requests } of load.bursts) bench.say(`${what}: ${perSecond(requests, ms)}/s`);
  const ms = load.bursts.reduce((sum, burst) => sum + burst.ms, 0);
  const group = groupOf(bench);
  const aim = bench.name === "postgres" ? { aim: { is: "at-least", value: 300 } as const } : {};
  return [
    {
      group,
      name: "enrollments (SCEP, Authenticate, TokenUpdate)",
      value: (1_000 * devices) / ms,
      unit: "/s",
      ...aim,
    },
    ...cpuFigures(bench, "enrollment", cpu, devices),
    ...blocked(group, "while devices enroll", blocks),
  ];
}

/** Each device's first conversation: inventory, profiles and apps, and what verifies them. */
async function reporting(bench: Bench): Promise<Figure[]> {
  const { store } = bench.house.daemon.controller;
  await admitted(bench);
  const before = store.statements();
  const { load, cpu, blocks } = await accounted(bench, { type: "talk" });
  const statements = store.statements() - before;
  const { bursts } = load;
  for (const { requests, reports, commands, ms } of bursts)
    bench.say(`${requests} requests, ${reports} reports, ${commands} commands: ${perSecond(requests, ms)}/s`);
  const answered = bursts.filter((burst) => burst.reports > 0 && burst.commands > 0);
  const requests = bursts.reduce((sum, burst) => sum + burst.requests, 0);
  const group = groupOf(bench);
  const aim = bench.name === "postgres" ? { aim: { is: "at-least", value: 1_500 } as const } : {};
  return [
    { group, name: "reports answered with the next command", value: rateOf(answered), unit: "/s", ...aim },
    ...cpuFigures(bench, "report", cpu, requests),
    {
      group,
      name: "statements per report",
      value: statements / requests,
      unit: "",
      aim: { is: "at-most", value: 2 },
    },
    ...blocked(group, "while devices report", blocks),
  ];
}

interface Cpu {
  readonly reeve: number;
  readonly database: number | undefined;
}

/** What the client is asked, and the CPU seconds it cost on this side. */
async function accounted({ client, postgres }: Bench, asked: Asked) {
  const [own, before] = [process.cpuUsage(), await postgres?.cpuSeconds()];
  const watched = watchLoop();
  const load = await client.ask(asked);
  const blocks = watched();
  const { user, system } = process.cpuUsage(own);
  const after = await postgres?.cpuSeconds();
  const database = before === undefined || after === undefined ? undefined : after - before;
  const cpu: Cpu = { reeve: (user + system) / 1e6, database };
  return { load, cpu, blocks };
}

function cpuFigures(bench: Bench, what: string, { reeve, database }: Cpu, count: number): Figure[] {
  const group = groupOf(bench);
  const figure = (who: string, seconds: number) => {
    return { group, name: `CPU of ${who} for one ${what}`, value: (seconds * 1e6) / count, unit: "us" };
  };
  return [figure("reeve", reeve), ...(database === undefined ? [] : [figure("PostgreSQL", database)])];
}

function perSecond(count: number, ms: number): number {
  return Math.round((1_000 * count) / ms);
}

async function admitted(bench: Bench): Promise<void> {
  const { controller } = bench.house.daemon;
  const waiting = "select count(*)::int as count from reeve.device where awaiting";
  for (let tries = 0; tries < 300; tries++) {
    const [row] = await controller.store.query<{ count: number }>(waiting);
    if (row?.count === 0) return;
    await sleep(100);
  }
  throw new Error("devices still wait for admission");
}

/** Devices that have nothing to do. */
async function idling(bench: Bench): Promise<Figure[]> {
  const { client, quick } = bench;
  const group = groupOf(bench);
  await client.ask({ type: "idle", seconds: quick ? 0.5 : 3, connections });
  const { load, cpu, blocks } = await accounted(bench, {
    type: "idle",
    seconds: quick ? 1 : 12,
    connections,
  });
  expectIdle(load);
  const requests = load.bursts[0]?.requests ?? 1;
  const latencies = [...(load.latencies ?? [])];
  const aim = bench.name === "postgres" ? { aim: { is: "at-least", value: 4_000 } as const } : {};
  const ofClient = ((load.cpuSeconds ?? 0) * 1e6) / requests;
  return [
    { group, name: "idle connects", value: rateOf(load.bursts), unit: "/s", ...aim },
    { group, name: "idle connect, median", value: percentile(latencies, 50), unit: "ms" },
    { group, name: "idle connect, 99th percentile", value: percentile(latencies, 99), unit: "ms" },
    ...cpuFigures(bench, "idle connect", cpu, requests),
    { group, name: "CPU of the client for one idle connect", value: ofClient, unit: "us" },
    ...blocked(group, "while devices connect", blocks),
  ];
}

/** A connect that gets a command is not an idle one: the figure would mean something else. */
function expectIdle(load: Load): void {
  const commands = load.bursts.reduce((sum, burst) => sum + burst.commands, 0);
  const requests = load.bursts.reduce((sum, burst) => sum + burst.requests, 0);
  if (commands > requests / 1_000)
    throw new Error(`${commands} of ${requests} idle connects were given a command`);
}

/** By the clock, as devices notice it, and what of it cannot be another process that had the core. */
export function blocked(group: string, during: string, { wall, cpu }: Blocks): Figure[] {
  const aim = { is: "at-most", value: 50 } as const;
  return [
    { group, name: `longest block ${during}`, value: wall, unit: "ms", aim },
    { group, name: `most CPU in one turn ${during}`, value: cpu, unit: "ms", aim },
  ];
}
