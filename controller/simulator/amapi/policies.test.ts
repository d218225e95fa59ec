import { expect, test } from "vitest";
import { bed, errorOf, FULLY_MANAGED, MINUTE, WORK_PROFILE } from "./test-amapi.ts";

test("a patch makes a policy, and each patch a version; defaults are dropped and 64-bit numbers are texts", async () => {
  const { am, enterprise } = await bed();
  const name = `${enterprise}/policies/field tablets`;
  const { policies } = am.enterprises;

  const first = await policies.patch({
    name,
    requestBody: {
      version: "77",
      maximumTimeToLock: 60_000 as never,
      cameraDisabled: false,
      applications: [
        {
          packageName: "com.a",
          installType: "INSTALL_TYPE_UNSPECIFIED",
          managedConfiguration: { on: false },
        },
      ],
      bluetoothDisabled: true,
      statusReportingSettings: {},
    },
  });
  expect(first.data).toEqual({
    name,
    version: "1",
    maximumTimeToLock: "60000",
    applications: [{ packageName: "com.a", managedConfiguration: { on: false } }],
    bluetoothDisabled: true,
    statusReportingSettings: {},
  });
  // Without a mask everything is replaced.
  const second = await policies.patch({ name, requestBody: { funDisabled: true } });
  expect(second.data).toEqual({ name, version: "2", funDisabled: true });
  expect((await policies.get({ name })).data.version).toBe("2");
});

test("a mask changes what it names and clears what it names and the body lacks", async () => {
  const { am, policy } = await bed();
  const name = await policy("p", {
    funDisabled: true,
    smsDisabled: true,
    displaySettings: { screenBrightnessSettings: { screenBrightnessMode: "BRIGHTNESS_AUTOMATIC" } },
  });
  const { data } = await am.enterprises.policies.patch({
    name,
    updateMask: "fun_disabled,displaySettings.screenTimeoutSettings",
    requestBody: {
      smsDisabled: false,
      displaySettings: { screenTimeoutSettings: { screenTimeoutMode: "SCREEN_TIMEOUT_USER_CHOICE" } },
    },
  });
  expect(data).toEqual({
    name,
    version: "2",
    smsDisabled: true,
    displaySettings: {
      screenBrightnessSettings: { screenBrightnessMode: "BRIGHTNESS_AUTOMATIC" },
      screenTimeoutSettings: { screenTimeoutMode: "SCREEN_TIMEOUT_USER_CHOICE" },
    },
  });
  expect(
    await errorOf(am.enterprises.policies.patch({ name, updateMask: "nothing", requestBody: {} })),
  ).toMatch(/^400 INVALID_ARGUMENT Invalid update mask/);
});

test.each([
  ["bump", 200, "2"],
  ["keep", 200, "1"],
  ["304", 304, undefined],
] as const)("a patch that changes nothing: %s", async (noopPatch, status, version) => {
  const { am, policy } = await bed({ knobs: { noopPatch } });
  const name = await policy("p", { funDisabled: true });
  const again = await am.enterprises.policies.patch({
    name,
    requestBody: { funDisabled: true, smsDisabled: false },
  });
  expect(again.status).toBe(status);
  expect(again.data.version).toBe(version);
});

test("single apps are changed, appended and removed, each time in a new version of a policy that must be there", async () => {
  const { am, enterprise, policy } = await bed();
  const { policies } = am.enterprises;
  const changes = [
    { application: { packageName: "com.b", installType: "BLOCKED" }, updateMask: "installType" },
    { application: { packageName: "com.c" } },
  ];
  expect(
    await errorOf(
      policies.modifyPolicyApplications({ name: `${enterprise}/policies/none`, requestBody: { changes } }),
    ),
  ).toBe("404 NOT_FOUND Requested entity was not found.");

  const name = await policy("p", {
    applications: [{ packageName: "com.a" }, { packageName: "com.b", disabled: true }],
  });
  const modified = await policies.modifyPolicyApplications({ name, requestBody: { changes } });
  expect(modified.data.policy).toMatchObject({
    version: "2",
    applications: [
      { packageName: "com.a" },
      { packageName: "com.b", disabled: true, installType: "BLOCKED" },
      { packageName: "com.c" },
    ],
  });
  const removed = await policies.removePolicyApplications({
    name,
    requestBody: { packageNames: ["com.b", "com.unknown"] },
  });
  expect(removed.data.policy?.applications).toEqual([{ packageName: "com.a" }, { packageName: "com.c" }]);
  expect(removed.data.policy?.version).toBe("3");
  expect(
    await errorOf(policies.removePolicyApplications({ name, requestBody: { packageNames: [] } })),
  ).toMatch(/^400/);
});

test("a policy is deleted only when no device has it and none is to have it", async () => {
  const { am, world, policy, enrolled } = await bed();
  const [old, next] = [await policy("old", {}), await policy("next", {})];
  const device = await enrolled({ policy: old });
  const remove = (name: string) => errorOf(am.enterprises.policies.delete({ name }));
  expect(await remove(old)).toMatch(/^400 FAILED_PRECONDITION/);

  device.goOffline();
  await am.enterprises.devices.patch({
    name: device.name ?? "",
    updateMask: "policyName",
    requestBody: { policyName: "next" },
  });
  expect(await remove(next)).toMatch(/^400/);
  expect(await remove(old)).toMatch(/^400/);
  device.goOnline();
  await world.advance(MINUTE);
  expect(await remove(old)).toBe("no error");
  expect(await remove(old)).toMatch(/^404 NOT_FOUND/);
});

test("two devices of one policy get a change by one patch, and an offline one only when it is back", async () => {
  const { am, amapi, world, policy, enrolled, record } = await bed();
  const name = await policy("shared", { funDisabled: true });
  const [one, two] = [
    await enrolled({ policy: name, ...FULLY_MANAGED }),
    await enrolled({ policy: name, ...WORK_PROFILE }),
  ];
  expect(one.ledger.of("policy-applied").map(({ version }) => version)).toEqual([1]);
  two.goOffline();
  amapi.requests.clear();

  await am.enterprises.policies.patch({ name, requestBody: { smsDisabled: true } });
  expect((await record(one)).appliedPolicyVersion).toBe("1");
  await world.advance(MINUTE);
  expect(await record(one)).toMatchObject({
    policyName: name,
    appliedPolicyName: name,
    appliedPolicyVersion: "2",
  });
  expect(one.ledger.of("policy-applied").at(-1)?.content).toEqual({ smsDisabled: true });
  expect((await record(two)).appliedPolicyVersion).toBe("1");
  two.goOnline();
  await world.advance(MINUTE);
  expect((await record(two)).appliedPolicyVersion).toBe("2");
  expect(amapi.requests.count("enterprises.policies.patch")).toBe(1);
});

test.each([
  ["begins", "1"],
  ["goes-on", "3"],
] as const)("a policy that is made again after it was deleted %s", async (recreatedPolicy, version) => {
  const { am, policy } = await bed({ knobs: { recreatedPolicy } });
  await policy("p", {});
  const name = await policy("p", {});
  await am.enterprises.policies.delete({ name });
  await policy("p", {});
  expect((await am.enterprises.policies.get({ name })).data.version).toBe(version);
});
