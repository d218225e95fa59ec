import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { pushBroker } from "./apns.ts";
import { fleet } from "./fleet.ts";
import { keyPool } from "./keys.ts";
import { scriptedServer } from "./scripted-server.ts";
import { loopbackCertificate } from "./self-made.ts";
import { startFleet } from "./start-fleet.ts";
import { restrictionsProfile } from "./test-bed.ts";
import { realWorld, virtualWorld } from "./world.ts";

const moods = {
  "lose-reply": 0.2,
  "lose-answer": 0.1,
  duplicate: 0.1,
  "not-now": 0.2,
  error: 0.1,
  slow: 0.3,
};

/** A day in the life of a fleet whose devices have moods; everything that its ledgers hold. */
async function history(seed: string) {
  const world = virtualWorld();
  const server = scriptedServer({ clock: world.now });
  const push = pushBroker({ world });
  const made = fleet({
    seed,
    world,
    transport: server.transport,
    push,
    keys: keyPool({ size: 2 }),
    moods,
    devices: 9,
  });
  await made.enrollAll(server.enrollmentProfile());
  for (const [hour, device] of made.devices.entries()) {
    server.queue(device.udid, { RequestType: "InstallProfile", Payload: restrictionsProfile("a", "1") });
    server.queue(device.udid, {
      RequestType: "InstallApplication",
      iTunesStoreID: 618783545,
      ManagementFlags: 1,
      InstallAsManaged: true,
    });
    server.queue(device.udid, { RequestType: "InstalledApplicationList" });
    world.after(hour * 1_000, () => {
      const { token = "", pushMagic = "" } = device.secrets() ?? {};
      push.deliver(token, pushMagic);
    });
  }
  await world.advance(3_600_000);
  return {
    made,
    ledgers: made.devices.map((device) => device.ledger.entries),
    results: server.received.length,
  };
}

test("the same seed gives the same ledgers, another seed others", async () => {
  const first = await history("one");
  const second = await history("one");
  const third = await history("two");

  expect(second.ledgers).toEqual(first.ledgers);
  expect(second.results).toBe(first.results);
  expect(third.ledgers).not.toEqual(first.ledgers);
  expect(first.ledgers.flat().some((entry) => entry.type === "reply-lost")).toBe(true);
});

test("the demo's fleet has twenty-six Apple devices, a few of them unsupervised iPhones", () => {
  const { devices, device } = fleet({
    transport: async () => ({ status: 500, headers: {}, body: Buffer.alloc(0) }),
  });

  const unsupervised = devices.filter((one) => !one.snapshot().supervised);
  expect(devices).toHaveLength(26);
  expect(new Set(devices.map((one) => one.udid)).size).toBe(26);
  expect(unsupervised.map((one) => one.serial)).toEqual(["SIM-IPHONE-08", "SIM-IPHONE-09", "SIM-IPHONE-10"]);
  expect(device("ATV-02").hardware.platform).toBe("tvos");
  expect(() => device("ATV-03")).toThrow("no device ATV-03");
});

test("over real sockets the same devices enroll and live by their pushes", async () => {
  const { certificate, key } = loopbackCertificate();
  const scripted = scriptedServer({ clock: Date.now });
  const server = createServer({ cert: certificate, key }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      const signature = request.headers["mdm-signature"];
      const answer = await scripted.transport({
        method: request.method as "GET",
        url: `https://localhost${request.url}`,
        headers: typeof signature === "string" ? { "Mdm-Signature": signature } : {},
        body: Buffer.concat(chunks),
      });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const base = `https://localhost:${(server.address() as AddressInfo).port}`;
  const push = pushBroker({ world: realWorld() });

  const running = await startFleet({
    profile: scripted.enrollmentProfile({}, base),
    push,
    ca: certificate,
    devices: 3,
    keys: keyPool({ size: 2 }),
  });
  const device = running.devices[0] as (typeof running.devices)[number];
  const uuid = scripted.queue(device.udid, { RequestType: "SecurityInfo" });
  const { token = "", pushMagic = "" } = device.secrets() ?? {};
  push.deliver(token, pushMagic);
  await expect.poll(() => scripted.results(uuid).length).toBe(1);

  expect([...running.results.values()]).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
  expect(running.violations()).toEqual([]);
  running.close();
  server.closeAllConnections();
  server.close();
});
