import { expect, test } from "vitest";
import { bed, COMPANY_WORK_PROFILE, DAY, FULLY_MANAGED, MINUTE, WORK_PROFILE } from "./test-amapi.ts";

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
