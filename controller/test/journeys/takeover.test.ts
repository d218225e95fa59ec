import { expect, test } from "vitest";
import { resume } from "../../loop/control.ts";
import { viewDevices } from "../../loop/view-devices.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { viewStatus } from "../../loop/view-status.ts";
import { writePlist } from "../../simulator/plist.ts";
import { listEvents } from "../../store/events.ts";
import { readSecret } from "../../store/secrets.ts";
import { authenticate, commandsTo, identityFor, say, tokenUpdate } from "../hand-made.ts";
import { type Installation, install, storesOfSuite, testTopic } from "../installation.ts";
import { baseline, device, marker, policy } from "../manifests.ts";

const stores = await storesOfSuite();
const operator = { name: "it-duty" };
const files = {
  ...baseline,
  "cfo.yaml": [device("cfo", "SIM-1", "alias: CFO-IPAD"), marker("board")].join("---\n"),
  "p.yaml": policy("profiles: [{name: board}]", "p", "devices: [cfo]"),
};
const two = ["SIM-1", "SIM-2"].map((serial) => ({ serial, platform: "ipados", name: serial }) as const);

test.each(stores)("on $name whoever says another's UDID is only asked questions", async (store) => {
  await using house = await enrolled(store);
  const victim = house.device("SIM-1");
  const { udid } = victim;

  // However it authenticates, leaves, comes back and uses up invitations.
  const thief = await identityFor(house);
  expect(await authenticate(house, thief, udid, "SIM-1")).toBe(200);
  expect(await askedOnly(house, thief, udid)).toBe(true);
  const second = await identityFor(house);
  expect(await authenticate(house, second, udid)).toBe(200);
  expect(await askedOnly(house, second, udid)).toBe(true);
  await say(house, second, { MessageType: "CheckOut", Topic: testTopic, UDID: udid });
  expect(await askedOnly(house, second, udid)).toBe(true);
  await say(house, second, { MessageType: "CheckOut", Topic: testTopic, UDID: udid });
  const third = await identityFor(house);
  expect(await authenticate(house, third, udid, "SIM-2")).toBe(200);
  expect(await askedOnly(house, third, udid)).toBe(true);
  expect(await cfo(house)).toMatchObject({
    serial: "SIM-1",
    enrollment: "quarantined",
    condition: { message: expect.stringContaining("its earlier enrollment has not ended") },
  });
  expect((await viewExplanation(house.looking, "cfo", undefined)).doubts).toEqual([
    "its serial number is enrolled already",
    "its earlier enrollment has not ended",
  ]);
});

test.each(stores)(
  "on $name who was displaced is told of, and comes back by its serial number",
  async (store) => {
    await using house = await enrolled(store);
    const victim = house.device("SIM-1");
    const { udid } = victim;
    const thief = await identityFor(house);
    await authenticate(house, thief, udid, "SIM-1");
    await tokenUpdate(house, thief, udid);
    const idle = { Status: "Idle", UDID: udid };
    expect((await victim.sendRaw({ channel: "command", body: writePlist(idle) })).status).toBe(403);
    expect(await warnings(house)).toContainEqual(expect.stringContaining("an earlier identity of d-"));
    victim.erase();
    await house.enroll([victim], { bound: true });
    await house.settle();
    expect(await cfo(house)).toMatchObject({ enrollment: "enrolled", condition: { type: "Ready" } });
    expect(Object.keys(victim.snapshot().profiles)).toContain("reeve.profile.board");
    expect(await authenticate(house, thief, udid, "SIM-1")).toBe(403);
  },
);

test.each(stores)("on $name a person lets the newcomer in, and then it is the device", async (store) => {
  await using house = await enrolled(store);
  const { udid } = house.device("SIM-1");
  const fresh = await identityFor(house);
  await authenticate(house, fresh, udid, "SIM-1");
  expect(await askedOnly(house, fresh, udid)).toBe(true);
  await resume(house.looking, "device", "cfo", operator);
  await house.settle();
  expect(await commandsTo(house, fresh, udid)).toContain("InstallProfile");
  expect(await authenticate(house, fresh, udid, "SIM-1")).toBe(200);
  expect(await cfo(house)).toMatchObject({ epoch: 2, enrollment: "enrolled" });
  expect((await viewExplanation(house.looking, "cfo", undefined)).doubts).toEqual([]);
});

