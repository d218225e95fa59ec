import { rename, stat } from "node:fs/promises";
import { request } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createClient } from "../../cli/client.ts";
import type { HoldView } from "../../loop/hold-view.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import { writePlist } from "../../simulator/plist.ts";
import type { RunningFleet } from "../../simulator/start-fleet.ts";
import { baseline, slackId } from "../manifests.ts";
import type { DaemonProcess } from "./daemon-process.ts";
import { eventually } from "./eventually.ts";
import { executed, type House, member, openHouse } from "./house.ts";

// Processes start and stop here, on machines that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const files = {
  ...baseline,
  "devices.yaml": `apiVersion: reeve/v1
kind: Device
metadata: {name: sim-1}
spec: {match: {serial: SIM-1}, ownership: company}
`,
  "wipe.yaml": `apiVersion: reeve/v1
kind: Operation
metadata: {name: wipe}
spec:
  target: {devices: [sim-1]}
  act: {wipe: {}}
  expectedDevices: 1
  expiresAt: 2035-12-31T00:00:00Z
  reason: a test
`,
};

const closing = new AsyncDisposableStack();
let house: House;
let daemon: DaemonProcess;
let fleet: RunningFleet;

beforeAll(async () => {
  house = closing.use(await openHouse({ files }));
  daemon = await house.start();
  fleet = await house.enroll([member("SIM-1"), member("SIM-2")]);
  await eventually("both have what is declared, and the wipe is held", async () => {
    const { holds } = await house.status();
    return holds.devices === 1 && fleet.devices.every((one) => one.snapshot().apps[slackId]?.managed);
  });
});
afterAll(() => closing.disposeAsync());

// Each begins with what the one before has left: the free directory, and its snapshot.
describe("a daemon is stopped and restored", { shuffle: false }, () => {
  test("a second daemon on the same directory is told who holds it", async () => {
    const { code, stderr } = await house.reeve("run");
    expect(code).toBe(3);
    expect(stderr).toContain(`is in use by process ${daemon.pid} since`);
    expect(daemon.isRunning()).toBe(true);
  });

  test("SIGTERM lets a request finish, refuses new ones, and leaves a snapshot and a free directory", async () => {
    const began = Date.now();
    const slow = await beginRequest(fleet.device("SIM-2"));
    daemon.kill("SIGTERM");
    await eventually("nobody listens any more", () => isRefused(daemon.deviceUrl));
    expect(daemon.isRunning()).toBe(true);

    expect(await slow.finish()).toEqual({ status: 200, bytes: 0 });
    expect(await daemon.finished).toEqual({ code: 0, signal: null });
    const snapshot = await stat(join(house.folder, "main", "snapshot.tar"));
    expect(snapshot.mtimeMs).toBeGreaterThanOrEqual(began);
    await expect(stat(join(house.folder, "main", "reeve.sock"))).rejects.toThrow("ENOENT");
    expect(daemon.log().filter((line) => line.level === "error")).toEqual([]);
  });

  test("a restored snapshot holds what destroys until an approver resumes", async () => {
    const lost = join(house.folder, "lost");
    await rename(join(house.folder, "main"), lost);
    const restored = await house.reeve("restore", join(lost, "snapshot.tar"));
    expect(restored).toMatchObject({ code: 0, stderr: "" });
    expect(restored.stdout).toContain("reeve resume restored");
    daemon = await house.start();
    const approver = createClient({ server: daemon.adminUrl, token: house.tokens.approver });

    const { holds } = await approver.get<{ holds: readonly HoldView[] }>("/v1/holds");
    await house.approveFirst(holds[0]?.digest);
    await approver.post(`/v1/holds/${holds[0]?.digest}/approve`);
    const device = fleet.device("SIM-1");
    await device.connect();
    await device.connect();
    expect(executed(device, "EraseDevice")).toBe(0);
    expect((await house.reeve("status")).stdout).toContain("restored from a snapshot");
    const refused = await house.reeve("resume", "restored");
    expect(refused).toMatchObject({ code: 3 });
    expect(refused.stderr).toContain("approver");

    await approver.post("/v1/resume/restored");
    await eventually("the wipe is carried out", () => executed(device, "EraseDevice") === 1, {
      state: () => house.operations(),
    });
    expect(fleet.device("SIM-2").snapshot().enrolled).toBe(true);
  });
});

/** A device's request whose second half waits. */
async function beginRequest(device: AppleDevice) {
  const message = writePlist({ Status: "Idle", UDID: device.udid });
  const { url, headers, method } = device.prepareRaw({ channel: "command", body: message });
  const length = { "content-length": String(message.length) };
  const outgoing = request(url, { method, headers: { ...headers, ...length }, rejectUnauthorized: false });
  const answered = new Promise<{ status: number | undefined; bytes: number }>((resolve, reject) => {
    outgoing.on("error", reject);
    outgoing.on("response", async (answer) => {
      let bytes = 0;
      for await (const chunk of answer) bytes += (chunk as Buffer).length;
      resolve({ status: answer.statusCode, bytes });
    });
  });
  answered.catch(() => {});
  await new Promise<void>((resolve) => outgoing.write(message.subarray(0, 20), () => resolve()));
  // The first half has arrived when a whole request that was sent after it has been answered.
  await device.connect();
  return {
    finish: () => {
      outgoing.end(message.subarray(20));
      return answered;
    },
  };
}

function isRefused(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once("error", () => resolve(true));
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
  });
}
