import { expect, test } from "vitest";
import {
  bed,
  COMPANY_WORK_PROFILE,
  DAY,
  errorOf,
  FULLY_MANAGED,
  HOUR,
  MINUTE,
  SECOND,
  WORK_PROFILE,
} from "./test-amapi.ts";

test("a token is shown whole once, and then in part as long as it is active", async () => {
  const { am, world, amapi, enterprise } = await bed();
  const tokens = am.enterprises.enrollmentTokens;
  const { data } = await tokens.create({
    parent: enterprise,
    requestBody: {
      policyName: "p",
      oneTimeOnly: true,
      additionalData: '{"g":"field"}',
      allowPersonalUsage: "PERSONAL_USAGE_DISALLOWED",
    },
  });
  const expirationTimestamp = new Date(world.now() + HOUR).toISOString();
  expect(data).toMatchObject({
    policyName: `${enterprise}/policies/p`,
    duration: "3600s",
    oneTimeOnly: true,
    expirationTimestamp,
  });
  const name = data.name ?? "";
  const { qrCode, value, allowPersonalUsage } = data;
  expect((await tokens.get({ name })).data).toEqual({
    name,
    value,
    qrCode,
    allowPersonalUsage,
    expirationTimestamp,
  });
  // No real device would enroll with it.
  expect(qrCode).not.toContain("com.google");
  expect(
    JSON.parse(qrCode ?? "")["android.app.extra.PROVISIONING_DEVICE_ADMIN_PACKAGE_DOWNLOAD_LOCATION"],
  ).toContain(".invalid/");

  const [first, second] = [amapi.device(), amapi.device()];
  expect(first.enroll(qrCode ?? "", "factory-reset")).toBeUndefined();
  expect(second.enroll(qrCode ?? "", "factory-reset")).toBe("the enrollment token is not valid");
  expect(await errorOf(tokens.get({ name }))).toMatch(/^404/);

  const short = await tokens.create({ parent: enterprise, requestBody: { duration: "60s" } });
  await world.advance(61 * SECOND);
  expect((await tokens.list({ parent: enterprise })).data).toEqual({});
  expect(second.enroll(short.data.value ?? "", "factory-reset")).toBe("the enrollment token is not valid");

  const deleted = await tokens.create({ parent: enterprise, requestBody: {} });
  await tokens.delete({ name: deleted.data.name ?? "" });
  expect(second.enroll(deleted.data.value ?? "", "factory-reset")).toBe("the enrollment token is not valid");
  expect(second.ledger.of("enrolled")).toEqual([]);
});

test("what a token may say", async () => {
  const { am, enterprise } = await bed();
  const create = (requestBody: object) =>
    errorOf(am.enterprises.enrollmentTokens.create({ parent: enterprise, requestBody }));
  expect(await create({ duration: "59s" })).toMatch(/^400 INVALID_ARGUMENT/);
  expect(await create({ additionalData: "x".repeat(1_025) })).toMatch(/^400 INVALID_ARGUMENT/);
  expect(await create({ policyName: "enterprises/other/policies/p" })).toBe(
    `400 INVALID_ARGUMENT policy_name is expected to start with ${enterprise}/policies/`,
  );
  expect(await create({ additionalData: "x".repeat(1_024), duration: "60s" })).toBe("no error");
});

test.each([
  ["a fully managed device", FULLY_MANAGED, "COMPANY_OWNED", "DEVICE_OWNER"],
  ["a work profile on a person's device", WORK_PROFILE, "PERSONALLY_OWNED", "PROFILE_OWNER"],
  ["a work profile on the company's device", COMPANY_WORK_PROFILE, "COMPANY_OWNED", "PROFILE_OWNER"],
  [
    "a dedicated device",
    { usage: "PERSONAL_USAGE_DISALLOWED_USERLESS", arrival: "factory-reset" } as const,
    "COMPANY_OWNED",
    "DEVICE_OWNER",
  ],
])("the token and the way of arriving make %s", async (_, how, ownership, managementMode) => {
  const { policy, enrolled, record } = await bed();
  await policy("default", {});
  const device = await enrolled(how);
  expect(await record(device)).toMatchObject({
    ownership,
    managementMode,
    state: "ACTIVE",
    appliedState: "ACTIVE",
  });
});

test("a token without personal use keeps personal devices out", async () => {
  const { am, amapi, enterprise } = await bed();
  const token = await am.enterprises.enrollmentTokens.create({
    parent: enterprise,
    requestBody: { allowPersonalUsage: "PERSONAL_USAGE_DISALLOWED" },
  });
  const refused = amapi.device().enroll(token.data.value ?? "", "in-settings");
  expect(refused).toBe("the enrollment token does not allow personal devices");
});

test("a device is provisioning until it has a policy, and without one for five minutes it is gone", async () => {
  const { am, world, policy, enrolled, record, enterprise } = await bed();
  const device = await enrolled();
  expect(await record(device)).toMatchObject({
    state: "PROVISIONING",
    policyName: `${enterprise}/policies/default`,
    hardwareInfo: { serialNumber: device.serial },
  });
  await world.advance(3 * MINUTE);
  expect(device.ledger.of("wiped")).toEqual([]);
  await world.advance(2 * MINUTE);
  expect(device.ledger.entries.map(({ type }) => type)).toEqual(["enrolled", "enrollment-failed", "wiped"]);
  expect((await am.enterprises.devices.list({ parent: enterprise })).data).toEqual({});

  const saved = await enrolled();
  await policy("default", {});
  await am.enterprises.devices.patch({
    name: saved.name ?? "",
    updateMask: "policyName",
    requestBody: { policyName: "default" },
  });
  await world.advance(MINUTE);
  expect(await record(saved)).toMatchObject({ state: "ACTIVE", appliedPolicyVersion: "1" });
  await world.advance(10 * MINUTE);
  expect(saved.ledger.of("wiped")).toEqual([]);
});

test("the same serial number enrolled again has a new name and tells the old ones", async () => {
  const { policy, enrolled, record } = await bed();
  await policy("default", {});
  const device = await enrolled();
  const names = [device.name];
  for (let round = 0; round < 2; round++) {
    device.user.resetsDevice();
    await enrolled({ serial: device.serial });
    names.push(device.name);
  }
  expect(new Set(names).size).toBe(3);
  expect((await record(device)).previousDeviceNames).toEqual(names.slice(0, 2));
});

test("a person who removes the work profile tells nobody: the record stays and its reports end", async () => {
  const { am, amapi, world, policy, enrolled, record } = await bed();
  await policy("default", {});
  const device = await enrolled(WORK_PROFILE);
  const before = await record(device);
  expect(device.user.removesWorkProfile()).toBe(true);
  await world.advance(3 * DAY);
  expect(await record(device)).toEqual(before);
  expect(device.ledger.of("work-profile-removed")).toMatchObject([{ by: "user" }]);

  amapi.knobs.afterUserRemoval = "no-longer-managed";
  expect(await errorOf(am.enterprises.devices.get({ name: before.name ?? "" }))).toBe(
    "400 FAILED_PRECONDITION Device is no longer being managed",
  );
});
