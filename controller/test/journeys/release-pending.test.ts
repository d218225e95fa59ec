import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { createBusinessSession } from "../../apple/portal/business-session.ts";
import { ask } from "../../apple/portal/capped-fetch.ts";
import { approveHold } from "../../loop/control.ts";
import { viewDeviceDetail, viewDevices } from "../../loop/view-devices.ts";
import { viewHolds } from "../../loop/view-holds.ts";
import { fakeBusiness } from "../../simulator/fake-business.ts";
import { storesOfSuite } from "../installation.ts";
import { baseline } from "../manifests.ts";
import { enrollment, type PortalHouse, portalHouse } from "../portal.ts";

const stores = await storesOfSuite();
const { privateKey: key, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const client = { clientId: "BUSINESSAPI.9703f56c", keyId: "d136aa66", key };
const minute = 60_000;
const pad = (serial: string) => ({ serial, platform: "ipados", name: serial, osVersion: "18.1" }) as const;
const files = { ...baseline, "ade.yaml": enrollment("ipads", "all: true") };
const retiring = `apiVersion: reeve/v1
kind: Deprovision
metadata: {name: scrap}
spec:
  target: {devices: [PAD-1]}
  state: retired
  reason: Broken
  expectedDevices: 1
  expiresAt: 2030-01-01T00:00:00Z
`;

test.each(stores)(
  "on $name a retired device is taken out of Apple's portal by itself, is pending until Apple says so, and does not come back meanwhile",
  async (stores) => {
    let now = () => 0;
    await using office = await fakeOffice(() => now());
    const { apple: portal } = office;
    await using house_ = await portalHouse({
      stores,
      files,
      devices: [pad("PAD-1"), pad("PAD-2")],
      business: office.session,
    });
    const { house, apple, look } = house_;
    now = house.world.now;
    for (const serial of ["PAD-1", "PAD-2"]) {
      portal.devices.set(serial, "REEVE");
      await unbox(house_, serial);
    }
    house.commit({ ...files, "scrap.yaml": retiring });
    await house.settle();
    const [hold] = await viewHolds(house.looking);
    // The service is away when reeve first asks.
    portal.fail({
      path: "/v1/mdmServers",
      answer: { status: 400, body: { errors: [{ detail: "not now" }] } },
    });
    await approveHold(house.looking, hold?.digest ?? "", { name: "it-duty" }, undefined);
    await house.settle();
    expect((await viewDeviceDetail(house.looking, "PAD-1")).condition).toMatchObject({
      type: "ReleasePending",
      message: expect.stringMatching(/^retired; still in Apple Business Manager: it comes back by itself/),
    });
    await look();
    expect((await viewDeviceDetail(house.looking, "PAD-1")).lifecycle?.releases).toMatchObject([
      { portal: "apple-business", trouble: expect.any(String) },
    ]);

    // Erased and switched on, it asks to enroll, and is refused before it has an identity.
    const device = house.device("PAD-1");
    const identity = await house_.authority.issue(device.udid);
    const answer = await device.unbox({ url: apple.activationUrl, identity });
    expect(JSON.stringify(answer)).toContain("403");
    expect((await viewDeviceDetail(house.looking, "PAD-1")).lifecycle?.refusedAt).toBeGreaterThan(0);

    house.device("PAD-2").goOffline();
    await house.world.advance(24 * 60 * minute);
    await look();
    await look(minute);
    await look(minute);
    expect([portal.devices.get("PAD-1"), portal.devices.get("PAD-2")]).toEqual([undefined, "REEVE"]);
    expect(
      (await viewDevices(house.looking, { limit: 9, state: "release-pending" }, {})).devices,
    ).toHaveLength(1);
    // Apple's list says it, too.
    apple.remove("PAD-1");
    await look();
    expect((await viewDevices(house.looking, { limit: 9, state: "release-pending" }, {})).devices).toEqual(
      [],
    );
    expect((await viewDeviceDetail(house.looking, "PAD-1")).condition).toMatchObject({
      type: "Deprovisioned",
      reason: "Retired",
    });
    const asked = await house_.said("portal-devices.unassign", "lifecycle.released");
    expect(asked[0]).toBe("Apple Business Manager does not list it any more");
    expect(asked.join()).not.toContain("PAD-1");
    expect((await viewDeviceDetail(house.looking, "PAD-2")).enrollment).toBe("enrolled");
  },
);

async function fakeOffice(now: () => number) {
  const apple = await fakeBusiness({
    now,
    client: { clientId: client.clientId, keyId: client.keyId, publicKey },
    servers: { REEVE: "Reeve" },
    pageSize: 10,
  });
  const session = (clock: () => number) =>
    createBusinessSession({ url: apple.url, tokenUrl: `${apple.url}/token`, client, ask, clock });
  return { apple, session, [Symbol.asyncDispose]: () => apple.close() };
}

async function unbox({ house, apple, authority, look }: PortalHouse, name: string): Promise<void> {
  const device = house.device(name);
  apple.add(device.serial);
  await look();
  await device.unbox({ url: apple.activationUrl, identity: await authority.issue(device.udid) });
  await house.settle();
}
