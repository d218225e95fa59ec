import { expect, test } from "vitest";
import { bed, DAY, FULLY_MANAGED, MINUTE, SECOND, WORK_PROFILE } from "./test-amapi.ts";

const reasons = (record: { nonComplianceDetails?: object[] | null }) => record.nonComplianceDetails ?? [];

test("apps take time to come; until then they are reported as on their way, by their place in the list", async () => {
  const { world, policy, enrolled, record } = await bed();
  const name = await policy("p", {});
  const device = await enrolled({ policy: name });
  await policy("p", {
    applications: [
      { packageName: "com.free", installType: "AVAILABLE" },
      { packageName: "com.forced", installType: "FORCE_INSTALLED" },
    ],
  });
  await world.advance(20 * SECOND);
  expect(reasons(await record(device))).toEqual([
    {
      settingName: "applications",
      packageName: "com.forced",
      fieldPath: "applications[1].installType",
      nonComplianceReason: "APP_NOT_INSTALLED",
      installationFailureReason: "IN_PROGRESS",
    },
  ]);
  await world.advance(MINUTE);
  expect(await record(device)).toMatchObject({ policyCompliant: true });
  expect(device.ledger.of("app-installed").map(({ packageName }) => packageName)).toEqual(["com.forced"]);
  expect(device.user.installs("com.free")).toBe(true);
  expect(device.user.installs("com.other")).toBe(false);
  expect(device.user.uninstalls("com.forced")).toBe(false);
});

test("an installation that fails says why, and is tried again at the next contact", async () => {
  const { amapi, world, policy, enrolled, record } = await bed();
  amapi.store("com.gone", "missing");
  const applications = [
    { packageName: "com.gone", installType: "FORCE_INSTALLED" },
    { packageName: "com.a", installType: "FORCE_INSTALLED" },
  ];
  const name = await policy("p", { applications });
  const device = await enrolled({ policy: name, moods: { appsFail: "INSUFFICIENT_STORAGE" } });
  await world.advance(MINUTE);
  expect(reasons(await record(device))).toMatchObject([
    { packageName: "com.gone", installationFailureReason: "INSUFFICIENT_STORAGE" },
    { packageName: "com.a", installationFailureReason: "INSUFFICIENT_STORAGE" },
  ]);
  delete device.machine.moods.appsFail;
  await world.advance(DAY + 2 * MINUTE);
  expect(reasons(await record(device))).toMatchObject([
    {
      packageName: "com.gone",
      nonComplianceReason: "APP_NOT_INSTALLED",
      installationFailureReason: "NOT_FOUND",
    },
  ]);
});

test("an app that an allow list does not name any more is uninstalled; a block list leaves it", async () => {
  const { world, policy, enrolled } = await bed();
  const applications = ["com.a", "com.b"].map((packageName) => ({
    packageName,
    installType: "FORCE_INSTALLED",
  }));
  const [allow, block] = [
    await policy("allow", { applications }),
    await policy("block", { applications, playStoreMode: "BLACKLIST" }),
  ];
  const [strict, lax] = [await enrolled({ policy: allow }), await enrolled({ policy: block })];
  await world.advance(MINUTE);
  const [first] = applications;
  await policy("allow", { applications: [first!] });
  await policy("block", { applications: [first!], playStoreMode: "BLACKLIST" });
  await world.advance(MINUTE);
  expect(strict.ledger.of("app-uninstalled")).toMatchObject([{ packageName: "com.b", by: "policy" }]);
  expect(lax.ledger.of("app-uninstalled")).toEqual([]);
});

test("a blocked app is reported until it is gone, and an old one until it is updated", async () => {
  const { amapi, world, policy, enrolled, record } = await bed();
  const name = await policy("p", {
    playStoreMode: "BLACKLIST",
    applications: [{ packageName: "com.old", installType: "PREINSTALLED" }],
  });
  const device = await enrolled({ policy: name, ...WORK_PROFILE });
  expect(device.user.installs("com.bad")).toBe(true);
  await world.advance(MINUTE);
  amapi.store("com.old", 2_000);
  await policy("p", {
    applications: [
      { packageName: "com.bad", installType: "BLOCKED" },
      { packageName: "com.old", installType: "PREINSTALLED", minimumVersionCode: 1_500 },
    ],
  });
  await world.advance(16 * SECOND);
  expect(reasons(await record(device))).toMatchObject([
    { packageName: "com.bad", nonComplianceReason: "APP_INSTALLED" },
    {
      packageName: "com.old",
      nonComplianceReason: "APP_NOT_UPDATED",
      fieldPath: "applications[1].minimumVersionCode",
    },
  ]);
  await world.advance(MINUTE);
  expect((await record(device)).policyCompliant).toBe(true);
  expect(device.ledger.of("app-updated")).toMatchObject([{ packageName: "com.old", versionCode: 2_000 }]);
  // What was preinstalled may be removed, and does not come back.
  expect(device.user.uninstalls("com.old")).toBe(true);
  await world.advance(2 * DAY);
  expect(device.machine.apps.get("com.old")?.versionCode).toBe(0);
});

test("a dedicated device is held in its kiosk app once that is there, and let go", async () => {
  const { world, policy, enrolled } = await bed();
  const app = { packageName: "com.kiosk", installType: "REQUIRED_FOR_SETUP" };
  const name = await policy("p", { applications: [{ ...app, roles: [{ roleType: "KIOSK" }] }] });
  const device = await enrolled({ policy: name, ...FULLY_MANAGED });
  await world.advance(MINUTE);
  await policy("p", { applications: [app] });
  await world.advance(MINUTE);
  expect(device.ledger.of("kiosk").map(({ packageName }) => packageName)).toEqual(["com.kiosk", undefined]);
});