test.each(stores)(
  "on $name an invitation for a serial number is good for that device alone",
  async (store) => {
    await using house = await enrolled(store);
    const { udid } = house.device("SIM-1");
    const bound = await identityFor(house, { serial: "OTHER" });
    expect(await authenticate(house, bound, udid, "SIM-1")).toBe(403);
    expect(await say(house, bound, { MessageType: "Authenticate", Topic: testTopic, UDID: udid })).toBe(403);
    const events = await listEvents(house.store, { limit: 5, types: ["enrollment.refused"] });
    expect(events.map((one) => one.message)).toEqual([
      "an invitation for serial number OTHER was used by a device that says SIM-1: refused",
    ]);
    expect(await cfo(house)).toMatchObject({ epoch: 1, enrollment: "enrolled" });
    // Its own serial number does not make another's UDID its own.
    expect(await authenticate(house, bound, udid, "OTHER")).toBe(200);
    expect(await askedOnly(house, bound, udid)).toBe(true);
    expect(await cfo(house)).toMatchObject({ serial: "SIM-1", enrollment: "quarantined" });
  },
);

test.each(stores)("on $name who took a serial number first loses it to the invited device", async (store) => {
  await using house = await install({ stores: store, files, devices: two });
  const squatter = await identityFor(house);
  await authenticate(house, squatter, "UDID-X", "SIM-1");
  await tokenUpdate(house, squatter, "UDID-X");
  const victim = house.device("SIM-1");
  await house.enroll([victim]);
  await house.settle();
  expect(victim.snapshot().profiles["reeve.profile.board"]).toBeUndefined();

  victim.erase();
  await house.enroll([victim], { bound: true });
  await house.settle();
  expect(Object.keys(victim.snapshot().profiles)).toContain("reeve.profile.board");
  expect(await commandsTo(house, squatter, "UDID-X")).toEqual([]);
  expect(await cfo(house)).toMatchObject({ udid: victim.udid, enrollment: "enrolled" });
});

test.each(stores)("on $name one identity that two devices use at once enrolls one", async (store) => {
  await using house = await install({ stores: store, files, devices: [] });
  const shared = await identityFor(house);
  const answers = await Promise.all(["UDID-1", "UDID-2"].map((udid) => authenticate(house, shared, udid)));
  expect(answers.toSorted()).toEqual([200, 403]);
  const { devices } = await viewDevices(house.looking, { limit: 5 }, { enrollment: "all" });
  expect(devices).toHaveLength(1);
});

test.each(stores)("on $name nobody who is in quarantine gets the tokens of the one before", async (store) => {
  await using house = await enrolled(store);
  const { udid } = house.device("SIM-1");
  const fresh = await identityFor(house);
  await authenticate(house, fresh, udid, "SIM-1");
  await tokenUpdate(house, fresh, udid);
  expect(await readSecret(house.store, udid, "unlock-token")).toBeUndefined();
  expect(await readSecret(house.store, udid, "bootstrap-token")).toBeUndefined();
});

async function enrolled(store: (typeof stores)[number]): Promise<Installation> {
  const house = await install({ stores: store, files, devices: two });
  await house.enroll();
  await house.settle();
  return house;
}

/** True when a device that tells its token is managed and given nothing. */
async function askedOnly(house: Installation, who: Awaited<ReturnType<typeof identityFor>>, udid: string) {
  const before = await commandsTo(house, who, udid);
  await tokenUpdate(house, who, udid);
  await house.settle();
  const given = [...before, ...(await commandsTo(house, who, udid))];
  expect((await cfo(house)).enrollment).toBe("quarantined");
  return given.every((type) => ["DeviceInformation", "ProfileList", "ManagedApplicationList"].includes(type));
}

async function cfo(house: Installation) {
  const { devices } = await viewDevices(house.looking, { limit: 10 }, { enrollment: "all" });
  const found = devices.find((one) => one.name === "CFO-IPAD");
  if (found === undefined) throw new Error("nobody is the cfo's");
  return found;
}

async function warnings(house: Installation): Promise<readonly string[]> {
  const view = await viewStatus(house.looking, { source: "", warnings: [] });
  return view.warnings.map((one) => one.message);
}
