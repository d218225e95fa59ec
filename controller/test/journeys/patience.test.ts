import { expect, test } from "vitest";
import { viewDevices } from "../../loop/view-devices.ts";
import { viewStatus } from "../../loop/view-status.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import type { ErrorItem } from "../../simulator/faults.ts";
import type { Member } from "../../simulator/fleet.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { baseline, marker, policy } from "../manifests.ts";

const stores = await storesOfSuite();
const hour = 3_600_000;
const day = 24 * hour;
const tablet: Member = { serial: "SIM-1", platform: "ipados", name: "IPAD" };
const mac: Member = { serial: "SIM-1", platform: "macos", name: "MAC" };
const changed = {
  ...baseline,
  "new.yaml": marker("new"),
  "baseline.yaml": policy("profiles: [{name: passcode}, {name: new}]\napps: [{name: slack}]"),
};
const refusals = [
  {
    mode: "Lockdown Mode",
    chain: [
      { domain: "MCInstallationErrorDomain", code: 4001, description: "Profile Installation Failed" },
      {
        domain: "MCInstallationErrorDomain",
        code: 4035,
        description: "Configuration profiles cannot be installed while Lockdown Mode is enabled.",
      },
    ],
  },
  {
    mode: "Stolen Device Protection",
    chain: [
      {
        domain: "MCInstallationErrorDomain",
        code: 4036,
        description: "A Security Delay is required before profiles can be installed.",
      },
    ],
  },
] as const satisfies readonly { mode: string; chain: readonly ErrorItem[] }[];

const cases = stores.flatMap((store) =>
  refusals.map((refusal) => [store.name, refusal.mode, store, refusal] as const),
);

test.each(cases)(
  "on %s %s is waited for, is seen, and is no failure",
  async (_name, _mode, store, refusal) => {
    await using house = await enrolled(store, tablet);
    const device = house.device("IPAD");
    const { chain, mode } = refusal;
    device.faults.add({ kind: "error", requestType: "InstallProfile", times: 1_000, chain });
    house.commit(changed);
    const message = expect.stringContaining(mode);
    const asked = await commandsIn(house, device, day, async () => {
      expect(await condition(house)).toMatchObject({ type: "Reconciling", reason: "Protected", message });
      expect((await status(house)).stalled).toEqual([]);
    });
    expect(asked("InstallProfile")).toBeGreaterThan(4);
    expect(asked("InstallProfile")).toBeLessThan(14);

    device.faults.clear();
    await house.pass(8 * hour, 10 * 60_000);
    expect(await condition(house)).toMatchObject({ type: "Ready" });
    expect(device.snapshot().profiles).toHaveProperty(["reeve.profile.new"]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)("on $name what leaves waits for Lockdown Mode as well", async (store) => {
  await using house = await enrolled(store, tablet, changed);
  const device = house.device("IPAD");
  const { chain } = refusals[0];
  device.faults.add({ kind: "error", requestType: "RemoveProfile", times: 1_000, chain });
  house.commit(baseline);
  const asked = await commandsIn(house, device, day, async () => {
    expect(await condition(house)).toMatchObject({ type: "Reconciling", reason: "RemovalUnderWay" });
  });
  expect(asked("RemoveProfile")).toBeLessThan(14);
});

const sleepers = stores.flatMap((store) =>
  [mac, tablet].map((member) => [store.name, member.platform, store, member] as const),
);

test.each(sleepers)(
  "on %s a sleeping or locked %s that says NotNow for a day is not asked in a loop",
  async (_name, _platform, store, member) => {
    await using house = await enrolled(store, member);
    const device = house.device(member.name ?? "");
    const until = house.world.now() + day;
    device.faults.add({ kind: "not-now", until });
    const pushes = house.push.count();
    house.commit(changed);
    const message = expect.stringContaining("Profile/new: the device put it off");
    const asked = await commandsIn(house, device, day - hour, async () => {
      expect(await condition(house)).toMatchObject({ type: "Reconciling", reason: "PutOff", message });
    });
    // About an hour after each other, and what else is due goes along.
    expect(asked("InstallProfile")).toBeLessThan(30);
    expect(asked()).toBeLessThan(110);
    expect(house.push.count() - pushes).toBeLessThan(50);
    await house.pass(3 * hour, 10 * 60_000);
    expect(await condition(house)).toMatchObject({ type: "Ready" });
    const done = device.ledger
      .of("executed")
      .filter((one) => one.requestType === "InstallProfile" && one.at >= until);
    expect(done).toHaveLength(1);
    expect(house.fleet.violations()).toEqual([]);
  },
);

async function enrolled(
  store: Parameters<typeof install>[0]["stores"],
  member: Member,
  files: Readonly<Record<string, string>> = baseline,
): Promise<Installation> {
  const house = await install({ stores: store, files, devices: [member] });
  await house.enroll();
  await house.settle();
  return house;
}

/** Lets time pass and looks every four hours; how many commands of a type the device was given meanwhile. */
async function commandsIn(house: Installation, device: AppleDevice, ms: number, look: () => Promise<void>) {
  const seen = device.ledger.entries.length;
  for (let passed = 0; passed < ms; passed += 4 * hour) {
    await house.pass(Math.min(4 * hour, ms - passed), 10 * 60_000);
    await look();
  }
  const given = device.ledger.of("command").filter((one) => one.seq > seen);
  return (type?: string) => given.filter((one) => type === undefined || one.requestType === type).length;
}

async function condition(house: Installation) {
  return (await viewDevices(house.looking, { limit: 1 }, {})).devices[0]?.condition;
}

function status(house: Installation) {
  return viewStatus(house.looking, { source: "", warnings: [] });
}
