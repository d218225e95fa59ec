import { expect, test } from "vitest";
import { reconcileNow } from "../../loop/reconcile-now.ts";
import { viewDevices } from "../../loop/view-devices.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import { listEvents } from "../../store/events.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { baseline, files, group, marker, policy } from "../manifests.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const by = { name: "it-duty" };
const freeId = "reeve.profile.free";
const removable = files({
  "p.yaml": `${marker("free", 1, "removable: always")}---\n${policy("profiles: [{name: free}]")}`,
});
const members = [1, 2, 3].map((n) => ({ serial: `SIM-${n}`, platform: n === 3 ? "ios" : "ipados" }) as const);

test.each(stores)(
  "on $name what failed or drifted is mended when a person asks, not at its time",
  async (store) => {
    await using house = await install({ stores: store, devices: members.slice(0, 1), files: removable });
    const device = house.device("SIM-1");
    device.faults.add({ kind: "error", requestType: "InstallProfile", times: 100 });
    await house.enroll();
    await house.pass(60 * minute, 5 * minute);
    expect((await views(house))[0]).toMatchObject({ condition: { type: "Stalled", reason: "Failing" } });
    device.faults.clear("error");
    // The cause is mended, but the next attempt is far away.
    await house.settle(minute);
    expect(device.snapshot().profiles[freeId]).toBeUndefined();

    const first = device.ledger.entries.length;
    const answer = await reconcileNow(house.looking, { device: "SIM-1" }, by, 500);
    await house.settle(minute);

    expect(answer).toEqual({ status: "requested", devices: 1, read: 0, withinMs: 1_000, notes: [] });
    expect(since(device, first)).toEqual(
      expect.arrayContaining(["InstallProfile", "ProfileList", "DeviceInformation"]),
    );
    expect(device.snapshot().profiles[freeId]).toBeDefined();
    expect((await views(house))[0]).toMatchObject({ condition: { type: "Ready" } });

    expect(device.user.removeProfile(freeId, { force: true })).toBe(true);
    const second = device.ledger.entries.length;
    await house.pass(minute);
    expect(since(device, second)).toEqual([]);
    await reconcileNow(house.looking, { device: "SIM-1" }, by, 500);
    await house.settle(minute);
    expect(since(device, second).filter((type) => type === "InstallProfile")).toHaveLength(1);
    expect(device.snapshot().profiles[freeId]).toBeDefined();

    // The wish is forgotten when it was granted: nothing is asked a second time.
    const third = device.ledger.entries.length;
    await house.pass(5 * minute);
    expect(since(device, third)).toEqual([]);
    expect((await viewExplanation(house.looking, "SIM-1", undefined)).next).not.toContain("ask for");
    const told = await listEvents(house.store, { types: ["reconcile."], limit: 5 });
    expect(told.map((one) => [one.message, one.by])).toEqual([
      ["device SIM-1", "it-duty"],
      ["device SIM-1", "it-duty"],
    ]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)("on $name a group or all are woken at the allowed rate, and nobody else", async (store) => {
  const grouped = {
    ...baseline,
    "group.yaml": group("two", "match: {platform: ipados}"),
    "more.yaml": `${policy("profiles: [{name: more}]", "more", "groups: [two]")}---\n${marker("more")}`,
  };
  await using house = await install({ stores: store, devices: members, files: grouped });
  await house.enroll();
  await house.settle();
  const seen = house.fleet.devices.map((one) => one.ledger.entries.length);
  const asked = () => house.fleet.devices.map((one, n) => since(one, seen[n] ?? 0).includes("ProfileList"));

  const two = await reconcileNow(house.looking, { group: "two" }, by, 1);
  await house.settle(minute);
  expect(two).toMatchObject({ devices: 2, withinMs: 2_000 });
  expect(asked()).toEqual([true, true, false]);

  expect(await reconcileNow(house.looking, {}, by, 1)).toMatchObject({ devices: 0 });
  await house.settle(minute);
  expect(asked()).toEqual([true, true, false]);

  expect(await reconcileNow(house.looking, { all: true }, by, undefined)).toMatchObject({
    devices: 3,
    notes: ["nothing is pushed from here: a device is asked when it connects by itself"],
  });
  await house.settle(minute);
  expect(asked()).toEqual([true, true, true]);

  await expect(reconcileNow(house.looking, { group: "tow" }, by, 1)).rejects.toThrow(
    "no DeviceGroup is called tow",
  );
  await expect(reconcileNow(house.looking, { all: true, group: "two" }, by, 1)).rejects.toThrow("or a group");
});

async function views(house: Installation) {
  return (await viewDevices(house.looking, { limit: 10 }, {})).devices;
}

/** The commands that a device has been given since a place in its ledger. */
function since(device: AppleDevice, seen: number): string[] {
  const found = device.ledger.of("command").filter((one) => one.seq > seen);
  return found.map((one) => one.requestType);
}
