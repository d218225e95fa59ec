import { expect, test } from "vitest";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { viewPlan } from "../../loop/view-plan.ts";
import { viewStatus } from "../../loop/view-status.ts";
import { pglite } from "../../store/test-stores.ts";
import { type Installation, install, storesOfSuite, testSettings } from "../installation.ts";
import { files, policy, profile } from "../manifests.ts";

const stores = await storesOfSuite();

const supervised = { serial: "SIM-1", platform: "ipados", name: "IPAD-1", supervised: true } as const;
const private_ = { serial: "SIM-2", platform: "ios", name: "PHONE-1", supervised: false } as const;
const mac = { serial: "SIM-3", platform: "macos", name: "MAC-1" } as const;

const repository = files({
  "r.yaml": profile(
    "limits",
    "type: com.apple.applicationaccess, content: {allowCamera: false, allowAppRemoval: false}",
  ),
  "d.yaml": profile("dock", "type: com.apple.dock, content: {autohide: true}"),
  "p.yaml": policy("profiles: [{name: limits}, {name: dock}]"),
});

test.each(stores)(
  "on $name what a device would refuse is not sent, and what it ignores in part is never ready",
  async (store) => {
    await using house = await install({
      stores: store,
      files: repository,
      devices: [supervised, private_, mac],
    });
    await house.enroll();
    await house.settle();

    expect(installed(house, "SIM-1")).toEqual(["reeve.profile.limits"]);
    expect(installed(house, "SIM-2")).toEqual(["reeve.profile.limits"]);
    expect(installed(house, "SIM-3")).toEqual(["reeve.profile.dock", "reeve.profile.limits"]);
    expect(attempts(house, "SIM-2", "InstallProfile")).toBe(1);
    expect(await item(house, "SIM-2", "Profile/dock")).toMatchObject({
      state: "unsupported",
      because: "com.apple.dock (does not exist on iOS)",
    });
    expect(await item(house, "SIM-1", "Profile/limits")).toMatchObject({ state: "verified" });
    expect(await item(house, "SIM-2", "Profile/limits")).toMatchObject({
      state: "unsupported",
      detail: "the device ignores com.apple.applicationaccess allowAppRemoval (needs a supervised device)",
    });
    const status = await viewStatus(house.looking, { source: "", warnings: [] });
    expect(status.total).toMatchObject({ total: 3, ready: 0, stalled: 3 });
    const plan = await viewPlan(house.looking, undefined, testSettings);
    expect(
      plan.entries.filter((one) => one.action === "unsupported").map(({ key, reason }) => `${key} ${reason}`),
    ).toEqual(
      expect.arrayContaining([
        "Profile/dock com.apple.dock (does not exist on iOS)",
        expect.stringContaining("allowAppRemoval (needs a supervised device)"),
      ]),
    );
  },
);

test("an update of the system makes ready what it brings, without sending it anew", async () => {
  const rcs = files({
    "r.yaml": profile("rcs", "type: com.apple.applicationaccess, content: {allowRCSMessaging: false}"),
    "p.yaml": policy("profiles: [{name: rcs}]"),
  });
  const old = { ...supervised, osVersion: "17.5" } as const;
  await using house = await install({ stores: pglite, files: rcs, devices: [old] });
  await house.enroll();
  await house.settle();
  expect(await item(house, "SIM-1", "Profile/rcs")).toMatchObject({
    state: "unsupported",
    detail: expect.stringContaining("allowRCSMessaging (needs iPadOS 18"),
  });

  house.device("SIM-1").updateOs("26.1");
  await house.pass(3 * 3_600_000, 600_000);

  expect(await item(house, "SIM-1", "Profile/rcs")).toMatchObject({ state: "verified" });
  expect(attempts(house, "SIM-1", "InstallProfile")).toBe(1);
});

test("what was installed before stays where a new payload cannot be used", async () => {
  const limits = "type: com.apple.applicationaccess, content: {allowCamera: false}";
  const before = files({
    "r.yaml": profile("limits", limits),
    "p.yaml": policy("profiles: [{name: limits}]"),
  });
  await using house = await install({ stores: pglite, files: before, devices: [private_] });
  await house.enroll();
  await house.settle();
  house.commit({
    ...before,
    "r.yaml": profile("limits", `${limits}}\n      - {type: com.apple.dock, content: {autohide: true}`),
  });
  await house.pass(3_600_000, 300_000);

  expect(installed(house, "SIM-2")).toEqual(["reeve.profile.limits"]);
  expect(attempts(house, "SIM-2", "InstallProfile")).toBe(1);
  expect(await item(house, "SIM-2", "Profile/limits")).toMatchObject({ state: "unsupported" });

  house.commit({ ...before, "p.yaml": policy("profiles: []") });
  await house.settle();
  expect(installed(house, "SIM-2")).toEqual([]);
});

function installed(house: Installation, serial: string): string[] {
  const own = Object.keys(house.device(serial).snapshot().profiles);
  return own.filter((id) => id.startsWith("reeve.profile.")).sort();
}

function attempts(house: Installation, serial: string, requestType: string): number {
  return house
    .device(serial)
    .ledger.of("command")
    .filter((one) => one.requestType === requestType).length;
}

async function item(house: Installation, serial: string, key: string) {
  const { items } = await viewExplanation(house.looking, serial, key);
  return items[0];
}
