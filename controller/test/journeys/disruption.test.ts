import { expect, test } from "vitest";
import { renderHolds } from "../../cli/render/holds.ts";
import { approveHold, resume, suspend } from "../../loop/control.ts";
import { treeOf } from "../../loop/packed-tree.ts";
import { viewHolds } from "../../loop/view-holds.ts";
import { viewPlan } from "../../loop/view-plan.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import { listCommands } from "../../store/commands.ts";
import { listEvents } from "../../store/events.ts";
import { listActs } from "../../store/test-acts.ts";
import { type Installation, install, storesOfSuite, testSettings } from "../installation.ts";
import { baseline, type Files, operation, policy } from "../manifests.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const hour = 60 * minute;
const by = { name: "it-duty" };
const three = ["SIM-1", "SIM-2", "SIM-3"].map(
  (serial) => ({ serial, platform: "ipados", name: serial }) as const,
);
const lock = "lock: {message: Please call}";

test.each(stores)(
  "on $name a lock of more devices than may be waits for an approval, whole",
  async (store) => {
    await using house = await settled(store);
    const all = { ...baseline, "lock.yaml": operation("all", "all: true", lock, "  expectedDevices: 3") };
    const planned = await viewPlan(house.looking, treeOf(encoded(all), "planned"), testSettings);
    expect(planned.destructive).toMatchObject([{ act: "Operation/all@1", status: "would be held" }]);
    expect(planned.destructive[0]?.because).toBe(
      "2 devices an hour may be disrupted without an approval, and it disrupts 3 devices",
    );

    house.commit(all);
    await house.settle();
    await house.pass(2 * hour, 10 * minute);
    expect(locked(house)).toEqual([]);
    const [hold] = await viewHolds(house.looking);
    expect(hold?.devices).toHaveLength(3);
    const look = { width: 100, color: false, now: house.world.now() } as Parameters<typeof renderHolds>[1];
    expect(renderHolds(hold === undefined ? [] : [hold], look)).toContain(
      "held: 2 devices an hour may be disrupted without an approval, and it disrupts 3 devices",
    );

    await approveHold(house.looking, hold?.digest ?? "", by, undefined);
    await house.settle();
    expect(locked(house)).toEqual(["SIM-1", "SIM-2", "SIM-3"]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name many small operations do not get around the number, in one revision or in several",
  async (store) => {
    await using house = await settled(store);
    const ones = (names: readonly string[]): Files => ({
      ...baseline,
      "lock.yaml": names
        .map((name) => operation(`on-${name.toLowerCase()}`, `devices: [${name}]`, lock))
        .join("---\n"),
    });
    const planned = await viewPlan(
      house.looking,
      treeOf(encoded(ones(["SIM-1", "SIM-2", "SIM-3"])), "planned"),
      testSettings,
    );
    expect(planned.destructive.map((one) => one.act)).toEqual(["Operation/on-sim-3@1"]);

    house.commit(ones(["SIM-1"]));
    await house.settle();
    house.commit(ones(["SIM-1", "SIM-2", "SIM-3"]));
    await house.settle();
    await house.pass(2 * hour, 10 * minute);
    expect(locked(house)).toEqual(["SIM-1", "SIM-2"]);
    expect((await viewHolds(house.looking)).map((one) => one.act)).toEqual(["Operation/on-sim-3@1"]);

    // The window has slid by now; what was held stays held, and a new one is free.
    house.commit({ ...baseline, "lock.yaml": operation("anew", "devices: [SIM-3]", lock) });
    await house.settle();
    expect(locked(house)).toEqual(["SIM-1", "SIM-2", "SIM-3"]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)("on $name a lock with a PIN waits on a single device already", async (store) => {
  await using house = await settled(store);
  const secret = `apiVersion: reeve/v1
kind: Secret
metadata: {name: pin}
spec: {provider: env, allow: [Operation/mine], keys: {lock: REEVE_SECRET_PIN}}
---
`;
  const pin = "lock: {pin: '${secret:pin/lock}'}";
  house.commit({ ...baseline, "lock.yaml": `${secret}${operation("mine", "devices: [SIM-1]", pin)}` });
  await house.settle();
  await house.pass(hour, 10 * minute);

  expect(locked(house)).toEqual([]);
  expect((await viewHolds(house.looking)).map((one) => one.act)).toEqual(["Operation/mine@1"]);
  const events = await listEvents(house.store, { types: ["act.held"], limit: 1 });
  expect(events[0]?.message).toContain("it locks with a PIN");
});

test.each(stores)(
  "on $name suspended removals stop what was granted before, until they are resumed",
  async (store) => {
    await using house = await settled(store);
    const phone = house.device("SIM-1");
    const has = (): boolean => "reeve.profile.passcode" in phone.snapshot().profiles;
    phone.goOffline();
    house.commit({ ...baseline, "baseline.yaml": policy("apps: [{name: slack}]") });
    await house.settle();
    expect("reeve.profile.passcode" in house.device("SIM-2").snapshot().profiles).toBe(false);

    await suspend(house.looking, "removals", undefined, "an incident", by);
    phone.goOnline();
    await phone.connect();
    await house.settle();
    await house.pass(3 * hour, 10 * minute);
    expect(has()).toBe(true);

    await resume(house.looking, "removals", undefined, by);
    await house.pass(2 * hour, 10 * minute);
    expect(has()).toBe(false);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name a late answer ends an act of unknown outcome, and it is not sent again",
  async (store) => {
    await using house = await settled(store);
    const answers = { "SIM-1": "Acknowledged", "SIM-2": "Error" } as const;
    for (const serial of Object.keys(answers)) house.device(serial).goOffline();
    house.commit({
      ...baseline,
      "lock.yaml": ["SIM-1", "SIM-2"]
        .map((name) => operation(`on-${name.toLowerCase()}`, `devices: [${name}]`, lock))
        .join("---\n"),
    });
    await house.settle();
    const ids = new Map<string, string>();
    for (const serial of Object.keys(answers)) {
      const given = await speak(house.device(serial), "Idle");
      expect(given).toContain("DeviceLock");
      ids.set(serial, /<key>CommandUUID<\/key>\s*<string>([^<]+)/.exec(given)?.[1] ?? "");
      // It comes again without a word about it.
      expect(await speak(house.device(serial), "Idle")).not.toContain("DeviceLock");
    }
    expect(await statuses(house)).toEqual([{ unknown: 1 }, { unknown: 1 }]);

    for (const [serial, status] of Object.entries(answers)) {
      const stranger = house.device("SIM-3");
      await speak(stranger, status, ids.get(serial));
      expect(await statuses(house)).toContainEqual({ unknown: 1 });
      await speak(house.device(serial), status, ids.get(serial));
      await speak(house.device(serial), status, ids.get(serial));
    }

    expect((await statuses(house)).toSorted(byText)).toEqual([{ executed: 1 }, { failed: 1 }]);
    const sent = await listCommands(house.store, { requestType: "DeviceLock", limit: 10 });
    expect(sent.map((one) => one.status).toSorted()).toEqual(["executed", "failed"]);
    const told = await listEvents(house.store, { limit: 100 });
    expect(told.filter((one) => one.type === "act.executed" && one.message.includes("late"))).toHaveLength(1);
    expect(told.filter((one) => one.type === "act.failed" && one.message.includes("late"))).toHaveLength(1);
    for (const serial of Object.keys(answers)) house.device(serial).goOnline();
    await house.settle();
    expect(await listCommands(house.store, { requestType: "DeviceLock", limit: 10 })).toHaveLength(2);
  },
);

test.each(stores)("on $name acts that the gate keeps back keep a device from nothing else", async (store) => {
  const databases: Awaited<ReturnType<typeof store.fresh>>[] = [];
  const fresh = async () => {
    databases.push(await store.fresh());
    return databases[0] as (typeof databases)[number];
  };
  await using house = await install({
    stores: { ...store, fresh },
    files: baseline,
    devices: three.slice(0, 1),
    disruptive: 20,
    parts: { disruptive: 20 },
  });
  await house.enroll();
  await house.settle();
  const phone = house.device("SIM-1");
  phone.goOffline();
  const nine = Array.from({ length: 9 }, (_, n) => operation(`lock-${n}`, "devices: [SIM-1]", lock));
  house.commit({
    ...baseline,
    "lock.yaml": nine.join("---\n"),
    "baseline.yaml": policy("apps: [{name: slack}]"),
  });
  await house.settle();
  // Its owner thinks better of it meanwhile.
  await databases[0]?.asOwner("update reeve.ceiling set devices = 1 where name = 'disruptive'");
  phone.goOnline();
  await house.pass(hour / 2, 10 * minute);

  expect(locked(house)).toEqual(["SIM-1"]);
  expect("reeve.profile.passcode" in phone.snapshot().profiles).toBe(false);
  expect(await listEvents(house.store, { types: ["gate.refused"], limit: 20 })).toHaveLength(8);
});

async function settled(stores: Parameters<typeof install>[0]["stores"]): Promise<Installation> {
  const house = await install({
    stores,
    files: baseline,
    devices: three,
    environment: { REEVE_SECRET_PIN: "123456" },
    parts: { disruptive: 2 },
  });
  await house.enroll();
  await house.settle();
  return house;
}

/** Serial numbers of devices that were told to lock. */
function locked(house: Installation): string[] {
  return house.fleet.devices.flatMap((one) =>
    one.ledger
      .of("command")
      .filter((command) => command.requestType === "DeviceLock")
      .map(() => one.serial),
  );
}

async function statuses(house: Installation): Promise<unknown[]> {
  return (await listActs(house.store, 10)).map((act) => act.statuses);
}

/** One message in the device's name, which the device itself knows nothing of. */
async function speak(phone: AppleDevice, status: string, id?: string): Promise<string> {
  const command = id === undefined ? "" : `<key>CommandUUID</key><string>${id}</string>`;
  const body = `<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict><key>Status</key><string>${status}</string>${command}<key>UDID</key><string>${phone.udid}</string></dict></plist>`;
  return (await phone.sendRaw({ channel: "command", body: Buffer.from(body) })).body.toString();
}

function encoded(files: Files): Files {
  const texts = Object.entries(files).map(([path, text]) => [path, Buffer.from(text).toString("base64")]);
  return Object.fromEntries(texts);
}

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
