import { expect, test } from "vitest";
import { enrollmentProfile } from "../../loop/enroll.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { baseline, files, marker, policy, slackId } from "../manifests.ts";
import { declared, echo, policySet } from "./declared-files.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const ipad = { serial: "PAD-1", platform: "ipados", name: "PAD-1" } as const;

test.each(stores)(
  "on $name a device leaves Setup Assistant when it has what it is to have",
  async (store) => {
    await using house = await install({ stores: store, files: baseline, devices: [ipad] });
    const device = await enrollAwaiting(house);
    await house.settle();
    expect(device.isAwaiting()).toBe(false);
    const asked = device.ledger.of("command").map((one) => one.requestType);
    expect(asked.filter((one) => one === "DeviceConfigured")).toHaveLength(1);
    expect(device.snapshot()).toMatchObject({ managedApps: { [slackId]: "Managed" } });
    expect(asked.indexOf("DeviceConfigured")).toBeGreaterThan(asked.indexOf("InstallApplication"));
    await device.renewToken();
    await house.settle();
    expect(device.ledger.of("command").filter((one) => one.requestType === "DeviceConfigured")).toHaveLength(
      1,
    );

    // A user waits for his own.
    house.commit({
      ...baseline,
      "own.yaml": marker("own", 1, "scope: user"),
      "own-policy.yaml": policy("profiles: [{name: own}]", "own"),
    });
    await house.settle();
    const who = { id: "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", shortName: "bea@acme.example", awaiting: true };
    const user = await device.login(who);
    await house.settle();
    expect(user.isAwaiting()).toBe(false);
    expect(Object.keys(user.profiles())).toEqual(["reeve.profile.own"]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)("on $name nobody waits in Setup Assistant for ever", async (store) => {
  await using house = await install({
    stores: store,
    files: files({ "a.yaml": marker("all", 1), "p.yaml": policy("profiles: [{name: all}]") }),
    devices: [ipad],
  });
  house.device("PAD-1").faults.add({ kind: "error", requestType: "InstallProfile", times: 100 });
  house.device("PAD-1").faults.add({ kind: "lose-reply", next: "idle", requestType: "DeviceConfigured" });
  const device = await enrollAwaiting(house);
  await house.pass(10 * minute, minute);
  expect(device.isAwaiting()).toBe(true);
  const { items } = await viewExplanation(house.looking, "PAD-1", "Setup Assistant");
  expect(items).toMatchObject([{ state: "waiting", because: expect.stringContaining("at the latest") }]);
  await house.pass(10 * minute, minute);
  expect(device.isAwaiting()).toBe(false);
  expect((await viewExplanation(house.looking, "PAD-1", "Setup Assistant")).items).toEqual([]);
  expect(house.fleet.violations()).toEqual([]);
});

test.each(stores.slice(-1))(
  "on $name a device that does not look at its declarations before it is set up is not kept by them",
  async (store) => {
    await using house = await install({
      stores: store,
      files: policySet(["hello", declared("hello", echo("one"))]),
      devices: [{ ...ipad, supervised: true }],
    });
    for (const requestType of ["DeclarativeManagement/tokens", "DeclarativeManagement/declaration-items"])
      house.device("PAD-1").faults.add({ kind: "lose-answer", requestType, times: 1_000 });
    const device = await enrollAwaiting(house);
    await house.pass(2 * minute, 10_000);
    expect(device.isAwaiting()).toBe(false);
    expect(device.snapshot().declarations).toEqual({});

    device.faults.clear();
    await house.pass(20 * minute, minute);
    const { items } = await viewExplanation(house.looking, "PAD-1", "Profile/hello");
    expect(items).toMatchObject([{ state: "verified" }]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

async function enrollAwaiting(house: Installation) {
  await house.settle();
  const device = house.device("PAD-1");
  const invitation = { uses: 1, expiresAt: house.world.now() + 60 * minute, by: "test" };
  const profile = await enrollmentProfile(house.controller.enroll, invitation, true);
  expect(await device.enroll(profile, { awaiting: true })).toEqual({ ok: true });
  return device;
}
