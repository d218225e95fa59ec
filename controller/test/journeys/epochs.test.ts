import { expect, test } from "vitest";
import { approveHold, resume } from "../../loop/control.ts";
import { viewDevices } from "../../loop/view-devices.ts";
import { viewHolds } from "../../loop/view-holds.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import { listCommands } from "../../store/commands.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import {
  baseline,
  deprovision,
  device,
  files,
  group,
  marker,
  operation,
  passcode,
  policy,
} from "../manifests.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const hour = 60 * minute;
const passcodeId = "reeve.profile.passcode";
const tablet = { serial: "SIM-1", platform: "ipados", name: "IPAD-1", osVersion: "25.4" } as const;
const owned = device("ipad-1", "SIM-1", "ownership: company");

test.each(stores)(
  "on $name a restored backup goes on, and after an erase it is only asked questions",
  async (store) => {
    await using house = await install({
      stores: store,
      files: { ...baseline, "device.yaml": owned },
      devices: [tablet],
    });
    const phone = house.device("SIM-1");
    await house.enroll();
    await house.settle();
    const backup = phone.backup();

    house.commit({ ...baseline, "device.yaml": owned, "passcode.yaml": passcode(9) });
    await house.settle();
    await phone.restore(backup);
    await house.pass(2 * hour, 10 * minute);
    expect(phone.snapshot().profiles[passcodeId]?.payloads[0]).toMatchObject({ minLength: 9 });
    expect(await view(house)).toMatchObject({ epoch: 1, enrollment: "enrolled" });

    house.commit({
      ...baseline,
      "device.yaml": owned,
      "gone.yaml": deprovision("gone", "devices: [ipad-1]"),
    });
    await house.settle();
    await approveFirst(house, "it-duty");
    await house.settle();
    expect(phone.ledger.of("erased")).toHaveLength(1);
    expect(await view(house)).toMatchObject({ enrollment: "unenrolled" });

    const seen = phone.ledger.entries.length;
    await phone.restore(backup);
    await house.pass(3 * hour, 10 * minute);
    expect(await view(house)).toMatchObject({ epoch: 2, enrollment: "quarantined" });
    expect(new Set(commands(phone, seen))).toEqual(
      new Set(["DeviceInformation", "ProfileList", "ManagedApplicationList"]),
    );

    await resume(house.looking, "device", "SIM-1", { name: "it-duty" });
    await house.settle();
    expect(await view(house)).toMatchObject({ enrollment: "enrolled", condition: { type: "Ready" } });
    expect(phone.ledger.of("erased")).toHaveLength(1);

    // However often it leaves and returns, it begins one enrollment in a minute.
    const again = phone.backup();
    await phone.user.removeManagement({ force: true });
    await phone.restore(again);
    expect(await view(house)).toMatchObject({ epoch: 3, enrollment: "quarantined" });
    await phone.user.removeManagement({ force: true });
    const refused = phone.restore(again);
    await house.settle();
    expect(await view(house)).toMatchObject({ epoch: 3, enrollment: "unenrolled" });
    await house.pass(2 * minute, minute);
    await refused;
    expect(await view(house)).toMatchObject({ epoch: 4, enrollment: "quarantined" });
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)("on $name an enrollment ends what was open in the one before it", async (store) => {
  const lock = operation("lock", "devices: [SIM-1]", "lock: {message: Please return}", "  generation: 1");
  await using house = await install({ stores: store, files: baseline, devices: [tablet] });
  const phone = house.device("SIM-1");
  await house.enroll();
  await house.settle();
  phone.faults.add({ kind: "error", requestType: "InstallProfile", times: 3 });
  phone.goOffline();
  house.commit({ ...baseline, "passcode.yaml": passcode(9), "lock.yaml": lock });
  await house.pass(10 * minute);
  const first = phone.ledger.entries.length;
  phone.erase();
  phone.goOnline();
  await house.enroll([phone]);
  await house.settle();
  await house.pass(20 * minute);
  // Nobody said that it left: it may be somebody else who knows its UDID.
  expect(await view(house)).toMatchObject({
    epoch: 2,
    enrollment: "quarantined",
    condition: { type: "Held", message: expect.stringContaining("its earlier enrollment has not ended") },
  });
  expect(new Set(commands(phone, first))).toEqual(
    new Set(["DeviceInformation", "ProfileList", "ManagedApplicationList"]),
  );
  await resume(house.looking, "device", "SIM-1", { name: "it-duty" });
  await house.settle();
  await house.pass(20 * minute);

  expect(commands(phone, first)).not.toContain("DeviceLock");
  expect(phone.snapshot()).toMatchObject({ lock: undefined });
  expect(phone.snapshot().profiles[passcodeId]?.payloads[0]).toMatchObject({ minLength: 9 });
  expect(await view(house)).toMatchObject({ epoch: 2, condition: { type: "Ready" } });
  const ledger = await listCommands(house.store, { limit: 100 });
  expect(ledger.filter((one) => one.epoch === 1 && one.status === "sent")).toEqual([]);

  house.commit({
    ...baseline,
    "passcode.yaml": passcode(9),
    "lock.yaml": lock.replace("generation: 1", "generation: 2"),
  });
  await house.settle();
  expect(phone.snapshot().lock).toEqual({ message: "Please return" });
  expect(house.fleet.violations()).toEqual([]);
});

test.each(stores.slice(-1))(
  "on $name an end of management whose answer is lost is not sent to the device that enrolls again",
  async (store) => {
    const gone = operation("gone", "devices: [ipad-1]", "unenroll: {}", "  expectedDevices: 1");
    await using house = await install({
      stores: store,
      files: { ...baseline, "device.yaml": owned },
      devices: [tablet],
    });
    const phone = house.device("SIM-1");
    await house.enroll();
    await house.settle();
    phone.faults.add({ kind: "lose-reply", requestType: "RemoveProfile", next: "idle" });
    house.commit({ ...baseline, "device.yaml": owned, "gone.yaml": gone });
    await house.settle();
    await approveFirst(house, "it-duty");
    await house.settle();
    expect(phone.isEnrolled()).toBe(false);
    const seen = phone.ledger.entries.length;

    await house.enroll([phone], { bound: true });
    await house.settle();
    await house.pass(3 * hour, 10 * minute);
    expect(phone.isEnrolled()).toBe(true);
    expect(commands(phone, seen)).not.toContain("RemoveProfile");
    expect(await view(house)).toMatchObject({ epoch: 2, condition: { type: "Ready" } });
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name a certificate is renewed in the middle of things, and a new system moves a device to another group",
  async (store) => {
    const modern = group(
      "modern",
      'expressions: [{key: osVersion, operator: VersionAtLeast, values: ["26"]}]',
    );
    const old = group("old", 'expressions: [{key: osVersion, operator: VersionBelow, values: ["26"]}]');
    const schedule = `apiVersion: reeve/v1
kind: InventorySchedule
metadata: {name: hourly}
spec: {collect: [device], every: 1h, spread: 1m}
`;
    const parts = (value: number) =>
      files({
        "groups.yaml": [modern, old, schedule, marker("new", value), marker("legacy", value)].join("---\n"),
        "new.yaml": policy("profiles: [{name: new}]\ninventory: [hourly]", "new", "groups: [modern]"),
        "old.yaml": policy("profiles: [{name: legacy}]\ninventory: [hourly]", "old", "groups: [old]"),
      });
    await using house = await install({ stores: store, files: parts(1), devices: [tablet] });
    const phone = house.device("SIM-1");
    await house.enroll();
    await house.settle();
    expect(ours(phone)).toEqual(["reeve.profile.legacy"]);
    const before = phone.secrets()?.certificate;

    phone.faults.add({ kind: "lose-reply", next: "repeat", requestType: "InstallProfile" });
    house.commit(parts(2));
    await house.pass(2_000, 1_000);
    expect(await phone.renew()).toEqual({ ok: true });
    expect(phone.secrets()?.certificate.equals(before ?? Buffer.alloc(0))).toBe(false);
    await house.settle();
    await phone.renewToken();
    await house.settle();
    expect(payload(phone, "reeve.profile.legacy")).toMatchObject({ reeveTest: "2" });
    expect(await view(house)).toMatchObject({ epoch: 1, condition: { type: "Ready" } });

    phone.updateOs("26.2");
    await house.pass(2 * hour, 5 * minute);
    expect(ours(phone)).toEqual(["reeve.profile.new"]);
    expect(await view(house)).toMatchObject({ osVersion: "26.2", condition: { type: "Ready" } });
    expect(house.fleet.violations()).toEqual([]);
  },
);

async function view(house: Installation) {
  const { devices } = await viewDevices(house.looking, { limit: 10 }, { enrollment: "all" });
  return devices[0];
}

async function approveFirst(house: Installation, name: string): Promise<void> {
  const [hold] = await viewHolds(house.looking);
  await approveHold(house.looking, hold?.digest ?? "", { name }, undefined);
}

function commands(phone: AppleDevice, after: number): string[] {
  const found = phone.ledger.of("command").filter((one) => one.seq > after);
  return found.map((one) => one.requestType);
}

function ours(phone: AppleDevice): string[] {
  return Object.keys(phone.snapshot().profiles).filter((id) => id.startsWith("reeve.profile."));
}

function payload(phone: AppleDevice, id: string) {
  return phone.snapshot().profiles[id]?.payloads[0];
}
