import { expect, test } from "vitest";
import { bed, COMPANY_WORK_PROFILE, DAY, FULLY_MANAGED, MINUTE, SECOND, WORK_PROFILE } from "./test-amapi.ts";

const PASSWORD = {
  passwordPolicies: [{ passwordScope: "SCOPE_DEVICE", passwordQuality: "COMPLEXITY_HIGH" }],
};

test("a password that the person has yet to set blocks at once, and heals", async () => {
  const { world, policy, enrolled, record } = await bed();
  const device = await enrolled({ policy: await policy("p", PASSWORD) });
  const before = await record(device);
  expect(before.policyCompliant).toBeUndefined();
  expect(before.nonComplianceDetails).toEqual([
    {
      settingName: "passwordPolicies",
      nonComplianceReason: "USER_ACTION",
      fieldPath: "passwordPolicies[0].passwordQuality",
      specificNonComplianceReason: "PASSWORD_POLICIES_PASSWORD_NOT_SUFFICIENT",
      specificNonComplianceContext: { passwordPoliciesContext: { passwordPolicyScope: "SCOPE_DEVICE" } },
    },
  ]);
  expect(device.ledger.of("blocked")).toMatchObject([{ settings: ["passwordPolicies"] }]);
  device.user.setsPassword("1234");
  expect(device.ledger.of("unblocked")).toEqual([]);
  device.user.setsPassword("correct horse");
  expect(device.ledger.of("unblocked")).toHaveLength(1);
  await world.advance(10 * SECOND);
  expect(await record(device)).toMatchObject({ policyCompliant: true });
  await world.advance(20 * DAY);
  expect(device.ledger.of("wiped")).toEqual([]);
});

test("without rules of its own a policy wipes after ten days", async () => {
  const { am, enterprise, world, policy, enrolled } = await bed();
  const name = await policy("p", PASSWORD);
  const [phone, personal] = [
    await enrolled({ policy: name, ...FULLY_MANAGED }),
    await enrolled({ policy: name, ...WORK_PROFILE }),
  ];
  await world.advance(9 * DAY);
  expect([...phone.ledger.of("wiped"), ...personal.ledger.of("work-profile-removed")]).toEqual([]);
  await world.advance(2 * DAY);
  expect(phone.ledger.of("wiped")).toMatchObject([{ by: "enforcement" }]);
  expect(personal.ledger.of("work-profile-removed")).toMatchObject([{ by: "enforcement" }]);
  expect(personal.ledger.of("wiped")).toEqual([]);
  expect((await am.enterprises.devices.list({ parent: enterprise })).data).toEqual({});
});

test("a device that wipes itself while it is offline leaves its record behind", async () => {
  const { world, policy, enrolled, record } = await bed();
  const device = await enrolled({ policy: await policy("p", PASSWORD) });
  device.goOffline();
  await world.advance(11 * DAY);
  device.goOnline();
  await world.advance(DAY);
  expect(device.ledger.of("wiped")).toMatchObject([{ by: "enforcement" }]);
  expect((await record(device)).state).toBe("ACTIVE");
});

test("rules in the policy take the place of all default ones", async () => {
  const { world, policy, enrolled } = await bed();
  const rule = { blockAction: { blockAfterDays: 1 }, wipeAction: { wipeAfterDays: 3 } };
  const other = { ...PASSWORD, policyEnforcementRules: [{ settingName: "encryptionPolicy", ...rule }] };
  const own = { ...PASSWORD, policyEnforcementRules: [{ settingName: "passwordPolicies", ...rule }] };
  const [spared, hit] = [
    await enrolled({ policy: await policy("a", other) }),
    await enrolled({ policy: await policy("b", own) }),
  ];
  expect(hit.ledger.of("blocked")).toEqual([]);
  await world.advance(1.5 * DAY);
  expect(hit.ledger.of("blocked")).toHaveLength(1);
  await world.advance(10 * DAY);
  expect(hit.ledger.of("wiped")).toMatchObject([{ by: "enforcement" }]);
  expect([...spared.ledger.of("blocked"), ...spared.ledger.of("wiped")]).toEqual([]);
});

