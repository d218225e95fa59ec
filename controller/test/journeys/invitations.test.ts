import { expect, test } from "vitest";
import { devicePaths } from "../../loop/enroll.ts";
import { invitedSerial } from "../../loop/invited.ts";
import { enrollmentLink } from "../../loop/links.ts";
import { certificatesOf, openSealed, openSigned } from "../../simulator/cms.ts";
import type { KeyPair } from "../../simulator/keys.ts";
import type { Transport, TransportRequest } from "../../simulator/transport.ts";
import { pglite } from "../../store/test-stores.ts";
import { authenticate, challengeFor, scep, transportOf } from "../hand-made.ts";
import { install, storesOfSuite } from "../installation.ts";
import { baseline, device } from "../manifests.ts";
import { sharedKeys } from "../run-keys.ts";

const stores = await storesOfSuite();
const hour = 3_600_000;

test.each(stores)("on $name a SCEP reply that was lost is given again to who lost it", async (store) => {
  await using house = await install({ stores: store, files: baseline, devices: [] });
  const challenge = await challengeFor(house);
  const keys = await sharedKeys.take();
  const lost = loseReply(transportOf(house), keys);
  expect(await scep(house, { challenge, keys }, lost.transport)).toMatchObject({ ok: false });

  // Another transaction is somebody else, and so is another key.
  expect(await scep(house, { challenge, keys })).toMatchObject({ ok: false });
  expect(await scep(house, { challenge })).toMatchObject({ ok: false });
  const [first, second] = [await lost.again(), await lost.again()];
  expect(first.certificate.equals(second.certificate)).toBe(true);
  const [row] = await house.store.query<{ count: number }>("select count(*) as count from reeve.certificate");
  expect(row?.count).toBe(1);

  expect(await authenticate(house, first, "UDID-1")).toBe(200);
  // It has arrived: nothing is kept of it that could be given to anybody.
  await expect(lost.again()).rejects.toThrow("no certificate");
  expect(await house.store.query("select from reeve.certificate where der is not null")).toEqual([]);
});

test.each(stores)("on $name it is not given again once the challenge has expired", async (store) => {
  await using house = await install({ stores: store, files: baseline, devices: [] });
  const keys = await sharedKeys.take();
  const lost = loseReply(transportOf(house), keys);
  await scep(house, { challenge: await challengeFor(house), keys }, lost.transport);
  await house.world.advance(hour);
  await expect(lost.again()).rejects.toThrow("no certificate");
});

test("an address that asks for too much is told when to come again, and nobody else is", async () => {
  await using house = await install({
    stores: pglite,
    files: baseline,
    devices: [],
    parts: { strangersPerMinute: 25, devicePlane: { trustedProxies: ["10.0.0.1"] } },
  });
  const from = (address: string) => (path: string) =>
    transportOf(
      house,
      "10.0.0.1",
    )({
      method: "GET",
      url: `https://mdm.test${path}`,
      headers: { "x-forwarded-for": address },
    });
  const guesser = from("2001:db8::1");
  const guesses = [];
  for (let n = 0; n < 4; n++) guesses.push(await guesser(`${devicePaths.link}/guess-${n}`));
  expect(guesses.map((one) => one.status)).toEqual([404, 404, 404, 429]);
  expect(Number(guesses[3]?.headers["retry-after"])).toBeGreaterThan(0);
  const neighbour = await from("2001:db8::2")(`${devicePaths.scep}?operation=GetCACaps`);
  expect(neighbour.status).toBe(429);

  const school = from("198.51.100.7");
  for (let n = 0; n < 25; n++)
    expect((await school(`${devicePaths.scep}?operation=GetCACaps`)).status).toBe(200);
  expect((await school(`${devicePaths.scep}?operation=GetCACaps`)).status).toBe(429);
  await house.world.advance(60_000);
  expect((await guesser(`${devicePaths.scep}?operation=GetCACaps`)).status).toBe(200);
});

test("an address that names another in X-Forwarded-For is counted as what it is", async () => {
  await using house = await install({
    stores: pglite,
    files: baseline,
    devices: [],
    parts: { strangersPerMinute: 25, devicePlane: { trustedProxies: ["10.0.0.1"] } },
  });
  const guess = (nth: number, headers: Readonly<Record<string, string>>) =>
    transportOf(
      house,
      "203.0.113.9",
    )({
      method: "GET",
      url: `https://mdm.test${devicePaths.link}/guess-${nth}`,
      headers,
    });
  const statuses: number[] = [];
  for (let nth = 0; nth < 6; nth++) {
    const claimed = `198.51.100.${nth}`;
    const names = ["x-forwarded-for", "forwarded", "x-real-ip", "true-client-ip", "cf-connecting-ip"];
    const headers = Object.fromEntries(
      names.map((name) => [name, name === "forwarded" ? `for=${claimed}` : claimed]),
    );
    statuses.push((await guess(nth, headers)).status);
  }
  expect(statuses).toEqual([404, 404, 404, 429, 429, 429]);
});

test("a link for a device makes profiles for that device alone", async () => {
  await using house = await install({
    stores: pglite,
    files: { ...baseline, "d.yaml": device("cfo", "SIM-1", "alias: CFO-IPAD") },
    devices: ["SIM-1", "SIM-2"].map((serial) => ({ serial, platform: "ipados" }) as const),
  });
  await house.settle();
  expect(await invitedSerial(house.looking, { device: "cfo" })).toBe("SIM-1");
  expect(await invitedSerial(house.looking, { device: "CFO-IPAD" })).toBe("SIM-1");
  await expect(invitedSerial(house.looking, { device: "nobody" })).rejects.toThrow("no device is called");
  await expect(invitedSerial(house.looking, { device: "cfo", serial: "S" })).rejects.toThrow("not to both");
  await expect(invitedSerial(house.looking, { serial: "SIM 1" })).rejects.toThrow("expected a serial number");

  const invitation = { uses: 2, expiresAt: house.world.now() + hour, by: "test", serial: "SIM-1" };
  const link = await enrollmentLink(house.controller.enroll, invitation);
  expect(await house.device("SIM-2").enroll(link)).toMatchObject({ ok: false });
  expect(await house.device("SIM-1").enroll(link)).toEqual({ ok: true });
});

/** A wire that loses the first reply of PKIOperation, and sends that message again. */
function loseReply(wire: Transport, { privateKey }: KeyPair) {
  let message: TransportRequest | undefined;
  const transport: Transport = async (request) => {
    if (request.method !== "POST") return wire(request);
    message = request;
    await wire(request);
    throw new Error("the connection was lost");
  };
  async function again() {
    if (message === undefined) throw new Error("nothing was sent");
    const reply = openSigned((await wire(message)).body);
    if (reply.content.length === 0) throw new Error("no certificate");
    const [certificate] = certificatesOf(openSealed(reply.content, privateKey));
    if (certificate === undefined) throw new Error("no certificate");
    return { certificate: Buffer.from(certificate.raw), privateKey };
  }
  return { transport, again };
}
