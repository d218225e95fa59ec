import { expect, test } from "vitest";
import type { AndroidDevice } from "./device/android-device.ts";
import { bed, COMPANY_WORK_PROFILE, DAY, FULLY_MANAGED, MINUTE, SECOND, WORK_PROFILE } from "./test-amapi.ts";

const EVERYTHING = {
  applicationReportsEnabled: true,
  deviceSettingsEnabled: true,
  displayInfoEnabled: true,
  memoryInfoEnabled: true,
  networkInfoEnabled: true,
  powerManagementEventsEnabled: true,
  softwareInfoEnabled: true,
};

test("what the applied policy does not collect is absent", async () => {
  const { world, policy, enrolled, record } = await bed();
  const name = await policy("p", {});
  const device = await enrolled({ policy: name });
  expect(Object.keys(await record(device))).not.toEqual(expect.arrayContaining(["softwareInfo"]));
  await policy("p", { statusReportingSettings: EVERYTHING });
  await world.advance(MINUTE);
  const full = await record(device);
  expect(full.softwareInfo?.androidVersion).toBe("15");
  expect(full.powerManagementEvents?.map(({ eventType }) => eventType)).toContain("BATTERY_LEVEL_COLLECTED");
  await policy("p", { statusReportingSettings: { memoryInfoEnabled: true } });
  await world.advance(MINUTE);
  const less = await record(device);
  expect(less.softwareInfo).toBeUndefined();
  expect(less.memoryInfo?.totalRam).toBe("8589934592");
});

test.each([
  ["fully managed", FULLY_MANAGED, true, true, true],
  ["a company's with a work profile", COMPANY_WORK_PROFILE, true, false, true],
  ["a person's", WORK_PROFILE, false, false, false],
])("a device that is %s tells what its mode allows", async (_, how, imei, telephony, power) => {
  const { policy, enrolled, record } = await bed();
  const name = await policy("p", { statusReportingSettings: EVERYTHING });
  const device = await enrolled({ policy: name, ...how });
  const { networkInfo, powerManagementEvents, hardwareInfo } = await record(device);
  expect(networkInfo?.imei !== undefined).toBe(imei);
  expect(networkInfo?.telephonyInfos !== undefined).toBe(telephony);
  expect(powerManagementEvents !== undefined).toBe(power);
  const isPersonal = how === WORK_PROFILE;
  expect(hardwareInfo?.serialNumber).toBe(isPersonal ? hardwareInfo?.enterpriseSpecificId : device.serial);
});

test("a device reports each day; offline it does not, and a slow one takes long", async () => {
  const { world, policy, enrolled, record } = await bed();
  const name = await policy("p", {});
  const [device, slow] = [
    await enrolled({ policy: name }),
    await enrolled({ policy: name, moods: { slow: true } }),
  ];
  expect((await record(slow)).state).toBe("PROVISIONING");
  const first = (await record(device)).lastStatusReportTime ?? "";
  await world.advance(DAY);
  expect(Date.parse((await record(device)).lastStatusReportTime ?? "") - Date.parse(first)).toBeGreaterThan(
    DAY - MINUTE,
  );
  device.goOffline();
  const last = await record(device);
  await world.advance(2 * DAY);
  expect(await record(device)).toEqual(last);
});

test("a disabled device is so when it has heard of it, shows why, and comes back", async () => {
  const { am, world, policy, enrolled, record } = await bed();
  await policy("default", {});
  const device = await enrolled();
  const set = (requestBody: object) =>
    am.enterprises.devices.patch({
      name: device.name ?? "",
      updateMask: "state,disabledReason",
      requestBody,
    });
  await set({ state: "DISABLED", disabledReason: { defaultMessage: "Call the desk" } });
  expect(await record(device)).toMatchObject({ state: "DISABLED", appliedState: "ACTIVE" });
  await world.advance(MINUTE);
  expect(await record(device)).toMatchObject({ state: "DISABLED", appliedState: "DISABLED" });
  expect(device.ledger.of("message")).toMatchObject([{ text: "Call the desk" }]);
  await set({ state: "ACTIVE" });
  await world.advance(MINUTE);
  expect(await record(device)).toMatchObject({ state: "ACTIVE", appliedState: "ACTIVE" });
  expect(device.ledger.entries.map(({ type }) => type).slice(-3)).toEqual(["disabled", "message", "enabled"]);
});

