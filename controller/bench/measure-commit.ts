import { setTimeout as sleep } from "node:timers/promises";
import { enrollmentProfile } from "../loop/enroll.ts";
import { viewStatus } from "../loop/view-status.ts";
import { pushBroker } from "../simulator/apns.ts";
import { type RunningFleet, startFleet } from "../simulator/start-fleet.ts";
import { realWorld } from "../simulator/world.ts";
import { type BenchDaemon, openBenchDaemon } from "./bench-daemon.ts";
import type { Figure } from "./figure.ts";
import { type Measurement, percentile } from "./measure.ts";
import { policyTree, siteName } from "./policies.ts";
import { openBenchPostgres } from "./postgres.ts";

const devices = 30;

export const committing: readonly Measurement[] = (["postgres", "pglite"] as const).map((name) => ({
  name: `commit-${name}`,
  about: `from a saved policy to the command that carries it out, ${devices} devices over HTTPS, on ${name}`,
  async run({ quick }) {
    await using postgres = name === "postgres" ? await openBenchPostgres() : undefined;
    const broker = pushBroker({ world: realWorld() });
    await using house = await openBenchDaemon({
      postgres,
      policies: policyTree(100),
      push: async (address) => {
        broker.push(address);
        return { type: "accepted" };
      },
    });
    const fleet = await enrolledFleet(house, broker);
    try {
      return await measureCommits(`commit to command on ${name}`, house, fleet, quick ? 2 : 9);
    } finally {
      fleet.close();
    }
  },
}));

async function enrolledFleet(
  house: BenchDaemon,
  broker: ReturnType<typeof pushBroker>,
): Promise<RunningFleet> {
  const expiresAt = Date.now() + 3_600_000;
  const invitation = { uses: devices, expiresAt, by: "bench", tags: { site: siteName(0) } };
  const profile = await enrollmentProfile(house.daemon.controller.enroll, invitation, false);
  const members = Array.from({ length: devices }, (_, index) => {
    return { serial: `BENCH${index}`, platform: "ipados" as const, installMs: [10, 20] as const };
  });
  return startFleet({ devices: members, profile, push: broker, ca: house.ca, concurrency: 4 });
}

async function measureCommits(
  group: string,
  house: BenchDaemon,
  fleet: RunningFleet,
  commits: number,
): Promise<Figure[]> {
  await settled(house);
  const first: number[] = [];
  const last: number[] = [];
  for (let commit = 1; commit <= commits; commit++) {
    const began = Date.now();
    await house.save(policyTree(100, commit % 2 === 1 ? 0 : undefined));
    const times = await handedOut(fleet, began);
    first.push(Math.min(...times) - began);
    last.push(Math.max(...times) - began);
    await settled(house);
  }
  return [
    {
      group,
      name: "a saved file to the first command handed out, median",
      value: percentile(first, 50),
      unit: "ms",
    },
    { group, name: "the same, the slowest", value: Math.max(...first), unit: "ms" },
    { group, name: `to the last of ${devices} devices, median`, value: percentile(last, 50), unit: "ms" },
  ];
}

/** When each device was handed the new profile; by the devices' own ledgers. */
async function handedOut(fleet: RunningFleet, since: number): Promise<number[]> {
  for (let waited = 0; waited < 30_000; waited += 5) {
    const times = fleet.devices.flatMap((device) => {
      const command = device.ledger
        .of("command")
        .find((one) => one.at >= since && one.requestType === "InstallProfile");
      return command === undefined ? [] : [command.at];
    });
    if (times.length === fleet.devices.length) return times;
    await sleep(5);
  }
  throw new Error("some device was not handed the new profile");
}

async function settled(house: BenchDaemon): Promise<void> {
  for (let quiet = 0, waited = 0; quiet < 5; waited++) {
    if (waited > 600) throw new Error("the fleet did not settle");
    const { total } = await viewStatus(house.daemon.looking, { source: "", warnings: [] });
    quiet = total.ready === devices ? quiet + 1 : 0;
    await sleep(100);
  }
}
