import { expect, test } from "vitest";
import { enrollmentProfile } from "../../loop/enroll.ts";
import { viewDevices } from "../../loop/view-devices.ts";
import { viewStatus } from "../../loop/view-status.ts";
import { writePlist } from "../../simulator/plist.ts";
import { listEvents } from "../../store/events.ts";
import { readSecret } from "../../store/secrets.ts";
import { commandsTo, identityFor, say, send, tokenUpdate } from "../hand-made.ts";
import { type Installation, install, storesOfSuite, testTopic } from "../installation.ts";
import { baseline } from "../manifests.ts";

const stores = await storesOfSuite();
const macs = ["MAC-1", "MAC-2"].map((serial) => ({ serial, platform: "macos", name: serial }) as const);

test.each(stores)(
  "on $name a profile that replaces the enrollment in place goes on as a renewal when it is for this device",
  async (store) => {
    await using house = await enrolled(store);
    const mac = house.device("MAC-1");
    const before = Object.keys(mac.snapshot().profiles);
    expect(await mac.user.replaceManagement(await profileFor(house, { serial: "MAC-1" }))).toEqual({
      ok: true,
    });
    await mac.connect();
    await house.settle();
    expect(await view(house)).toMatchObject({ epoch: 1, condition: { type: "Ready" } });
    expect(Object.keys(mac.snapshot().profiles)).toEqual(before);
    expect(await eventsOf(house, "identity.replaced")).toHaveLength(1);
    expect(await warnings(house)).toEqual([]);
    expect(mac.ledger.of("authenticated")).toHaveLength(1);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name one for anybody is put aside with a reason, and one for this device heals it",
  async (store) => {
    await using house = await enrolled(store);
    const mac = house.device("MAC-1");
    const replaced = mac.user.replaceManagement(await profileFor(house));
    await house.pass(180_000, 30_000);
    expect(await replaced).toMatchObject({ ok: false });
    expect(await view(house)).toMatchObject({ epoch: 1, enrollment: "enrolled" });
    expect(await warnings(house)).toContainEqual(
      expect.stringContaining("an identity that nobody vouches for speaks for d-"),
    );
    expect(await eventsOf(house, "identity.unvouched")).toHaveLength(1);
    expect(await mac.user.replaceManagement(await profileFor(house, { serial: "MAC-1" }))).toEqual({
      ok: true,
    });
    await house.settle();
    expect(await view(house)).toMatchObject({ epoch: 1, condition: { type: "Ready" } });
    expect(await warnings(house)).toEqual([]);
  },
);

test.each(stores)("on $name nobody slips into an enrollment this way", async (store) => {
  await using house = await enrolled(store, true);
  const victim = house.device("MAC-1");
  const { udid } = victim;
  await victim.sendRaw({
    channel: "check-in",
    body: writePlist({ MessageType: "SetBootstrapToken", UDID: udid, BootstrapToken: Buffer.from("secret") }),
  });
  const anybody = await identityFor(house);
  const another = await identityFor(house, { serial: "MAC-2" });
  for (const thief of [anybody, another]) {
    for (const MessageType of ["GetBootstrapToken", "SetBootstrapToken", "CheckOut"])
      expect(await say(house, thief, { MessageType, Topic: testTopic, UDID: udid })).toBe(403);
    expect(await tokenUpdate(house, thief, udid)).toBe(403);
    expect((await send(house, thief, "connect", { Status: "Idle", UDID: udid })).status).toBe(403);
    expect(await commandsTo(house, thief, udid)).toEqual([]);
  }
  // Having been refused, an identity is still good for the device that it was for, and not for a third.
  expect(await tokenUpdate(house, another, house.device("MAC-2").udid)).toBe(200);
  expect(await tokenUpdate(house, another, udid)).toBe(403);

  await victim.connect();
  await house.settle();
  expect(await view(house)).toMatchObject({ epoch: 1, enrollment: "enrolled", condition: { type: "Ready" } });
  expect(await readSecret(house.store, udid, "bootstrap-token")).toEqual(Buffer.from("secret"));
});

test.each(stores)(
  "on $name who connects first with an invitation for a device takes over, and the one before is told of",
  async (store) => {
    await using house = await enrolled(store, true);
    const { udid } = house.device("MAC-1");
    const fresh = await identityFor(house, { serial: "MAC-1" });
    expect((await send(house, fresh, "connect", { Status: "Idle", UDID: udid })).status).toBe(200);
    const idle = writePlist({ Status: "Idle", UDID: udid });
    expect((await house.device("MAC-1").sendRaw({ channel: "command", body: idle })).status).toBe(403);
    expect(await warnings(house)).toEqual([expect.stringContaining("an earlier identity of d-")]);
    expect(await view(house)).toMatchObject({ epoch: 1 });
  },
);

async function enrolled(stores: Parameters<typeof install>[0]["stores"], lies = false) {
  const house = await install({ stores, files: baseline, devices: macs, lies });
  await house.enroll();
  await house.settle();
  return house;
}

function profileFor(house: Installation, bound: { serial?: string } = {}): Promise<Buffer> {
  const invitation = { uses: 1, expiresAt: house.world.now() + 3_600_000, by: "test", ...bound };
  return enrollmentProfile(house.controller.enroll, invitation, true);
}

async function view(house: Installation) {
  const { devices } = await viewDevices(house.looking, { limit: 10 }, {});
  const found = devices.find((one) => one.serial === "MAC-1");
  if (found === undefined) throw new Error("no such device");
  return found;
}

async function warnings(house: Installation): Promise<string[]> {
  const status = await viewStatus(house.looking, { source: "test", warnings: [] });
  return status.warnings.map((one) => one.message);
}

async function eventsOf(house: Installation, type: string) {
  return (await listEvents(house.store, { limit: 100 })).filter((one) => one.type === type);
}