test("a newer Android is installed as the policy says, or when its person does", async () => {
  const { world, policy, enrolled, record } = await bed();
  const body = (systemUpdate: object) => ({
    systemUpdate,
    statusReportingSettings: { softwareInfoEnabled: true },
  });
  const names = {
    automatic: await policy("automatic", body({ type: "AUTOMATIC" })),
    postponed: await policy("postponed", body({ type: "POSTPONE" })),
    window: await policy("window", body({ type: "WINDOWED", startMinutes: 120, endMinutes: 240 })),
    own: await policy("own", body({})),
  };
  const make = (name: string) => enrolled({ policy: name, android: 15 });
  const { automatic, postponed, window, own } = names;
  const devices = [await make(automatic), await make(postponed), await make(window), await make(own)];
  for (const device of devices) device.isOffered(16);
  await world.advance(20 * SECOND);
  const [first, second, third, fourth] = devices as [
    AndroidDevice,
    AndroidDevice,
    AndroidDevice,
    AndroidDevice,
  ];
  expect((await record(fourth)).softwareInfo).toMatchObject({
    androidVersion: "15",
    systemUpdateInfo: { updateStatus: "OS_UPDATE_AVAILABLE" },
  });
  await world.advance(DAY);
  expect(devices.map(({ machine }) => machine.android)).toEqual([16, 15, 16, 15]);
  expect(new Date(third.ledger.of("os-updated")[0]?.at ?? 0).toISOString()).toMatch(/T02:00:00/);
  expect(fourth.user.installsUpdate()).toBe(true);
  await world.advance(30 * DAY);
  expect(devices.map(({ ledger }) => ledger.of("os-updated").length)).toEqual([1, 1, 1, 1]);
  expect(
    (second.ledger.of("os-updated")[0]?.at ?? 0) - (first.ledger.of("os-updated")[0]?.at ?? 0),
  ).toBeGreaterThan(29 * DAY);
  expect(await record(second)).toMatchObject({
    apiLevel: 36,
    softwareInfo: { systemUpdateInfo: { updateStatus: "UP_TO_DATE" } },
  });
});

test.each([
  ["given", "DISABLED", "policies/own"],
  ["all", "ACTIVE", "policies/default"],
] as const)(
  "a device that is patched without a mask: %s",
  async (devicePatchWithoutMask, state, policyName) => {
    const { am, policy, enrolled, record } = await bed({ knobs: { devicePatchWithoutMask } });
    const device = await enrolled({ policy: await policy("own", {}) });
    const name = device.name ?? "";
    await am.enterprises.devices.patch({ name, updateMask: "state", requestBody: { state: "DISABLED" } });
    await am.enterprises.devices.patch({ name, requestBody: { disabledReason: { defaultMessage: "why" } } });
    const after = await record(device);
    expect([after.state, after.disabledReason]).toEqual([state, { defaultMessage: "why" }]);
    expect(after.policyName).toContain(policyName);
  },
);

test.each([true, false])(
  "a device whose apps are on their way is compliant: %s",
  async (onTheWayIsCompliant) => {
    const { world, policy, enrolled, record } = await bed({ knobs: { onTheWayIsCompliant } });
    const device = await enrolled({ policy: await policy("p", {}) });
    await policy("p", { applications: [{ packageName: "com.a", installType: "FORCE_INSTALLED" }] });
    await world.advance(20 * SECOND);
    const { policyCompliant, nonComplianceDetails } = await record(device);
    expect(nonComplianceDetails).toHaveLength(1);
    expect(policyCompliant).toBe(onTheWayIsCompliant || undefined);
  },
);
