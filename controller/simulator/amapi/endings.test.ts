import { expect, test } from "vitest";
import {
  bed,
  COMPANY_WORK_PROFILE,
  DAY,
  errorOf,
  FULLY_MANAGED,
  HOUR,
  MINUTE,
  WORK_PROFILE,
} from "./test-amapi.ts";

test.each([
  [
    "a company's phone loses everything",
    FULLY_MANAGED,
    { type: "wiped", by: "command", flags: ["WIPE_ESIMS"] },
  ],
  [
    "a company's with a profile too",
    COMPANY_WORK_PROFILE,
    { type: "wiped", by: "command", flags: ["WIPE_ESIMS"] },
  ],
  [
    "a person's loses its work profile and says why",
    WORK_PROFILE,
    { type: "work-profile-removed", by: "command" },
  ],
])("WIPE: %s, and then the record is gone", async (_, how, end) => {
  const { am, world, policy, enrolled } = await bed();
  await policy("default", {});
  const device = await enrolled(how);
  const name = device.name ?? "";
  device.goOffline();
  const wipeParams = { wipeDataFlags: ["WIPE_ESIMS"], wipeReason: { defaultMessage: "You left" } };
  const { data } = await am.enterprises.devices.issueCommand({
    name,
    requestBody: { wipeParams, duration: `${90 * 86_400}s` },
  });
  await world.advance(60 * DAY);
  expect((await am.enterprises.devices.get({ name })).data.name).toBe(name);
  device.goOnline();
  await world.advance(MINUTE);
  expect(device.ledger.entries.at(-1)).toMatchObject(end);
  const messages = device.ledger.of("message").map(({ text }) => text);
  expect(messages).toEqual(how === WORK_PROFILE ? ["You left"] : []);
  expect(await errorOf(am.enterprises.devices.get({ name }))).toBe(
    "404 NOT_FOUND Requested entity was not found.",
  );
  expect(await errorOf(am.enterprises.devices.operations.get({ name: data.name ?? "" }))).toMatch(/^404/);
});

test("a WIPE that is cancelled while its device is offline never happens", async () => {
  const { am, world, policy, enrolled } = await bed();
  await policy("default", {});
  const device = await enrolled();
  const name = device.name ?? "";
  device.goOffline();
  const { data } = await am.enterprises.devices.issueCommand({
    name,
    requestBody: { wipeParams: {}, duration: "864000s" },
  });
  await am.enterprises.devices.operations.cancel({ name: data.name ?? "" });
  device.goOnline();
  await world.advance(DAY);
  expect(device.ledger.of("wiped")).toEqual([]);
  expect((await am.enterprises.devices.get({ name })).data.state).toBe("ACTIVE");
});

test("RELINQUISH_OWNERSHIP leaves the person's side as it is", async () => {
  const { am, world, policy, enrolled } = await bed();
  await policy("default", {});
  const device = await enrolled(COMPANY_WORK_PROFILE);
  const name = device.name ?? "";
  await am.enterprises.devices.issueCommand({ name, requestBody: { type: "RELINQUISH_OWNERSHIP" } });
  await world.advance(MINUTE);
  expect(device.ledger.entries.at(-1)).toMatchObject({ type: "work-profile-removed", by: "relinquish" });
  expect(device.ledger.of("wiped")).toEqual([]);
  expect(await errorOf(am.enterprises.devices.get({ name }))).toMatch(/^404/);
});

test("devices.delete forgets at once, and wipes a device that comes by within thirty days", async () => {
  const { am, world, policy, enrolled } = await bed();
  await policy("default", {});
  const [soon, late] = [await enrolled(WORK_PROFILE), await enrolled(FULLY_MANAGED)];
  for (const device of [soon, late]) {
    device.goOffline();
    const name = device.name ?? "";
    const wipeDataFlags = ["PRESERVE_RESET_PROTECTION_DATA", "WIPE_EXTERNAL_STORAGE"];
    expect(
      (await am.enterprises.devices.delete({ name, wipeDataFlags, wipeReasonMessage: "Bye" })).data,
    ).toEqual({});
    expect(await errorOf(am.enterprises.devices.get({ name }))).toMatch(/^404/);
    expect(await errorOf(am.enterprises.devices.delete({ name }))).toMatch(/^404/);
  }
  await world.advance(29 * DAY);
  soon.goOnline();
  await world.advance(2 * DAY);
  late.goOnline();
  await world.advance(DAY);
  expect(soon.ledger.entries.slice(-2)).toMatchObject([
    { text: "Bye" },
    { type: "work-profile-removed", by: "delete" },
  ]);
  // Nobody can reach it any more: it keeps its policy, and only its ledger knows.
  expect(late.ledger.of("wiped")).toEqual([]);
  expect(late.machine.management?.applied?.name).toMatch(/policies\/default$/);
});

test("a deleted device does not come back by a report, and may enroll again", async () => {
  const { am, world, enterprise, policy, enrolled } = await bed();
  await policy("default", {});
  const device = await enrolled();
  const old = device.name ?? "";
  await am.enterprises.devices.delete({ name: old, wipeDataFlags: ["WIPE_ESIMS"] });
  await world.advance(HOUR);
  expect(device.ledger.of("wiped")).toMatchObject([{ by: "delete", flags: ["WIPE_ESIMS"] }]);
  await enrolled({ serial: device.serial });
  await world.advance(40 * DAY);
  const { data } = await am.enterprises.devices.list({ parent: enterprise });
  expect(data.devices?.map(({ name }) => name)).toEqual([device.name]);
  expect(device.name).not.toBe(old);
});

test("an enterprise that is deleted takes its devices with it", async () => {
  const { am, world, enterprise, policy, enrolled } = await bed();
  await policy("default", {});
  const device = await enrolled();
  await am.enterprises.delete({ name: enterprise });
  await world.advance(MINUTE);
  expect(device.ledger.of("wiped")).toHaveLength(1);
  expect(await errorOf(am.enterprises.devices.list({ parent: enterprise }))).toMatch(
    /^403 PERMISSION_DENIED/,
  );
});
