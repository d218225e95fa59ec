import { describe, expect, test } from "vitest";
import {
  bed,
  COMPANY_WORK_PROFILE,
  type Enrolling,
  errorOf,
  FULLY_MANAGED,
  HOUR,
  MINUTE,
  WORK_PROFILE,
} from "./test-amapi.ts";

const LOST = {
  startLostModeParams: {
    lostMessage: { defaultMessage: "Please call" },
    lostEmailAddress: "desk@example.com",
  },
};
const EID = { requestDeviceInfoParams: { deviceInfo: "EID" } };
const ESIM = { addEsimParams: { activationCode: "LPA:1$x", activationState: "NOT_ACTIVATED" } };

test("a command waits as an operation whose number is its time, and tells what it was", async () => {
  const { am, world, policy, enrolled } = await bed();
  await policy("default", {});
  const device = await enrolled();
  const name = device.name ?? "";
  const { data } = await am.enterprises.devices.issueCommand({
    name,
    requestBody: { type: "RESET_PASSWORD", newPassword: "correct horse", resetPasswordFlags: ["LOCK_NOW"] },
  });
  const createTime = new Date(world.now()).toISOString();
  expect(data).toEqual({
    name: `${name}/operations/${world.now()}`,
    metadata: {
      "@type": "type.googleapis.com/google.android.devicemanagement.v1.Command",
      type: "RESET_PASSWORD",
      newPassword: "correct horse",
      resetPasswordFlags: ["LOCK_NOW"],
      createTime,
      duration: "600s",
      userName: expect.stringContaining("/users/"),
    },
  });
  await world.advance(MINUTE);
  const done = await am.enterprises.devices.operations.get({ name: data.name ?? "" });
  expect(done.data).toEqual({ ...data, done: true });
  expect([device.user.unlocksWith("correct horse"), device.user.unlocksWith("other")]).toEqual([true, false]);
  expect(device.ledger.of("locked")).toMatchObject([{ scope: "device" }]);
});

describe.each(["strict", "quirks"] as const)("in %s mode", (mode) => {
  const lied = mode === "quirks" ? undefined : "MANAGEMENT_MODE";
  test.each<[string, object, Enrolling & { android?: number }, string | undefined, string | undefined]>([
    ["LOCK on a company's phone", { type: "LOCK" }, FULLY_MANAGED, undefined, "locked"],
    ["REBOOT", { type: "REBOOT" }, FULLY_MANAGED, undefined, "rebooted"],
    ["REBOOT on a work profile", { type: "REBOOT" }, WORK_PROFILE, lied, undefined],
    [
      "RELINQUISH_OWNERSHIP on a phone without a profile",
      { type: "RELINQUISH_OWNERSHIP" },
      FULLY_MANAGED,
      lied,
      undefined,
    ],
    [
      "a short number as password",
      { type: "RESET_PASSWORD", newPassword: "1234" },
      { ...FULLY_MANAGED, android: 14 },
      "INVALID_VALUE",
      undefined,
    ],
    [
      "the same before Android 14",
      { type: "RESET_PASSWORD", newPassword: "1234" },
      { ...FULLY_MANAGED, android: 13 },
      undefined,
      "password-reset",
    ],
    ["Lost Mode", LOST, { ...FULLY_MANAGED, android: 11 }, undefined, "lost-mode"],
    ["Lost Mode before Android 11", LOST, { ...FULLY_MANAGED, android: 10 }, "API_LEVEL", undefined],
    [
      "Lost Mode with a profile before Android 13",
      LOST,
      { ...COMPANY_WORK_PROFILE, android: 12 },
      "API_LEVEL",
      undefined,
    ],
    ["Lost Mode on a person's device", LOST, WORK_PROFILE, "MANAGEMENT_MODE", undefined],
    ["the eSIM's number on a person's device", EID, WORK_PROFILE, undefined, "eid-asked"],
    ["the same before Android 13", EID, { ...WORK_PROFILE, android: 12 }, "API_LEVEL", undefined],
    ["the same on a company's device", EID, FULLY_MANAGED, "MANAGEMENT_MODE", undefined],
    ["an eSIM", ESIM, FULLY_MANAGED, undefined, "esim"],
    ["an eSIM before Android 15", ESIM, { ...FULLY_MANAGED, android: 14 }, "API_LEVEL", undefined],
  ])("%s", async (_, command, how, errorCode, effect) => {
    const { policy, enrolled, command: issue } = await bed({ knobs: { mode } });
    await policy("default", {});
    const device = await enrolled(how);
    const before = device.ledger.entries.length;
    const { done, error, metadata } = await issue(device, command);
    expect({ done, error, errorCode: metadata?.errorCode }).toEqual({ done: true, errorCode });
    const effects = device.ledger.entries.slice(before).map(({ type }) => type);
    expect(effects.filter((type) => type !== "command" && type !== "message")).toEqual(
      effect === undefined ? [] : [effect],
    );
  });
});

