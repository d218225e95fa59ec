import { expect, test } from "vitest";
import { viewDevices } from "../../loop/view-devices.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import { type PlistDict, writePlist } from "../../simulator/plist.ts";
import { authenticate, commandsTo, identityFor, renewal, say, tokenUpdate } from "../hand-made.ts";
import { type Installation, install, storesOfSuite, testTopic } from "../installation.ts";
import { baseline, device, marker, policy } from "../manifests.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const two = ["SIM-1", "SIM-2"].map((serial) => ({ serial, platform: "ipados", name: serial }) as const);

test.each(stores)(
  "on $name one challenge enrolls one device, however often its identity is renewed",
  async (store) => {
    await using house = await install({ stores: store, files: baseline, devices: [] });
    const first = await identityFor(house);
    // Before anybody has authenticated with it, it cannot be multiplied.
    expect(await renewal(house, first)).toMatchObject({ ok: false });
    expect(await authenticate(house, first, "UDID-1")).toBe(200);
    const second = await renewal(house, first);
    if (!second.ok) throw new Error(second.reason);

    expect(await authenticate(house, first, "UDID-2")).toBe(403);
    expect(await authenticate(house, second.identity, "UDID-2")).toBe(403);
    expect(await authenticate(house, second.identity, "UDID-1")).toBe(200);
    expect(await renewal(house, first)).toMatchObject({ ok: false });
    expect(await authenticate(house, first, "UDID-1")).toBe(403);
    expect((await devices(house)).map((one) => one.udid)).toEqual(["UDID-1"]);
  },
);

test.each(stores)(
  "on $name who has left comes back with an invitation, or is only asked questions",
  async (store) => {
    await using house = await install({ stores: store, files: baseline, devices: [] });
    const old = await identityFor(house);
    await authenticate(house, old, "UDID-1");
    await tokenUpdate(house, old, "UDID-1");
    await say(house, old, { MessageType: "CheckOut", Topic: testTopic, UDID: "UDID-1" });

    expect(await renewal(house, old)).toMatchObject({ ok: false });
    expect(await authenticate(house, old, "UDID-1")).toBe(200);
    // Nor does it get anything before it has told its token.
    await house.settle();
    expect(await commandsTo(house, old, "UDID-1")).not.toContain("InstallProfile");
    await tokenUpdate(house, old, "UDID-1");
    await house.settle();
    expect(await commandsTo(house, old, "UDID-1")).not.toContain("InstallProfile");
    expect(await devices(house)).toMatchObject([
      { epoch: 2, enrollment: "quarantined", condition: { type: "Held", reason: "Quarantined" } },
    ]);

    const fresh = await identityFor(house);
    expect(await authenticate(house, fresh, "UDID-1")).toBe(200);
    await tokenUpdate(house, fresh, "UDID-1");
    await house.settle();
    expect(await commandsTo(house, fresh, "UDID-1")).toContain("InstallProfile");
    expect(await authenticate(house, old, "UDID-1")).toBe(403);
    await house.settle();
    expect(await devices(house)).toMatchObject([{ epoch: 3, enrollment: "enrolled" }]);
  },
);

test.each(stores)("on $name a device can neither hear nor say anything in another's name", async (store) => {
  await using house = await install({ lies: true, stores: store, files: baseline, devices: two });
  const [victim, thief] = [house.device("SIM-1"), house.device("SIM-2")];
  await house.enroll();
  await house.settle();
  const before = JSON.stringify(await devices(house));
  const { udid } = victim;
  const stolen = victim.ledger.of("command").map((one) => one.uuid);

  for (const message of [
    { MessageType: "CheckOut", Topic: testTopic, UDID: udid },
    { MessageType: "CheckOut", Topic: testTopic, UDID: udid, UserID: "501" },
    { MessageType: "CheckOut", Topic: testTopic, EnrollmentID: udid },
    { MessageType: "TokenUpdate", Topic: testTopic, UDID: udid, Token: Buffer.alloc(32), PushMagic: "x" },
    {
      MessageType: "TokenUpdate",
      Topic: testTopic,
      UDID: udid,
      UserID: "501",
      Token: Buffer.alloc(32),
      PushMagic: "x",
    },
    { MessageType: "GetBootstrapToken", UDID: udid },
    { MessageType: "SetBootstrapToken", UDID: udid, BootstrapToken: Buffer.alloc(8) },
    { MessageType: "Authenticate", Topic: testTopic, UDID: udid, SerialNumber: "SIM-1" },
  ])
    expect(await raw(thief, "check-in", message), JSON.stringify(message)).toEqual({ status: 403, bytes: 0 });
  for (const commandId of stolen)
    for (const Status of ["Acknowledged", "Error", "NotNow"])
      expect((await raw(thief, "command", { Status, CommandUUID: commandId, UDID: udid })).status).toBe(403);
  expect(await raw(thief, "command", { Status: "Idle", UDID: udid })).toEqual({ status: 403, bytes: 0 });
  // No such channel: nothing is known of it, and nothing is told.
  expect(await raw(thief, "command", { Status: "Idle", UDID: udid, UserID: "501" })).toEqual({
    status: 200,
    bytes: 0,
  });
  for (const commandId of stolen)
    await raw(thief, "command", { Status: "Error", CommandUUID: commandId, UDID: thief.udid });

  await house.pass(minute);
  expect(JSON.stringify(await devices(house))).toBe(before);
  const [row] = await house.store.query<{ count: number }>(
    "select count(*) as count from reeve.command where status = 'failed'",
  );
  expect(row?.count).toBe(0);
});

test.each(stores)("on $name a device cannot call itself what means another", async (store) => {
  const named = device("cfo", "SIM-1", "alias: CFO-IPAD");
  const files = {
    ...baseline,
    "cfo.yaml": [named, marker("board")].join("---\n"),
    "p.yaml": policy("profiles: [{name: board}]", "p", "devices: [cfo, CFO-IPAD, SIM-1, SIM-2]"),
  };
  await using house = await install({ stores: store, files, devices: two });
  await house.enroll();
  await house.settle();
  const ids = (await devices(house)).map((one) => one.id);

  for (const [udid, serial] of [
    ["FAKE-1", "cfo"],
    ["FAKE-2", "CFO-IPAD"],
    ["FAKE-3", "SIM-1"],
    ["FAKE-4", ids[0]],
    ["FAKE-5", house.device("SIM-1").udid],
    ["SIM-2", "FAKE-6"],
    ["CFO-IPAD", "FAKE-7"],
  ] as const) {
    const thief = await identityFor(house);
    await authenticate(house, thief, udid, serial);
    await tokenUpdate(house, thief, udid);
    await commandsTo(house, thief, udid);
    await house.settle();
    expect(await installed(house, udid), `${udid} as ${serial}`).not.toContain("Profile/board");
  }
  for (const own of ["SIM-1", "SIM-2"])
    expect(Object.keys(house.device(own).snapshot().profiles)).toContain("reeve.profile.board");
});

/** The items that a channel has been granted. */
async function installed(house: Installation, channel: string): Promise<string[]> {
  const row = await house.store.channels.read(channel);
  return (row?.granted?.body.items ?? []).map((item) => item.key);
}

async function devices(house: Installation) {
  const view = await viewDevices(house.looking, { limit: 10 }, { enrollment: "all" });
  return view.devices.map(({ lastSeenAt: _seen, ...rest }) => rest);
}

async function raw(sender: AppleDevice, channel: "check-in" | "command", message: PlistDict) {
  const { status, body } = await sender.sendRaw({ channel, body: writePlist(message) });
  return { status, bytes: body.length };
}
