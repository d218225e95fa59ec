import { expect, test } from "vitest";
import { approveHold } from "../../loop/control.ts";
import { treeOf } from "../../loop/packed-tree.ts";
import { viewDeviceDetail } from "../../loop/view-devices.ts";
import { viewHolds } from "../../loop/view-holds.ts";
import { viewEvents, viewOperations } from "../../loop/view-logs.ts";
import { viewPlan } from "../../loop/view-plan.ts";
import type { Member } from "../../simulator/fleet.ts";
import { listCommands } from "../../store/commands.ts";
import { listEvents } from "../../store/events.ts";
import { listKept, readKept } from "../../store/kept.ts";
import { listActs } from "../../store/test-acts.ts";
import { type Installation, install, storesOfSuite, testSettings } from "../installation.ts";
import { device, type Files, operation, organization, policy } from "../manifests.ts";

const stores = await storesOfSuite();
const members: readonly Member[] = [
  { serial: "PHONE", platform: "ios", name: "PHONE" },
  { serial: "OWN", platform: "ios", name: "OWN", supervised: false },
  { serial: "MAC", platform: "macos", name: "MAC", users: [{ name: "ann", locked: true }, { name: "old" }] },
  { serial: "INTEL", platform: "macos", name: "INTEL", intel: true },
  { serial: "TV", platform: "tvos", name: "TV" },
];
const quiet: Files = {
  "org.yaml": organization,
  "quiet.yaml": policy("inventory: []"),
  "devices.yaml": members
    .map(({ serial }) => device(serial.toLowerCase(), serial, `ownership: company, alias: ${serial}`))
    .join("---\n"),
};

test.each(stores)("on $name devices do what operations say, each what it can", async (store) => {
  await using house = await settled(store);
  const phone = house.device("PHONE");
  const mac = house.device("MAC");
  expect(phone.snapshot().hasPasscode).toBe(true);

  await act(house, {
    clear: ["phone", "clearPasscode: {}"],
    set: [
      "phone",
      'settings: {deviceName: "${device.alias} 7", timeZone: Europe/Berlin, bluetooth: false, organization: {name: Acme}}',
    ],
    screen: ["phone", "clearRestrictionsPassword: {}"],
    ask: ["mac", "reboot: {notifyUser: true}"],
    unlock: ["mac", "unlockUser: {user: ann}"],
    host: ["mac", 'settings: {hostName: "${device.serial}.acme.example"}'],
    remote: ["mac", "startRemoteDesktop: {}"],
    lock: ["mac", "lock: {message: Call us}"],
    recovery: ["mac", "setRecoveryLock: {}"],
  });

  const logged = await viewOperations(house.looking, { requestType: "reboot", limit: 5 });
  expect(logged.map((one) => one.subject)).toEqual(["Operation/ask@1"]);
  const { events } = await viewEvents(house.looking, { subject: "Operation/ask", limit: 9 });
  expect(events.map((one) => one.type)).toEqual(["act.executed", "act.sent", "act.ready"]);

  const { hasPasscode, name, settings } = phone.snapshot();
  expect(hasPasscode).toBe(false);
  expect(name).toBe("PHONE 7");
  expect(settings).toMatchObject({
    TimeZone: { TimeZone: "Europe/Berlin" },
    Bluetooth: { Enabled: false },
    OrganizationInfo: { OrganizationInfo: { OrganizationName: "Acme" } },
  });
  const after = mac.snapshot();
  expect(after.settings).toEqual({ HostName: { HostName: "MAC.acme.example" } });
  expect(after.users.find((one) => one.name === "ann")?.locked).toBe(false);
  expect(effects(house, "MAC")).toContain("asks to restart");
  expect(await statuses(house)).toEqual({ executed: 9 });

  // What reeve made itself is what the device has, and stands nowhere in clear.
  const pin = await kept(house, "MAC", "unlock-pin");
  const password = await kept(house, "MAC", "recovery-lock");
  expect(after.lock).toMatchObject({ pin, message: "Call us" });
  expect(after.secrets.recoveryLock).toBe(password);
  // Ten devices may be disrupted in an hour without an approval.
  await house.pass(61 * 60_000, 10 * 60_000);
  await act(house, {
    right: ["mac", "verifyRecoveryLock: {}"],
    off: ["mac", "setRecoveryLock: {clear: true}"],
  });
  expect(mac.snapshot().secrets.recoveryLock).toBeUndefined();
  const everything = JSON.stringify(await dump(house));
  expect(everything).not.toContain(password);
  expect(everything).not.toContain(`"${pin}"`);
  expect(house.fleet.violations()).toEqual([]);
});

