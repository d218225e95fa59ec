import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { createBusinessSession } from "../../apple/portal/business-session.ts";
import { ask } from "../../apple/portal/capped-fetch.ts";
import { assignInPortal } from "../../loop/portal/business.ts";
import { deviceAuthority } from "../../simulator/device-authority.ts";
import { type FakeBusiness, fakeBusiness } from "../../simulator/fake-business.ts";
import { engage } from "../../store/control.ts";
import { listEvents } from "../../store/events.ts";
import { putMaterial } from "../../store/material.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { baseline } from "../manifests.ts";
import { sharedKeys } from "../run-keys.ts";

const stores = await storesOfSuite();
const { privateKey: key, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const client = { clientId: "BUSINESSAPI.9703f56c", keyId: "d136aa66", key };
const minute = 60_000;

test.each(stores)(
  "on $name devices are assigned and taken away in the portal, and each end is told",
  async (store) => {
    await using office = await open(store);
    const { house, apple, look, events } = office;
    const { business } = house.controller;
    if (business === undefined) throw new Error("there is a client");
    for (const serial of ["A", "B", "C", "D", "E"]) apple.devices.set(serial, undefined);
    apple.devices.set("E", "OTHER");
    expect((await business.list.view({ fresh: false })).devices).toEqual(
      ["A", "B", "C", "D", "E"].map((serial) => ({
        serial,
        model: "iPad Air",
        family: "iPad",
        ...(serial === "E" ? { server: "Old MDM" } : {}),
      })),
    );

    // What was read is kept, with its age; a new one comes when it is wished, at once for all who do.
    const lists = () => apple.requests.filter((one) => one.path.startsWith("/v1/orgDevices")).length;
    const [before, readAt] = [lists(), house.world.now()];
    apple.devices.set("F", undefined);
    await house.world.advance(30_000);
    expect(await business.list.view({ fresh: true })).toMatchObject({ readAt, devices: { length: 5 } });
    await look(2 * minute);
    expect(await business.list.view({ fresh: false })).toMatchObject({ readAt });
    expect(lists()).toBe(before);
    const both = await Promise.all([
      business.list.view({ fresh: true }),
      business.list.view({ fresh: true }),
    ]);
    expect(both.map((one) => one.devices.length)).toEqual([6, 6]);
    expect(lists()).toBe(2 * before);
    apple.devices.delete("F");

    const assign = { type: "assign", server: "Reeve", serials: ["A", "B", "A"], by: "it-lead" } as const;
    expect(await assignInPortal(business, assign)).toMatchObject({ status: "IN_PROGRESS" });
    await look();
    expect(apple.devices.get("A")).toBe(undefined);
    await look();
    expect([apple.devices.get("A"), apple.devices.get("B")]).toEqual(["REEVE", "REEVE"]);
    await look();
    // What was done is in the list without anybody's wish.
    const { devices } = await business.list.view({ fresh: false });
    expect(devices.find((one) => one.serial === "A")).toMatchObject({ server: "Reeve" });
    expect(await events()).toEqual([
      "portal-devices.done assign 2 devices to Reeve: COMPLETED, COMPLETED_WITH_SUCCESS by it-lead",
      "portal-devices.assign assign 2 devices to Reeve: A, B by it-lead",
    ]);

    // A token that ended, one that is not taken any more, and a service that wants to be left alone.
    await house.world.advance(2 * 3_600_000);
    await business.list.view({ fresh: true });
    apple.expireTokens();
    await business.list.view({ fresh: true });
    apple.fail({
      path: "/v1/orgDeviceActivities/",
      answer: { status: 429, headers: { "retry-after": "600" } },
    });
    await assignInPortal(business, { ...assign, type: "unassign", serials: ["A"] });
    await look();
    const asked = apple.requests.length;
    await look(5 * minute);
    expect(apple.requests.length).toBe(asked);
    await look(6 * minute);
    await look();
    expect(apple.devices.get("A")).toBe(undefined);
    expect((await events())[0]).toContain("unassign 1 device from Reeve: COMPLETED");

    // A request whose answer is lost is not sent again; one that Apple refuses says why.
    apple.fail({ path: "/v1/orgDeviceActivities", cut: "after" });
    await expect(assignInPortal(business, { ...assign, serials: ["C"] })).rejects.toThrow("does not answer");
    const begun = apple.requests.filter((one) => one.method === "POST" && one.path.startsWith("/v1/"));
    await look();
    expect(apple.requests.filter((one) => one.method === "POST" && one.path.startsWith("/v1/"))).toEqual(
      begun,
    );
    await expect(assignInPortal(business, { ...assign, serials: ["Z"] })).rejects.toThrow(
      "not a device of this",
    );
    await expect(assignInPortal(business, { ...assign, server: "Nowhere" })).rejects.toThrow(
      "no server of the portal",
    );
    expect((await events())[0]).toContain("portal-devices.failed assign Z to Reeve: Apple refuses it");

    const many = Array.from({ length: 250 }, (_, index) => `M-${index}`);
    for (const serial of many) apple.devices.set(serial, undefined);
    await assignInPortal(business, { ...assign, serials: many });
    const named = (await events()).filter((one) => one.includes("assign 250 devices to Reeve ("));
    expect(named).toHaveLength(3);
    expect(many.every((serial) => named.some((one) => one.includes(serial)))).toBe(true);

    // Read once a day, whoever asks; a service that does not answer keeps the list that there is.
    const old = (await business.list.view({ fresh: false })).readAt;
    await look(25 * 60 * minute);
    expect((await business.list.view({ fresh: false })).readAt).toBeGreaterThan(old);
    // A clock that was a month ahead has it read again when it is back.
    for (let n = 0; n < 3; n++) await look(11 * minute);
    const ahead = (await business.list.view({ fresh: false })).readAt + 30 * 24 * 60 * minute;
    const raw = JSON.stringify({ ...(await business.list.view({ fresh: false })), readAt: ahead });
    await putMaterial(house.store, "portal-devices", raw, ahead);
    await look(11 * minute);
    expect((await business.list.view({ fresh: false })).readAt).toBeLessThan(ahead);
    apple.fail({ path: "/v1/mdmServers", answer: { status: 503 } });
    await house.world.advance(2 * minute);
    await expect(business.list.view({ fresh: true })).rejects.toThrow();
    expect((await business.list.view({ fresh: false })).devices.length).toBeGreaterThan(250);

    await engage(house.store, { name: "kill-switch", reason: "a test", by: "x", at: house.world.now() });
    await house.controller.reconciler.tick();
    await expect(assignInPortal(business, assign)).rejects.toThrow("halted");
  },
);

interface Office extends AsyncDisposable {
  readonly house: Installation;
  readonly apple: FakeBusiness;
  readonly look: (ms?: number) => Promise<void>;
  readonly events: () => Promise<readonly string[]>;
}

const open_: FakeBusiness[] = [];
afterEach(async () => {
  for (const one of open_.splice(0)) await one.close();
});

async function open(store: (typeof stores)[number]): Promise<Office> {
  const clock = { now: () => 0 };
  const apple = await fakeBusiness({
    now: () => clock.now(),
    client: { clientId: client.clientId, keyId: client.keyId, publicKey },
    servers: { REEVE: "Reeve", OTHER: "Old MDM" },
    pageSize: 2,
  });
  open_.push(apple);
  const authority = await deviceAuthority({ keys: sharedKeys, now: 0 });
  const session = createBusinessSession({
    url: apple.url,
    tokenUrl: `${apple.url}/token`,
    client,
    ask,
    clock: () => clock.now(),
  });
  const house = await install({
    stores: store,
    files: baseline,
    devices: [],
    parts: {
      portals: {
        serviceUrl: "http://127.0.0.1:9",
        ask,
        intervalMs: 900_000,
        authorities: [new X509Certificate(authority.certificate)],
        business: session,
      },
    },
  });
  clock.now = house.world.now;
  await house.settle();
  return {
    house,
    apple,
    look: async (ms = minute) => {
      await house.world.advance(ms);
      await house.controller.portals?.tick();
    },
    events: async () => {
      const rows = await listEvents(house.store, { types: ["portal-devices."], limit: 1_000 });
      return rows.map(({ type, message, by }) => `${type} ${message} by ${by}`);
    },
    [Symbol.asyncDispose]: () => house[Symbol.asyncDispose](),
  };
}
