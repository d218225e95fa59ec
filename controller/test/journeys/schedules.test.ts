import { expect, test } from "vitest";
import { viewDeviceDetail } from "../../loop/view-devices.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import { listCommands } from "../../store/commands.ts";
import { listEvents } from "../../store/events.ts";
import { listActs } from "../../store/test-acts.ts";
import { install, storesOfSuite } from "../installation.ts";
import { files, marker, operation, policy } from "../manifests.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const two = ["SIM-1", "SIM-2"].map((serial) => ({ serial, platform: "ipados", name: serial }) as const);

const inventory = `apiVersion: reeve/v1
kind: InventorySchedule
metadata: {name: monthly}
spec: {collect: [security, applications], cron: "0 3 7 * *", spread: 4h, maxAge: 32d}
---
apiVersion: reeve/v1
kind: InventorySchedule
metadata: {name: often}
spec: {collect: [certificates], every: 2d, spread: 2h}
`;

test.each(stores)(
  "on $name inventory comes on the seventh at three in Berlin, spread, and every so often",
  async (store) => {
    await using house = await install({
      stores: store,
      devices: two,
      files: files({ "inventory.yaml": inventory, "policy.yaml": policy("inventory: [monthly, often]") }),
    });
    await house.enroll();
    await house.settle();
    expect(times(house.device("SIM-1"), "SecurityInfo")).toHaveLength(1);

    await house.pass(50 * day, 3 * hour);
    const marches = two.map(({ serial }) => times(house.device(serial), "SecurityInfo").slice(1));
    // Berlin is an hour ahead of UTC in winter: the 7th, 03:00 to 07:00, and the step of the test.
    for (const march of marches) {
      expect(march.map((at) => new Date(at).toISOString().slice(0, 10))).toEqual([
        "2026-12-07",
        "2027-01-07",
      ]);
      for (const at of march) {
        expect(new Date(at).getUTCHours()).toBeGreaterThanOrEqual(2);
        expect(new Date(at).getUTCHours()).toBeLessThanOrEqual(9);
      }
    }
    expect(times(house.device("SIM-1"), "InstalledApplicationList")).toHaveLength(3);
    const often = times(house.device("SIM-2"), "CertificateList").length;
    expect(often).toBeGreaterThanOrEqual(25);
    expect(often).toBeLessThanOrEqual(27);
    const detail = await viewDeviceDetail(house.looking, "SIM-1");
    expect(detail.sections.map((one) => one.section).sort()).toEqual(
      ["applications", "certificates", "device", "security"].sort(),
    );
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)("on $name an audit asks once for each generation, and only its device", async (store) => {
  const audit = (generation: number) =>
    operation("audit", "devices: [SIM-1]", "audit: {}", `  generation: ${generation}`);
  const quiet = { "p.yaml": marker("p"), "policy.yaml": policy("profiles: [{name: p}]") };
  await using house = await install({ stores: store, devices: two, files: files(quiet) });
  await house.enroll();
  await house.settle();
  const counts = (): number[][] =>
    two.map(({ serial }) =>
      ["DeviceInformation", "SecurityInfo", "InstalledApplicationList"].map(
        (type) => times(house.device(serial), type).length,
      ),
    );
  const seen = [counts()];
  for (const generation of [1, 1, 2]) {
    house.commit(files({ ...quiet, "audit.yaml": audit(generation) }));
    await house.settle();
    await house.pass(10 * minute);
    seen.push(counts());
  }

  expect(seen).toEqual([
    [
      [1, 0, 0],
      [1, 0, 0],
    ],
    [
      [2, 1, 1],
      [1, 0, 0],
    ],
    [
      [2, 1, 1],
      [1, 0, 0],
    ],
    [
      [3, 2, 2],
      [1, 0, 0],
    ],
  ]);
  const acts = await listActs(house.store, 10);
  expect(acts.map((act) => act.statuses)).toEqual([{ executed: 1 }, { executed: 1 }]);
  const told = await listEvents(house.store, { types: ["act.executed"], limit: 9 });
  expect(told.map(({ subject }) => subject)).toEqual(["Operation/audit@2", "Operation/audit@1"]);
  expect(house.fleet.violations()).toEqual([]);
});

test.each(stores)(
  "on $name a device is locked once; where the answer is lost nothing is sent again",
  async (store) => {
    const lock = (name: string, serial: string) =>
      operation(name, `devices: [${serial}]`, 'lock: {message: Please return, phoneNumber: "+49 30 123456"}');
    const quiet = { "p.yaml": marker("p"), "policy.yaml": policy("profiles: [{name: p}]") };
    await using house = await install({ stores: store, devices: two, files: files(quiet) });
    await house.enroll();
    await house.settle();
    const [well, unlucky] = [house.device("SIM-1"), house.device("SIM-2")];
    unlucky.faults.add({ kind: "lose-reply", next: "idle", requestType: "DeviceLock" });

    house.commit(
      files({ ...quiet, "locks.yaml": [lock("well", "SIM-1"), lock("unlucky", "SIM-2")].join("---\n") }),
    );
    await house.settle();
    await house.pass(2 * hour, 10 * minute);

    for (const device of [well, unlucky]) {
      expect(device.snapshot().lock).toEqual({ message: "Please return", phoneNumber: "+49 30 123456" });
      expect(times(device, "DeviceLock")).toHaveLength(1);
    }
    const locks = await listCommands(house.store, { requestType: "DeviceLock", limit: 10 });
    expect(locks.map((one) => one.status).sort()).toEqual(["executed", "unknown"]);
    const acts = await listActs(house.store, 10);
    expect(acts.map((act) => act.statuses).sort(byText)).toEqual([{ executed: 1 }, { unknown: 1 }]);

    unlucky.erase();
    await house.enroll([unlucky], { bound: true });
    await house.settle();
    await house.pass(hour, 10 * minute);
    expect(unlucky.snapshot().lock).toBeUndefined();
    expect(times(unlucky, "DeviceLock")).toHaveLength(1);
    expect(house.fleet.violations()).toEqual([]);
  },
);

function byText(a: object, b: object): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

/** When a device was given commands of a type. */
function times(device: AppleDevice, requestType: string): number[] {
  return device.ledger
    .of("command")
    .filter((one) => one.requestType === requestType)
    .map((one) => one.at);
}
