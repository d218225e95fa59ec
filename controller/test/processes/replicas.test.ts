import pg from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { RunningFleet } from "../../simulator/start-fleet.ts";
import { postgres } from "../../store/test-stores.ts";
import { baseline, passcode } from "../manifests.ts";
import type { DaemonProcess } from "./daemon-process.ts";
import { eventually } from "./eventually.ts";
import { type House, member, openHouse } from "./house.ts";

// Processes start and stop here, on machines that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const server = await postgres();

describe.runIf(server !== undefined)("two replicas on one PostgreSQL", { shuffle: false }, () => {
  const closing = new AsyncDisposableStack();
  let house: House;
  let first: DaemonProcess;
  let second: DaemonProcess;
  let fleet: RunningFleet;

  beforeAll(async () => {
    house = closing.use(await openHouse({ stores: server, files: baseline }));
    first = await house.start();
    second = await house.start({ name: "second", join: true });
    fleet = await house.enroll(Array.from({ length: 6 }, (_, index) => member(`SIM-${index}`)));
  });
  afterAll(() => closing.disposeAsync());

  test("share the devices, agree about them, and one of them leads", async () => {
    await converged(6);
    const [one, other] = [await house.status("main"), await house.status("second")];
    expect(one.total).toEqual({ ...one.total, total: 6, ready: 6 });
    expect(other.total).toEqual(one.total);
    expect(other.inForce).toEqual(one.inForce);
    expect(await served(first)).toBeGreaterThan(6);
    expect(await served(second)).toBeGreaterThan(6);
    // On a busy machine the first may have missed its time once; two at a time there never are.
    expect((await lease()).expiresAt).toBeGreaterThan(0);
    expect(fleet.violations()).toEqual([]);
  });

  test("go on when the leader is killed: the other leads, and devices go to it", async () => {
    const before = await lease();
    // In the midst of a wave: one of six devices has the change, and keeps it; nobody else gets it.
    const inWaves = `${baseline["baseline.yaml"]}  rollout: {waves: [20%, 100%], soak: 1h}\n`;
    const having = () => lengths().filter((length) => length === 8).length;
    await house.save({ ...baseline, "passcode.yaml": passcode(8), "baseline.yaml": inWaves });
    await eventually("the first wave has it", async () => having() === 1, { limitMs: 40_000 });
    first.kill("SIGKILL");
    await first.finished;
    house.front.pointTo([second.deviceUrl]);
    await eventually("the other leads", async () => (await lease()).term > before.term, { limitMs: 40_000 });
    expect(having()).toBe(1);
    expect((await house.status("second")).rollouts).toMatchObject([
      { policy: "baseline", status: "progressing", wave: 1, counts: { devices: 1 } },
    ]);
    await house.save({ ...baseline, "passcode.yaml": passcode(9) });
    await converged(9);
    const after = await lease();
    expect(after.term).toBe(before.term + 1);
    expect(after.holder).not.toBe(before.holder);
    expect((await house.status("second")).total.ready).toBe(6);
    expect(fleet.violations()).toEqual([]);
  });

  test("give the lease back when they are stopped, so that the next need not wait", async () => {
    expect(await second.stop()).toEqual({ code: 0, signal: null });
    expect((await lease()).expiresAt).toBe(0);
    await house.start();
    await house.save({ ...baseline, "passcode.yaml": passcode(10) });
    await converged(10);
  });

  function lengths(): readonly unknown[] {
    return fleet.devices.map(
      (device) => device.snapshot().profiles["reeve.profile.passcode"]?.payloads[0]?.minLength,
    );
  }

  function converged(minLength: number): Promise<unknown> {
    return eventually(
      `all have a minimum of ${minLength} and are ready`,
      async () => {
        const name = first.isRunning() ? "main" : second.isRunning() ? "second" : "main";
        const { total } = await house.status(name);
        return total.ready === 6 && lengths().every((length) => length === minLength);
      },
      { limitMs: 40_000, state: () => house.operations() },
    );
  }

  async function lease(): Promise<{ holder: string; term: number; expiresAt: number }> {
    const client = new pg.Client(house.database?.url("owner"));
    await client.connect();
    try {
      const { rows } = await client.query("select holder, term::int, expires_at from reeve.lease");
      return { holder: rows[0].holder, term: rows[0].term, expiresAt: Number(rows[0].expires_at) };
    } finally {
      await client.end();
    }
  }
});

/** How many requests of devices a daemon has answered, by its own metrics. */
async function served(daemon: DaemonProcess): Promise<number> {
  const text = await (await fetch(`${daemon.adminUrl}/metrics`)).text();
  const lines = text.split("\n").filter((line) => /^reeve_http_requests?_total\{.*plane="device"/.test(line));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}
