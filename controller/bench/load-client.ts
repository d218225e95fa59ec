/**
 * The other side of the endpoint's measurements, in a process of its own: a simulated fleet whose requests are made
 * and signed beforehand, and then sent at full speed over kept-alive TLS connections.
 */
import { type AppleDevice, appleDevice } from "../simulator/apple-device.ts";
import { keyPool } from "../simulator/keys.ts";
import { writePlist } from "../simulator/plist.ts";
import type { TransportRequest } from "../simulator/transport.ts";
import { bytesOf, type LeanConnection, openLeanConnection } from "./lean-connection.ts";
import type { Asked, Burst as BurstReport, Load } from "./load.ts";
import { type Stage, stagedTransport } from "./stages.ts";

/** Requests under way in a burst. */
const atOnce = 128;

const keys = keyPool({ size: 24 });
const devices: AppleDevice[] = [];
let lanes: LeanConnection[] = [];
let address: { readonly url: string; readonly ca: string } | undefined;

const staged = stagedTransport(async (requests) => {
  const bytes = requests.map(bytesOf);
  const responses: Stage["responses"][number][] = new Array(requests.length);
  const connections = await openLanes(Math.min(atOnce, requests.length));
  let next = 0;
  const began = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      for (let index = next++; index < bytes.length; index = next++)
        responses[index] = await connection.send(bytes[index] as Buffer);
    }),
  );
  return { ms: performance.now() - began, responses };
});

async function openLanes(count: number): Promise<readonly LeanConnection[]> {
  if (address === undefined) throw new Error("nobody said where the server is");
  const url = new URL(address.url);
  lanes = lanes.filter((lane) => lane.isOpen());
  while (lanes.length < count) lanes.push(await openLeanConnection(url, address.ca));
  return lanes.slice(0, count);
}

/** Enrolls further devices with one profile; the bursts of SCEP and of the two check-ins. */
async function enroll(asked: Extract<Asked, { type: "enroll" }>): Promise<Load> {
  const fresh = Array.from({ length: asked.devices }, (_, index) => {
    const serial = `BENCH${String(devices.length + index).padStart(6, "0")}`;
    const quiet = { installMs: [0, 0] as const, ownApps: 40, anchors: [] };
    return appleDevice({ serial, platform: "ipados", transport: staged.transport, keys, ...quiet });
  });
  devices.push(...fresh);
  const results: { readonly ok: boolean; readonly reason?: string }[] = [];
  const stages = await staged.run(
    fresh.map((device) => async () => results.push(await device.enroll(asked.profile, { connect: false }))),
  );
  const failed = results.find((result) => !result.ok);
  if (failed !== undefined) throw new Error(`a device did not enroll: ${failed.reason}`);
  return { bursts: stages.map(reportOf) };
}

/** Every device connects and goes on until it is given nothing; the bursts. */
async function talk(): Promise<Load> {
  const stages = await staged.run(devices.map((device) => () => device.connect()));
  const broken = devices.flatMap((device) => device.ledger.of("violation"));
  if (broken.length > 0) throw new Error(`the server broke the protocol: ${JSON.stringify(broken[0])}`);
  return { bursts: stages.map(reportOf) };
}

function reportOf({ ms, requests, responses }: Stage): BurstReport {
  const bad = responses.find((response) => response.status !== 200);
  if (bad !== undefined) throw new Error(`the server answered ${bad.status}`);
  const reports = requests.filter(isReport).length;
  const commands = responses.filter((response) => response.body.length > 0).length;
  const { method, url } = requests[0] as TransportRequest;
  const what = `${method} ${new URL(url).pathname}${new URL(url).search.slice(0, 24)}`;
  return { what, ms, requests: requests.length, reports, commands };
}

function isReport({ body }: TransportRequest): boolean {
  return body?.includes("CommandUUID") === true;
}

/** Idle connects of devices for which there is nothing to do, each sent as soon as the one before is answered. */
async function idle({ seconds, connections: count }: Extract<Asked, { type: "idle" }>): Promise<Load> {
  const prepared = devices.map((device) => {
    const body = writePlist({ Status: "Idle", UDID: device.udid });
    return bytesOf(device.prepareRaw({ channel: "command", body }));
  });
  const connections = await openLanes(count);
  const latencies: number[] = [];
  const cpu = process.cpuUsage();
  const began = performance.now();
  const until = began + seconds * 1_000;
  let commands = 0;
  await Promise.all(
    connections.map(async (connection, lane) => {
      for (let index = lane; ; index += count) {
        const sent = performance.now();
        if (sent > until) return;
        const answer = await connection.send(prepared[index % prepared.length] as Buffer);
        latencies.push(performance.now() - sent);
        if (answer.status !== 200) throw new Error(`the server answered ${answer.status}`);
        if (answer.body.length > 0) commands += 1;
      }
    }),
  );
  const ms = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  const burst = { what: "idle", ms, requests: latencies.length, reports: 0, commands };
  return { bursts: [burst], latencies: Float64Array.from(latencies), cpuSeconds: (user + system) / 1e6 };
}

async function answer(asked: Asked): Promise<Load> {
  if (asked.type === "server") {
    for (const lane of lanes.splice(0)) lane.close();
    devices.length = 0;
    address = asked;
    return { bursts: [] };
  }
  if (asked.type === "enroll") return enroll(asked);
  return asked.type === "talk" ? talk() : idle(asked);
}

process.on("message", (asked: Asked) => {
  answer(asked).then(
    (load) => process.send?.(load),
    (error: unknown) =>
      process.send?.({ failed: error instanceof Error ? (error.stack ?? "") : String(error) }),
  );
});