test("settings that a device cannot have are reported by its version, its mode and its project", async () => {
  const { amapi, world, policy, enrolled, record } = await bed();
  const name = await policy("p", {
    minimumApiLevel: 34,
    printingPolicy: "PRINTING_ALLOWED",
    microphoneAccess: "MICROPHONE_ACCESS_DISABLED",
    factoryResetDisabled: true,
    policyEnforcementRules: [
      {
        settingName: "passwordPolicies",
        blockAction: { blockAfterDays: 1 },
        wipeAction: { wipeAfterDays: 2 },
      },
    ],
    openNetworkConfiguration: {
      NetworkConfigurations: [
        { GUID: "good", WiFi: { Security: "WPA-PSK", Passphrase: "long enough" } },
        { GUID: "bad", WiFi: { Security: "WPA-PSK", Passphrase: "short" } },
      ],
    },
  });
  const said = async (device: Parameters<typeof record>[0]) =>
    (await record(device)).nonComplianceDetails?.map(
      (one) => `${one.fieldPath ?? one.settingName} ${one.nonComplianceReason}`,
    );
  const wifi = "openNetworkConfiguration.NetworkConfigurations[1].WiFi.Passphrase INVALID_VALUE";
  const old = await enrolled({ policy: name, android: 8, ...FULLY_MANAGED });
  expect(await said(old)).toEqual(["minimumApiLevel API_LEVEL", "printingPolicy API_LEVEL", wifi]);
  const personal = await enrolled({ policy: name, ...WORK_PROFILE });
  expect(await said(personal)).toEqual([
    "factoryResetDisabled MANAGEMENT_MODE",
    "microphoneAccess MANAGEMENT_MODE",
    wifi,
  ]);
  const company = await enrolled({ policy: name, ...COMPANY_WORK_PROFILE });
  expect(await said(company)).toEqual(["microphoneAccess MANAGEMENT_MODE", wifi]);
  amapi.knobs.permissibleUsageRestricted = true;
  await policy("p", { factoryResetDisabled: true });
  await world.advance(MINUTE);
  expect(await said(company)).toEqual(["factoryResetDisabled PROJECT_NOT_PERMITTED"]);
});

test("so many wrong passwords in a row wipe the device, and nobody hears of it", async () => {
  const { am, world, policy, enrolled, record } = await bed();
  const passwordPolicies = [{ passwordScope: "SCOPE_DEVICE", maximumFailedPasswordsForWipe: 3 }];
  const device = await enrolled({ policy: await policy("p", { passwordPolicies }) });
  device.user.setsPassword("sesame");
  const tries = (...words: string[]) => words.map((word) => device.user.triesPassword(word));
  expect(tries("a", "b", "sesame", "c", "d")).toEqual([false, false, true, false, false]);
  expect(device.ledger.of("wiped")).toEqual([]);
  const name = device.name ?? "";
  expect(tries("e")).toEqual([false]);
  expect(device.ledger.of("wiped")).toMatchObject([{ by: "wrong-passwords" }]);
  await world.advance(DAY);
  expect((await record(device)).state).toBe("ACTIVE");
  expect((await am.enterprises.devices.get({ name })).data.name).toBe(name);
});

test("the policy adds its flags to a wipe that it does itself, and a device can be made to report anything", async () => {
  const { world, policy, enrolled, record } = await bed();
  const name = await policy("p", {
    wipeDataFlags: ["WIPE_ESIMS"],
    policyEnforcementRules: [
      {
        settingName: "vpnConfigDisabled",
        blockAction: { blockAfterDays: 1 },
        wipeAction: { wipeAfterDays: 2 },
      },
    ],
  });
  const device = await enrolled({ policy: name });
  const detail = { settingName: "vpnConfigDisabled", nonComplianceReason: "PENDING" };
  device.reportsAlso([detail]);
  await world.advance(4 * DAY);
  expect((await record(device)).nonComplianceDetails).toEqual([detail]);
  expect(device.ledger.of("blocked")).toEqual([]);
  device.reportsAlso([{ ...detail, nonComplianceReason: "UNSUPPORTED" }]);
  await world.advance(4 * DAY);
  expect(device.ledger.of("wiped")).toMatchObject([{ by: "enforcement", flags: ["WIPE_ESIMS"] }]);
});
