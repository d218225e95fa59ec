import { expect, test } from "vitest";
import { approveHold } from "../../loop/control.ts";
import { deviceNamed } from "../../loop/view-devices.ts";
import { viewHolds } from "../../loop/view-holds.ts";
import { listActs } from "../../store/test-acts.ts";
import { storesOfSuite } from "../installation.ts";
import { baseline, operation, slackId } from "../manifests.ts";
import { enrollment, type PortalHouse, portalHouse } from "../portal.ts";

const stores = await storesOfSuite();
const pad = (serial: string) => ({ serial, platform: "ipados", name: serial, osVersion: "18.1" }) as const;
const files = { ...baseline, "ade.yaml": enrollment("ipads", "all: true", "onReturn: admit") };

test.each(stores)(
  "on $name an erased device comes back by itself, and nothing of before with it",
  async (stores) => {
    await using portal = await portalHouse({ stores, files, devices: [pad("PAD-1")] });
    const { house } = portal;
    const device = house.device("PAD-1");
    await unbox(portal, "PAD-1");
    const wiping = operation("wipe", "devices: [PAD-1]", "wipe: {}", "  expectedDevices: 1");
    const locking = operation("lock", "devices: [PAD-1]", "lock: {message: Call}");
    house.commit({ ...files, "wipe.yaml": wiping });
    await house.settle();
    const [hold] = await viewHolds(house.looking);
    device.goOffline();
    await approveHold(house.looking, hold?.digest ?? "", { name: "it-duty" }, undefined);
    house.commit({ ...files, "wipe.yaml": wiping, "lock.yaml": locking });
    await house.settle();
    expect(statuses(await listActs(house.store, 5))).toEqual({
      "Operation/lock@1": { ready: 1 },
      "Operation/wipe@1": { ready: 1 },
    });

    device.goOnline();
    device.erase();
    await unbox(portal, "PAD-1");
    const row = await deviceNamed(house.store, "PAD-1");
    expect([row.status, row.epoch, Object.keys(row.facts).includes("mayReturn")]).toEqual([
      "enrolled",
      2,
      false,
    ]);
    expect(device.snapshot().managedApps).toEqual({ [slackId]: "Managed" });
    expect(statuses(await listActs(house.store, 5))).toEqual({
      "Operation/lock@1": { cancelled: 1 },
      "Operation/wipe@1": { cancelled: 1 },
    });
    const sent = device.ledger.of("executed").map((one) => one.requestType);
    expect(sent.filter((type) => type === "EraseDevice" || type === "DeviceLock")).toEqual([]);
    expect(await viewHolds(house.looking)).toEqual([]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)("on $name nobody comes back as somebody else, nor from Lost Mode", async (stores) => {
  const devices = [
    { ...pad("PAD-1"), name: "ONE" },
    pad("PAD-2"),
    { ...pad("PAD-1"), name: "TWIN", udid: "TWIN" },
  ];
  await using portal = await portalHouse({ stores, files, devices });
  const { house } = portal;
  await unbox(portal, "ONE");
  const [one, two, twin] = house.fleet.devices;
  if (one === undefined || two === undefined || twin === undefined) throw new Error("there are three");

  // It says the right serial number, and with the second attempt in Setup Assistant the right UDID as well.
  for (const lies of [{}, { UDID: one.udid }]) {
    twin.erase();
    await unbox(portal, "TWIN", lies);
    expect((await deviceNamed(house.store, "TWIN")).status).toBe("quarantined");
    expect(twin.snapshot().managedApps).toEqual({});
  }
  expect((await deviceNamed(house.store, one.udid)).epoch).toBe(1);

  // What is doubtful stays so until a person has looked, also with another number.
  await unbox(portal, "PAD-2");
  two.erase();
  await unbox(portal, "PAD-2", { SERIAL: "PAD-1" });
  expect(two.isEnrolled()).toBe(false);
  const lost = operation("lost", "devices: [PAD-1]", "lostMode: {message: Call}");
  house.commit({ ...files, "lost.yaml": lost });
  await house.settle();
  expect(one.snapshot().lost).toBeDefined();
  one.erase();
  await unbox(portal, "ONE");
  expect((await deviceNamed(house.store, one.udid)).status).toBe("quarantined");
  // Nor does it by erasing it once more.
  one.erase();
  await unbox(portal, "ONE");
  expect((await deviceNamed(house.store, one.udid)).status).toBe("quarantined");
});

test.each(stores)(
  "on $name nobody comes back whom Lost Mode could not reach, nor a Mac that was locked",
  async (stores) => {
    const mac = { serial: "MAC-1", platform: "macos", name: "MAC-1", osVersion: "15.1" } as const;
    await using portal = await portalHouse({ stores, files, devices: [pad("PAD-1"), pad("PAD-2"), mac] });
    const { house } = portal;
    for (const name of ["PAD-1", "PAD-2", "MAC-1"]) await unbox(portal, name);
    const stolen = house.device("PAD-1");
    stolen.goOffline();
    house.device("PAD-2").goOffline();
    const acts = {
      "lost.yaml": operation("lost", "devices: [PAD-1]", "lostMode: {message: Call}"),
      "lock.yaml": operation("lock", "devices: [MAC-1]", 'lock: {message: Call, pin: "123456"}'),
      "mistake.yaml": operation("mistake", "devices: [PAD-2]", "lostMode: {message: Call}"),
    };
    house.commit({ ...files, ...acts });
    await house.settle();
    const [locking] = await viewHolds(house.looking);
    await approveHold(house.looking, locking?.digest ?? "", { name: "it-duty" }, undefined);
    const { "mistake.yaml": _withdrawn, ...rest } = acts;
    house.commit({ ...files, ...rest });
    await house.settle();
    expect(statuses(await listActs(house.store, 5))).toEqual({
      "Operation/lost@1": { ready: 1 },
      "Operation/lock@1": { executed: 1 },
      "Operation/mistake@1": { cancelled: 1 },
    });

    for (const name of ["PAD-1", "PAD-2", "MAC-1"]) {
      house.device(name).goOnline();
      house.device(name).erase();
      await unbox(portal, name);
    }
    expect((await deviceNamed(house.store, "PAD-1")).status).toBe("quarantined");
    expect(stolen.snapshot().managedApps).toEqual({});
    expect((await deviceNamed(house.store, "MAC-1")).status).toBe("quarantined");
    expect((await deviceNamed(house.store, "PAD-2")).status).toBe("enrolled");
  },
);

/** Its serial number is on Apple's list, and Setup Assistant asks here. */
async function unbox({ house, apple, authority, look }: PortalHouse, name: string, lies = {}): Promise<void> {
  const device = house.device(name);
  apple.add(device.serial);
  await look();
  await device.unbox({ url: apple.activationUrl, identity: await authority.issue(device.udid), lies });
  await house.settle();
}

function statuses(acts: Awaited<ReturnType<typeof listActs>>) {
  return Object.fromEntries(acts.map((one) => [one.name, one.statuses]));
}