test("Lost Mode shows its message, is told by the record, and is refused for a while after other things", async () => {
  const { world, policy, enrolled, record, command } = await bed();
  await policy("default", {});
  const device = await enrolled();
  const start = async () => (await command(device, LOST)).metadata?.startLostModeStatus?.status;
  const stop = async () =>
    (await command(device, { stopLostModeParams: {} })).metadata?.stopLostModeStatus?.status;

  expect(await stop()).toBe("NOT_IN_LOST_MODE");
  await command(device, { type: "RESET_PASSWORD", newPassword: "" });
  expect(await start()).toBe("RESET_PASSWORD_RECENTLY");
  await world.advance(HOUR);
  expect(await start()).toBe("SUCCESS");
  expect(await record(device)).toMatchObject({ state: "LOST", appliedState: "LOST" });
  expect(device.ledger.of("message").map(({ text }) => text)).toEqual(["Please call", "desk@example.com"]);
  expect(await start()).toBe("ALREADY_IN_LOST_MODE");
  expect(await stop()).toBe("SUCCESS");
  expect(await record(device)).toMatchObject({ state: "ACTIVE", appliedState: "ACTIVE" });
  expect(await start()).toBe("SUCCESS");
  device.user.leavesLostMode();
  expect(await start()).toBe("USER_EXIT_LOST_MODE_RECENTLY");
});

test("data of each app is cleared or not, and each says why", async () => {
  const { world, policy, enrolled, command } = await bed();
  const name = await policy("p", {
    applications: [{ packageName: "com.a", installType: "FORCE_INSTALLED" }],
  });
  const [device, old] = [await enrolled({ policy: name }), await enrolled({ policy: name, android: 8 })];
  await world.advance(MINUTE);
  const clear = { clearAppsDataParams: { packageNames: ["com.a", "com.none", "com.android.vending"] } };
  expect((await command(device, clear)).metadata?.clearAppsDataStatus?.results).toEqual({
    "com.a": { clearingResult: "SUCCESS" },
    "com.none": { clearingResult: "APP_NOT_FOUND" },
    "com.android.vending": { clearingResult: "APP_PROTECTED" },
  });
  expect(device.ledger.of("app-data-cleared")).toMatchObject([{ packageName: "com.a" }]);
  expect((await command(old, clear)).metadata?.clearAppsDataStatus?.results["com.a"]).toEqual({
    clearingResult: "API_LEVEL",
  });
});

test("people, chips and profiles answer what concerns eSIMs", async () => {
  const { policy, enrolled, command } = await bed();
  await policy("default", {});
  const device = await enrolled(FULLY_MANAGED);
  const added = (await command(device, ESIM)).metadata?.esimStatus;
  expect(added).toEqual({ status: "SUCCESS", esimInfo: { iccId: expect.stringMatching(/^8988/) } });
  const remove = async (iccId: string) =>
    (await command(device, { removeEsimParams: { iccId } })).metadata?.esimStatus?.status;
  expect(await remove("1234")).toBe("ERROR_ICC_ID_NOT_FOUND");
  expect(await remove(added.esimInfo.iccId)).toBe("SUCCESS");
  device.be({ declines: true });
  expect((await command(device, ESIM)).metadata?.esimStatus).toEqual({ status: "ERROR_USER_DENIED" });

  const asked = async (options: object) => {
    const one = await enrolled({ ...WORK_PROFILE, ...options });
    return (await command(one, EID)).metadata?.requestDeviceInfoStatus;
  };
  expect(await asked({ eid: "890330" })).toEqual({
    status: "SUCCEEDED",
    eidInfo: { eids: [{ eid: "890330" }] },
  });
  expect(await asked({ eid: null })).toEqual({ status: "UNSUPPORTED" });
  expect(await asked({ moods: { declines: true } })).toEqual({ status: "USER_DECLINED" });
});

