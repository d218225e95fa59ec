import { expect, test } from "vitest";
import { viewDevices } from "../../loop/view-devices.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { app, baseline, files, marker, passcode, policy, slackId } from "../manifests.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const hour = 60 * minute;
const passcodeId = "reeve.profile.passcode";
const tablet = { serial: "SIM-1", platform: "ipados", name: "IPAD-1" } as const;

test.each(stores)("on $name a device that was off for ten revisions gets only the last", async (store) => {
  await using house = await enrolled(store);
  const device = house.device("SIM-1");
  const seen = device.ledger.entries.length;
  device.goOffline();
  for (let length = 7; length <= 16; length++) {
    house.commit({ ...baseline, "passcode.yaml": passcode(length) });
    await house.pass(hour, 10 * minute);
  }
  const pushes = house.push.count();
  await house.pass(72 * hour, 2 * hour);
  expect(house.push.count() - pushes).toBeLessThan(12);

  device.goOnline();
  await house.settle();

  const since = device.ledger.of("command").filter((one) => one.seq > seen);
  expect(since.filter((one) => one.requestType === "InstallProfile")).toHaveLength(1);
  expect(device.snapshot().profiles[passcodeId]?.payloads[0]).toMatchObject({ minLength: 16 });
  expect(house.fleet.violations()).toEqual([]);
});

test.each(stores)("on $name NotNow waits for the device, and others go on meanwhile", async (store) => {
  await using house = await enrolled(store);
  const device = house.device("SIM-1");
  device.faults.add({
    kind: "not-now",
    requestType: "InstallProfile",
    until: house.world.now() + 40 * minute,
  });
  const seen = device.ledger.entries.length;
  house.commit({
    ...baseline,
    "passcode.yaml": passcode(9),
    "zoom.yaml": app("zoom", "us.zoom.videomeetings"),
    "baseline.yaml": policy("profiles: [{name: passcode}]\napps: [{name: slack}, {name: zoom}]"),
  });
  await house.pass(10 * minute);

  const waiting = device.snapshot();
  expect(waiting.managedApps["us.zoom.videomeetings"]).toBe("Managed");
  expect(waiting.profiles[passcodeId]?.payloads[0]).toMatchObject({ minLength: 6 });
  const explained = await viewExplanation(house.looking, "SIM-1", "Profile/passcode");
  expect(explained.items[0]).toMatchObject({ state: "not now" });
  await house.pass(hour);

  expect(device.snapshot().profiles[passcodeId]?.payloads[0]).toMatchObject({ minLength: 9 });
  const answers = device.ledger.of("answered").filter((one) => one.seq > seen);
  const asked = answers.filter((one) => one.requestType === "InstallProfile");
  expect(new Set(asked.map((one) => one.uuid)).size).toBe(1);
  expect(asked.at(-1)?.status).toBe("Acknowledged");
  expect(asked.length).toBeLessThan(12);
  expect(house.fleet.violations()).toEqual([]);
});

test.each(stores)("on $name lost and doubled answers change nothing in the end", async (store) => {
  await using house = await enrolled(store);
  const device = house.device("SIM-1");
  const outcomes: unknown[] = [];
  for (const [index, fault] of (
    [
      { kind: "lose-reply", next: "idle" },
      { kind: "lose-reply", next: "repeat" },
      { kind: "lose-answer" },
      { kind: "duplicate" },
    ] as const
  ).entries()) {
    const seen = device.ledger.entries.length;
    device.faults.add({ ...fault, requestType: "InstallProfile" });
    house.commit({ ...baseline, "passcode.yaml": passcode(7 + index) });
    await house.settle();
    await house.pass(minute);
    const executed = device.ledger
      .of("executed")
      .filter((one) => one.seq > seen && one.requestType === "InstallProfile");
    const ids = new Set(executed.map((one) => one.uuid)).size;
    const { minLength } = device.snapshot().profiles[passcodeId]?.payloads[0] ?? {};
    outcomes.push([fault.kind, minLength, executed.length, ids]);
  }

  expect(outcomes).toEqual([
    ["lose-reply", 7, 2, 1],
    ["lose-reply", 8, 1, 1],
    ["lose-answer", 9, 1, 1],
    ["duplicate", 10, 1, 1],
  ]);
  expect(await conditionOf(house)).toBe("Ready");
  expect(house.fleet.violations()).toEqual([]);
});

test.each(stores)(
  "on $name what fails is tried at growing intervals, is seen to fail and holds up nothing else",
  async (store) => {
    await using house = await install({
      stores: store,
      devices: [tablet],
      files: files({
        "p.yaml": [marker("good"), app("zoom", "us.zoom.videomeetings")].join("---\n"),
        "slack.yaml": app("slack", slackId),
        "policy.yaml": policy("profiles: [{name: good}]\napps: [{name: slack}, {name: zoom}]"),
      }),
    });
    const device = house.device("SIM-1");
    const broken = {
      kind: "error",
      requestType: "InstallApplication",
      subject: slackId,
      times: 1_000,
    } as const;
    device.faults.add(broken);
    await house.enroll();
    await house.settle();
    await house.pass(24 * hour, 10 * minute);

    const tries = device.ledger
      .of("command")
      .filter((one) => one.requestType === "InstallApplication")
      .slice(1);
    expect(device.snapshot().managedApps["us.zoom.videomeetings"]).toBe("Managed");
    expect(Object.keys(device.snapshot().profiles)).toContain("reeve.profile.good");
    expect(tries.length).toBeGreaterThan(5);
    expect(tries.length).toBeLessThan(16);
    const gaps = tries.slice(1).map((one, index) => one.at - (tries[index]?.at ?? 0));
    expect(gaps.at(-1)).toBeGreaterThan(3 * hour);
    const { devices } = await viewDevices(house.looking, { limit: 10 }, {});
    expect(devices[0]?.condition).toMatchObject({ type: "Stalled", reason: "Failing" });
    expect(devices[0]?.condition.message).toContain("The operation could not be completed");

    device.faults.clear();
    house.commit(
      files({
        "p.yaml": [marker("good"), app("zoom", "us.zoom.videomeetings")].join("---\n"),
        "slack.yaml": app("slack", slackId).replace(`${slackId}}`, `${slackId}, preventBackup: true}`),
        "policy.yaml": policy("profiles: [{name: good}]\napps: [{name: slack}, {name: zoom}]"),
      }),
    );
    await house.settle();
    expect(device.snapshot().managedApps[slackId]).toBe("Managed");
    expect(await conditionOf(house)).toBe("Ready");
    expect(house.fleet.violations()).toEqual([]);
  },
);

async function enrolled(store: Parameters<typeof install>[0]["stores"]): Promise<Installation> {
  const house = await install({ stores: store, files: baseline, devices: [tablet] });
  await house.enroll();
  await house.settle();
  return house;
}

async function conditionOf(house: Installation): Promise<string | undefined> {
  const { devices } = await viewDevices(house.looking, { limit: 10 }, {});
  return devices[0]?.condition.type;
}