test.each(stores)("on $name what a device cannot do is refused before anybody approves it", async (store) => {
  await using house = await settled(store);
  const unfit: Readonly<Record<string, Wish>> = {
    mac: ["mac", "clearPasscode: {}"],
    own: ["own", "settings: {deviceName: Mine}"],
    tv: ["tv", "shutdown: {}"],
    phone: ["phone", "reboot: {notifyUser: true}"],
    lost: ["own", "lostMode: {message: Call}"],
    user: ["phone", "unlockUser: {user: ann}"],
    wipe: ["phone", "wipe: {obliteration: always}", "  expectedDevices: 1"],
    some: ["phone, mac, intel", "clearPasscode: {}"],
    none: ["own, tv", "shutdown: {}"],
  };
  const files = Object.entries({ ...quiet, "acts.yaml": texts(unfit) });
  const encoded = files.map(([path, text]) => [path, Buffer.from(text).toString("base64")]);
  const plan = await viewPlan(house.looking, treeOf(Object.fromEntries(encoded), "planned"), testSettings);
  // Before the commit, too, each reason with the devices that it is true of.
  const noPasscode = expect.stringMatching(/^a Mac has no passcode/);
  expect(plan.entries.filter((one) => one.key === "Operation/some@1")).toMatchObject([
    { devices: 1, refusals: [{ reason: noPasscode, count: 2, devices: ["INTEL", "MAC"] }] },
  ]);
  const whole = plan.destructive.find((one) => one.act === "Operation/none@1");
  expect(whole?.refusals?.flatMap(({ devices }) => devices).toSorted()).toEqual(["OWN", "TV"]);
  expect(whole?.reason).toBe("A test");
  await act(house, unfit);

  expect(await refusals(house)).toEqual({
    "Operation/mac@1": "a Mac has no passcode that could be cleared: unlock an account with unlockUser",
    "Operation/own@1": "deviceName needs a supervised device",
    "Operation/tv@1": "ShutDownDevice does not exist on tvOS",
    "Operation/phone@1": "notifyUser does not exist on iOS",
    "Operation/lost@1": "EnableLostMode needs a supervised device",
    "Operation/user@1": "UnlockUserAccount does not exist on iOS",
    "Operation/wipe@1": "obliteration does not exist on iOS",
    "Operation/some@1": "a Mac has no passcode that could be cleared: unlock an account with unlockUser",
    "Operation/none@1": expect.any(String),
  });
  expect(await viewHolds(house.looking)).toEqual([]);
  expect((await listActs(house.store, 10)).map((one) => one.name)).toEqual(["Operation/some@1"]);
  // The log of operations has one row for all devices of an act, and with a device those of that one.
  const logged = await viewOperations(house.looking, { status: ["refused"], limit: 50 });
  expect(logged).toHaveLength(9);
  const of = (name: string) => logged.find((one) => one.subject === `Operation/${name}@1`);
  expect(of("mac")).toMatchObject({ name: "MAC", device: await idOf(house, "MAC") });
  expect(of("some")).toMatchObject({
    ...{ name: "2 devices", device: "", information: expect.stringMatching(/^a Mac has no .* unlockUser$/) },
    advice: "it was filed without these devices: when the reason is gone, ask again for them alone",
  });
  expect(of("none")).toMatchObject({
    ...{ name: "2 devices", information: expect.stringMatching(/; other devices for another reason$/) },
    advice: expect.stringMatching(/^nothing of it is done/),
  });
  const intel = { device: await idOf(house, "INTEL"), status: ["refused"], limit: 50 };
  expect(await viewOperations(house.looking, intel)).toMatchObject([
    {
      ...{ name: "INTEL", subject: "Operation/some@1" },
      advice: "it was filed without this device: when the reason is gone, ask again for it alone",
    },
  ]);
});

test.each(stores)("on $name what the device itself refuses fails with its reason", async (store) => {
  await using house = await settled(store);
  await act(house, {
    where: ["phone", "locate: {}"],
    logout: ["phone", "playSound: {}"],
    user: ["mac", "unlockUser: {user: nobody}"],
    intel: ["intel", "setRecoveryLock: {}"],
  });

  const failed = (await listCommands(house.store, { limit: 20 })).filter((one) => one.status === "failed");
  expect(failed.map((one) => [one.requestType, one.errors[0]?.text]).sort()).toEqual([
    ["DeviceLocation", "the device is not in lost mode"],
    ["PlayLostModeSound", "the device is not in lost mode"],
    ["SetRecoveryLock", "a Mac with an Intel processor has none"],
    ["UnlockUserAccount", "there is no such user"],
  ]);
  // A password that the device refused was never set.
  expect(await listKept(house.store, await idOf(house, "INTEL"))).toEqual([]);
  expect(await statuses(house)).toEqual({ failed: 4 });
});