test("a command for an offline device expires or is cancelled; what has ended stays as it is", async () => {
  const { am, world, policy, enrolled } = await bed();
  await policy("default", {});
  const device = await enrolled();
  device.goOffline();
  const name = device.name ?? "";
  const { operations } = am.enterprises.devices;
  const issue = async (requestBody: object) =>
    (await am.enterprises.devices.issueCommand({ name, requestBody })).data.name ?? "";
  const read = async (operation: string) => (await operations.get({ name: operation })).data;
  const [short, long, cancelled] = [
    await issue({ type: "LOCK" }),
    await issue({ type: "LOCK", duration: "315360000s" }),
    await issue({ type: "REBOOT", duration: "3600s" }),
  ];
  expect((await operations.cancel({ name: cancelled })).data).toEqual({});
  expect(await read(cancelled)).toMatchObject({ done: true, error: { code: 1 } });
  await world.advance(11 * MINUTE);
  expect(await read(short)).toMatchObject({ done: true, error: { code: 4 } });
  device.goOnline();
  await world.advance(MINUTE);
  const end = await read(long);
  expect(end).toMatchObject({ done: true });
  expect(end.error).toBeUndefined();
  expect(device.ledger.of("command").map(({ command }) => command)).toEqual(["LOCK"]);
  await operations.cancel({ name: long });
  expect((await read(long)).error).toBeUndefined();

  const list = await operations.list({ name: `${name}/operations` });
  expect(list.data.operations?.map((one) => one.name)).toEqual([short, long, cancelled]);
  await world.advance(8 * 24 * HOUR);
  expect(await errorOf(operations.get({ name: short }))).toMatch(/^404/);
  expect(await errorOf(operations.list({ name: `${name}/operations`, returnPartialSuccess: true }))).toMatch(
    /^501 UNIMPLEMENTED/,
  );
});

test("a device that is stuck leaves commands to expire, and one outcome can be put upon the next command", async () => {
  const { world, policy, enrolled, command } = await bed({ knobs: { includeResponse: true } });
  await policy("default", {});
  const device = await enrolled({ moods: { stuck: true } });
  expect((await command(device, { type: "LOCK" })).done).toBeUndefined();
  device.be({ stuck: false });
  await world.advance(HOUR);
  device.answersNext("REBOOT", { errorCode: "UNKNOWN" });
  expect((await command(device, { type: "REBOOT" })).metadata?.errorCode).toBe("UNKNOWN");
  expect(device.ledger.of("rebooted")).toEqual([]);
  const last = await command(device, { type: "REBOOT" });
  expect(last.response?.["@type"]).toMatch(/IssueCommandResponse$/);
  expect(device.ledger.of("rebooted")).toHaveLength(1);
});

test("what Google refuses before any device hears of it", async () => {
  const { am, policy, enrolled } = await bed();
  await policy("default", {});
  const [device, personal] = [await enrolled(FULLY_MANAGED), await enrolled(WORK_PROFILE)];
  const refused = (requestBody: object, one = device) =>
    errorOf(am.enterprises.devices.issueCommand({ name: one.name ?? "", requestBody }));
  for (const wrong of [
    {},
    { type: "WIPE" },
    { type: "START_LOST_MODE" },
    { type: "LOCK", wipeParams: {} },
    { startLostModeParams: { lostOrganization: { defaultMessage: "us" } } },
    { clearAppsDataParams: { packageNames: [] } },
    { addEsimParams: { activationCode: "x" } },
    { wipeParams: { wipeReason: { defaultMessage: "x".repeat(201) } } },
    { type: "LOCK", duration: "soon" },
    { type: "DANCE" },
  ])
    expect(await refused(wrong), JSON.stringify(wrong)).toMatch(/^400 INVALID_ARGUMENT ./);
  const activated = { addEsimParams: { activationCode: "x", activationState: "ACTIVATED" } };
  expect(await refused(activated, personal)).toMatch(/^400/);
  expect(await refused(activated)).toBe("no error");
  expect(personal.ledger.of("command")).toEqual([]);
});
