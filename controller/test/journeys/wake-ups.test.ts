import { expect, test } from "vitest";
import { approveHold, resume, suspend } from "../../loop/control.ts";
import { viewDevices } from "../../loop/view-devices.ts";
import { viewHolds } from "../../loop/view-holds.ts";
import { viewPlan } from "../../loop/view-plan.ts";
import { engage, lift } from "../../store/control.ts";
import { listEvents } from "../../store/events.ts";
import { markDue } from "../../store/push.ts";
import { install, storesOfSuite } from "../installation.ts";
import { baseline, deprovision, device, files, group, operation, passcode, policy } from "../manifests.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const hour = 60 * minute;
const by = { name: "it-duty" };
const tablet = { serial: "SIM-1", platform: "ipados", name: "IPAD-1" } as const;
/** Nothing that is looked at again by itself. */
const bare = files({
  "policy.yaml": policy("profiles: []"),
  "one.yaml": device("one", "SIM-1", "ownership: company"),
});

test.each(stores)(
  "on $name a device that has left is waited for by nobody, whatever is said of it",
  async (store) => {
    await using house = await install({ stores: store, files: baseline, devices: [tablet] });
    await house.enroll();
    await house.settle();
    await house.device("SIM-1").user.removeManagement();
    await house.settle();
    house.commit({ ...baseline, "one.yaml": device("one", "SIM-1", "ownership: company") });
    await house.settle();
    await suspend(house.looking, "device", "SIM-1", "lost", by);
    await house.settle();
    expect(await house.controller.reconciler.tick()).toBe(true);
    expect(await house.controller.reconciler.tick()).toBe(true);
  },
);

test.each(stores)("on $name a wake-up that comes while a device is answered is not lost", async (store) => {
  await using house = await install({ stores: store, files: bare, devices: [tablet] });
  await house.enroll();
  await house.settle();
  const [channel] = await house.store.query<{ id: string; device: string }>(
    "select id, device from reeve.channel",
  );
  const row = await house.store.channels.read(channel?.id ?? "");
  if (row === undefined) throw new Error("not enrolled");
  await markDue(house.store, [row.device], house.world.now());
  const write = { id: row.id, version: row.version, state: row.state, ledger: [], acts: [], events: [] };
  const late = await house.store.channels.write({ ...write, dueAt: undefined, seenAt: house.world.now() });
  expect(late).toEqual({ type: "lost" });

  const again = await house.store.channels.read(row.id);
  house.commit({ ...bare, "reboot.yaml": operation("reboot", "devices: [one]", "reboot: {}") });
  await house.controller.reconciler.poll();
  await house.controller.reconciler.tick();
  const stale = { ...write, version: again?.version ?? 0, dueAt: undefined, seenAt: house.world.now() };
  expect(await house.store.channels.write(stale)).toEqual({ type: "lost" });
});

test.each(stores)("on $name what the gate refused for now is tried again by itself", async (store) => {
  await using house = await install({ stores: store, files: bare, devices: [tablet] });
  await house.enroll();
  await house.settle();
  house.commit({ ...bare, "gone.yaml": deprovision("gone", "devices: [one]") });
  await house.settle();
  await engage(house.store, { name: "breaker", reason: "a test", by: "reeve", at: house.world.now() });
  const [hold] = await viewHolds(house.looking);
  await approveHold(house.looking, hold?.digest ?? "", by, undefined);
  await house.pass(hour, minute);
  const erased = (): number => house.device("SIM-1").ledger.of("erased").length;
  expect(erased()).toBe(0);
  const [waiting] = (await viewDevices(house.looking, { limit: 1 }, {})).devices;
  expect(waiting?.condition).toMatchObject({
    type: "Held",
    reason: "AwaitsGate",
    message: "wipe (Deprovision/gone@1) is due; it waits: acts are stopped (breaker)",
  });
  const told = await listEvents(house.store, { types: ["gate.refused"], limit: 10 });
  expect(told.map(({ message }) => message)).toEqual(["it waits: acts are stopped (breaker)"]);
  for (const person of ["ops", "boss"])
    await lift(house.store, { name: "breaker", reason: "over", by: person, at: house.world.now() });
  await house.pass(hour, minute);
  expect(erased()).toBe(1);
});

test.each(stores)("on $name a device that joins a suspended group is given nothing", async (store) => {
  const grouped = files({
    "passcode.yaml": passcode(),
    "group.yaml": group("tablets", "match: {platform: ipados}"),
    "policy.yaml": policy("profiles: [{name: passcode}]", "baseline", "groups: [tablets]"),
  });
  await using house = await install({ stores: store, files: grouped, devices: [tablet] });
  await house.settle();
  await suspend(house.looking, "group", "tablets", "an incident", by);
  await house.enroll();
  await house.settle();
  await house.pass(2 * hour, minute);
  expect(
    house
      .device("SIM-1")
      .ledger.of("executed")
      .map((one) => one.requestType),
  ).not.toContain("InstallProfile");
  await resume(house.looking, "group", "tablets", by);
  await house.settle();
  expect(
    house
      .device("SIM-1")
      .ledger.of("executed")
      .map((one) => one.requestType),
  ).toContain("InstallProfile");
});

test.each(stores)(
  "on $name a plan tells what goes as well, while everything is only watched",
  async (store) => {
    await using house = await install({ stores: store, files: baseline, devices: [tablet] });
    await house.enroll();
    await house.settle();
    await suspend(house.looking, "all", undefined, "a holiday", by);
    house.commit({ ...baseline, "baseline.yaml": policy("profiles: [{name: passcode}]") });
    await house.settle();
    const plan = await viewPlan(house.looking, undefined, {
      environment: {},
      folder: undefined,
      fingerprintKey: Buffer.alloc(32, 1),
      driftCheckMs: hour,
      removalCeiling: { devices: 1_000, share: 0.1 },
    });
    expect(plan.entries).toMatchObject([
      { action: "remove", key: "App/slack", devices: 1, reason: "suspended: a holiday" },
    ]);
    expect(plan.removals).toMatchObject({ devices: 1 });
  },
);