test.each(stores)(
  "on $name a Mac that may erase itself after an error is given nothing more",
  async (store) => {
    await using house = await settled(store, [
      { serial: "MAC", platform: "macos", name: "MAC", erases: false },
    ]);
    await act(house, { never: ["mac", "wipe: {}", "  expectedDevices: 1"] }, "it-duty");
    expect(house.device("MAC").isEnrolled()).toBe(true);
    expect(await statuses(house)).toEqual({ failed: 1 });

    // One device in twenty minutes, of so few.
    await house.pass(21 * 60_000, 7 * 60_000);
    await act(house, { always: ["mac", "wipe: {obliteration: default}", "  expectedDevices: 1"] }, "it-duty");
    expect(house.device("MAC").isEnrolled()).toBe(false);
    expect(await statuses(house)).toEqual({ failed: 1, unknown: 1 });
  },
);

test.each(stores)("on $name a wiped phone returns to service by itself, as what it was", async (store) => {
  await using house = await settled(store);
  const wipe = "wipe: {keepEsim: true, returnToService: {wifi: {ssid: Lab}}}";
  await act(house, { again: ["phone", wipe, "  expectedDevices: 1"] }, "it-duty");
  await house.pass(5 * 60_000, 10_000);

  const phone = house.device("PHONE");
  expect(phone.ledger.of("erased")).toHaveLength(1);
  expect(phone.isEnrolled()).toBe(true);
  const view = await viewDeviceDetail(house.looking, "PHONE");
  expect(view).toMatchObject({ epoch: 2, enrollment: "enrolled", ownership: "company" });
  await act(house, { mac: ["mac", "wipe: {returnToService: {}}", "  expectedDevices: 1"] }, "it-duty");
  expect(await refusals(house)).toEqual({ "Operation/mac@1": "returnToService does not exist on macOS" });
  expect(house.fleet.violations()).toEqual([]);
});

test.each(stores)("on $name a PIN outlives a lost answer, and the lock is not repeated", async (store) => {
  await using house = await settled(store);
  const mac = house.device("MAC");
  mac.faults.add({ kind: "lose-reply", requestType: "DeviceLock", next: "idle" });
  await act(house, { lock: ["mac", "lock: {}"] });

  expect(await statuses(house)).toEqual({ unknown: 1 });
  expect(mac.ledger.of("executed").filter((one) => one.requestType === "DeviceLock")).toHaveLength(1);
  expect(mac.snapshot().lock?.pin).toBe(await kept(house, "MAC", "unlock-pin"));
});

async function settled(store: (typeof stores)[number], devices = members): Promise<Installation> {
  const house = await install({ stores: store, files: quiet, devices });
  await house.enroll();
  await house.settle();
  return house;
}

type Wish = readonly [device: string, act: string, more?: string];
let round = 0;

/** Commits operations, approves them if somebody is named, and lets them happen. */
function texts(wishes: Readonly<Record<string, Wish>>): string {
  return Object.entries(wishes)
    .map(([name, [target, what, more]]) => operation(name, `devices: [${target}]`, what, more))
    .join("---\n");
}

async function act(house: Installation, wishes: Readonly<Record<string, Wish>>, approver?: string) {
  house.commit({ ...quiet, [`acts-${++round}.yaml`]: texts(wishes) });
  await house.settle();
  if (approver === undefined) return;
  for (const hold of await viewHolds(house.looking))
    await approveHold(house.looking, hold.digest, { name: approver }, undefined);
  await house.settle();
}

async function statuses(house: Installation): Promise<Record<string, number>> {
  const all: Record<string, number> = {};
  for (const one of await listActs(house.store, 50))
    for (const [status, count] of Object.entries(one.statuses)) all[status] = (all[status] ?? 0) + count;
  return all;
}

async function refusals(house: Installation): Promise<Record<string, string>> {
  const events = await listEvents(house.store, { types: ["act.refused"], limit: 50 });
  return Object.fromEntries(events.map((one) => [one.subject ?? "", one.message]));
}

function effects(house: Installation, name: string): readonly string[] {
  return house
    .device(name)
    .ledger.of("executed")
    .map((one) => one.effect);
}

async function idOf(house: Installation, serial: string): Promise<string> {
  const [row] = await house.store.query<{ id: string }>("select id from reeve.device where serial = $1", [
    serial,
  ]);
  return row?.id ?? "";
}

async function kept(
  house: Installation,
  serial: string,
  kind: Parameters<typeof listKept>[2],
): Promise<string> {
  const [row] = await listKept(house.store, await idOf(house, serial), kind);
  if (row === undefined) throw new Error(`nothing of ${kind} is kept`);
  return (await readKept(house.store, row))?.toString("utf8") ?? "";
}

/** Everything that is stored of acts, commands, events, details and states. */
async function dump(house: Installation): Promise<unknown[]> {
  const tables = ["act", "act_target", "command", "event", "detail", "channel", "kept"];
  return Promise.all(tables.map((table) => house.store.query(`select * from reeve.${table}`)));
}
