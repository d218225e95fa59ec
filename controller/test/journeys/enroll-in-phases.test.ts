import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { ask } from "../../apple/portal/capped-fetch.ts";
import { enrollmentLink } from "../../loop/links.ts";
import { viewDevices } from "../../loop/view-devices.ts";
import { type Signer, signCms } from "../../simulator/cms.ts";
import { deviceAuthority } from "../../simulator/device-authority.ts";
import { type PlistDict, writePlist } from "../../simulator/plist.ts";
import { authenticate, identityFor, transportOf } from "../hand-made.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { baseline } from "../manifests.ts";
import { sharedKeys } from "../run-keys.ts";

const stores = await storesOfSuite();
const two = ["SIM-1", "SIM-2"].map((serial) => ({ serial, platform: "ios", name: serial }) as const);
const apple = await deviceAuthority({ keys: sharedKeys, now: Date.now() });
const impostor = await deviceAuthority({ keys: sharedKeys, now: Date.now(), name: "Apple iPhone Device CA" });

test.each(stores)(
  "on $name a device proves which one it is, and is given the enrollment profile for itself",
  async (store) => {
    await using house = await open(store);
    const phone = house.device("SIM-1");
    const service = await serviceOf(house);
    const identity = await apple.issue(phone.udid);
    expect(await phone.enrollInPhases(service, { identity })).toEqual({ ok: true });
    await house.pass(600_000);
    const { devices } = await viewDevices(house.looking, { limit: 5 }, {});
    expect(devices).toMatchObject([{ serial: "SIM-1", owner: "ada@acme.example", epoch: 1 }]);
    expect(phone.ledger.of("identity")).toHaveLength(1);
    expect(house.fleet.violations()).toEqual([]);
    // The first profile was good for one device.
    const other = house.device("SIM-2");
    const again = await other.enrollInPhases(service, { identity: await apple.issue(other.udid) });
    expect(again).toEqual({ ok: false, reason: "the service answered 403" });
  },
);

test.each(stores)("on $name nobody goes on with what is not his", async (store) => {
  await using house = await open(store);
  const phone = house.device("SIM-1");
  const forged = { identity: await impostor.issue(phone.udid) };
  const no = { ok: false, reason: "the service answered 403" };
  expect(await phone.enrollInPhases(await serviceOf(house), forged)).toEqual(no);
  const identity = await apple.issue(phone.udid);
  const invented = { identity, lies: { CHALLENGE: "AAAAAAAAAAAAAAAAAAAAAA" } };
  expect(await phone.enrollInPhases(await serviceOf(house), invented)).toEqual(no);
  // A link for another device is none for this one.
  expect(await phone.enrollInPhases(await serviceOf(house, "SIM-2"), { identity })).toEqual(no);
  // The identity of another enrollment opens no further profile.
  const stolen = await identityFor(house, { serial: "SIM-1" });
  expect(await answer(house, stolen, { SERIAL: "SIM-1" })).toBe(403);
  expect((await post(house, Buffer.from("no message"))).status).toBe(400);
});

test.each(stores)("on $name the identity between the phases is good for nothing else", async (store) => {
  await using house = await open(store);
  const phone = house.device("SIM-1");
  const service = await serviceOf(house);
  const identity = await apple.issue(phone.udid);
  let between: Signer | undefined;
  const onIdentity = async (one: Signer) => {
    between = one;
    expect(await authenticate(house, one, "UDID-9", "SIM-1")).toBe(403);
    expect(await answer(house, one, { SERIAL: "SIM-2" })).toBe(403);
  };
  expect(await phone.enrollInPhases(service, { identity, onIdentity })).toEqual({ ok: true });
  if (between === undefined) throw new Error("no identity");
  expect(await answer(house, between, { SERIAL: "SIM-1" })).toBe(403);
});

async function open(store: Parameters<typeof install>[0]["stores"]): Promise<Installation> {
  const portals = {
    serviceUrl: "http://127.0.0.1:1",
    ask,
    intervalMs: 86_400_000,
    authorities: [new X509Certificate(apple.certificate)],
  };
  const house = await install({
    stores: store,
    files: baseline,
    devices: two,
    lies: true,
    parts: { portals, inPhases: true },
  });
  await house.settle();
  return house;
}

async function serviceOf(house: Installation, serial?: string): Promise<Buffer> {
  const url = await enrollmentLink(house.controller.enroll, {
    uses: 1,
    expiresAt: house.world.now() + 3_600_000,
    by: "test",
    owner: "ada@acme.example",
    ...(serial === undefined ? {} : { serial }),
  });
  return (await transportOf(house)({ method: "GET", url: `${url}/profile`, headers: {} })).body;
}

function post(house: Installation, body: Buffer) {
  return transportOf(house)({ method: "POST", url: "https://mdm.test/profile-service", headers: {}, body });
}

async function answer(house: Installation, signer: Signer, about: PlistDict): Promise<number> {
  const content = writePlist({ UDID: "UDID-9", PRODUCT: "iPhone17,3", VERSION: "23B85", ...about });
  return (await post(house, signCms({ content, signer, detached: false, at: house.world.now() }))).status;
}
