import { auth } from "googleapis/build/src/apis/androidmanagement/index.js";
import { pubsub } from "googleapis/build/src/apis/pubsub/index.js";
import { expect, test } from "vitest";
import { viewDeviceDetail } from "../../../loop/view-devices.ts";
import { locationOf } from "../../../loop/view-secrets.ts";
import type { AndroidHouse } from "../../android-house.ts";
import {
  acting,
  companyProfile,
  effects,
  fullyManaged,
  hour,
  minute,
  one,
  outcomes,
  told,
  withDevice,
} from "./test-acts.ts";

const project = "acme-devices";
const lost = { lost: "lostMode: {message: Please call, phoneNumber: '+49 30 1', footnote: Acme}" };
const kilometre = 1 / 111;

/** What operators see of the place of a device. */
async function placeOf(house: AndroidHouse, serial: string) {
  return (await viewDeviceDetail(house.looking, serial, locationOf)).location;
}

async function takeAll(house: AndroidHouse): Promise<void> {
  const { android, androidEvents } = house.controller;
  if (android === undefined || androidEvents === undefined) throw new Error("no events are subscribed to");
  while ((await androidEvents.take(android.round)) > 0);
}

/** Publishes what a device might have said, or what somebody made up. */
async function publish(house: AndroidHouse, device: string, places: readonly (readonly [number, number])[]) {
  const token = new auth.OAuth2();
  token.setCredentials({ access_token: "test" });
  const ps = pubsub({ version: "v1", rootUrl: house.amapi.rootUrl, retry: false, auth: token });
  const usageLogEvents = places.map(([at, latitude]) => ({
    eventTime: new Date(at).toISOString(),
    eventType: "LOST_MODE_LOCATION",
    lostModeLocationEvent: { location: { latitude, longitude: 8.54 }, batteryLevel: 9 },
  }));
  const data = Buffer.from(JSON.stringify({ device, usageLogEvents })).toString("base64");
  await ps.projects.topics.publish({
    topic: `projects/${project}/topics/reeve-${house.enterprise.split("/")[1]}`,
    requestBody: { messages: [{ attributes: { notificationType: "USAGE_LOGS" }, data }] },
  });
}

test("where a lost device is, it tells; operators see it until Lost Mode is ended from here", async () => {
  await using bed = await withDevice(fullyManaged, { project });
  const { house, device } = bed;
  await takeAll(house);
  const name = device.name ?? "";

  // Of a device that nobody has lost no place is kept, whoever says one.
  await publish(house, name, [[house.world.now(), 10]]);
  await takeAll(house);
  expect(await placeOf(house, device.serial)).toBeUndefined();

  house.commit(acting(lost));
  await house.settle();
  await house.pass(2 * minute, minute);
  await takeAll(house);
  expect(device.ledger.of("lost-mode")).toMatchObject([{ on: true, by: "command" }]);
  expect(device.ledger.of("message").map((entry) => entry.text)).toEqual(["Please call", "+49 30 1"]);
  expect(await placeOf(house, device.serial)).toMatchObject({
    latitude: 47.37,
    longitude: 8.54,
    map: "https://www.openstreetmap.org/?mlat=47.37000&mlon=8.54000#map=17/47.37000/8.54000",
  });
  expect((await viewDeviceDetail(house.looking, device.serial)).location).toBeUndefined();

  // It moves on. Doubled and late messages lead nobody back, and nonsense nowhere.
  const now = house.world.now();
  const there = 47.37 + kilometre;
  const twice = [[now, there]] as const;
  await publish(house, name, twice);
  await publish(house, name, [[now - 10 * minute, 1]]);
  await publish(house, name, twice);
  await publish(house, name, [[now + minute, 91]]);
  await publish(house, `${house.enterprise}/devices/nobody`, [[now, 2]]);
  await publish(house, "enterprises/OTHER/devices/x", [[now, 3]]);
  await takeAll(house);
  expect(await placeOf(house, device.serial)).toMatchObject({
    latitude: there,
    at: new Date(now).toISOString().replace(".000Z", "Z"),
  });
  // Where somebody is stands in no log and is readable in no table.
  for (const table of ["act", "act_target", "command", "event", "detail", "channel", "kept", "interned"]) {
    const [row] = await house.store.query<{ all: string }>(
      `select coalesce(string_agg(t::text, ''), '') as all from reeve.${table} t`,
    );
    expect(row?.all.includes(String(there)), table).toBe(false);
  }

  // Nobody could locate it any more. A second Lost Mode would change nothing of the first.
  house.commit(acting({ ...lost, erase: "wipe: {}" }, one));
  await house.settle();
  expect((await told(house, "act.refused"))["Operation/erase@1"]).toContain("it is in Lost Mode");
  house.commit({ ...acting(lost), ...acting({ again: "lostMode: {message: Hello}" }) });
  await house.settle();
  expect(await outcomes(house)).toMatchObject({
    lost: "executed",
    again: "failed: it is in Lost Mode already, with the message that it has",
  });

  house.commit({ ...acting(lost), ...acting({ found: "endLostMode: {}" }) });
  await house.settle();
  await house.pass(5 * minute, minute);
  await takeAll(house);
  expect(device.ledger.of("lost-mode").map(({ on, by }) => [on, by])).toEqual([
    [true, "command"],
    [false, "command"],
  ]);
  expect(await outcomes(house)).toMatchObject({ found: "executed" });
  expect(await placeOf(house, device.serial)).toBeUndefined();
  expect(await house.store.query("select * from reeve.kept")).toEqual([]);
});

test("a place is forgotten when its user leaves Lost Mode; what ends it then finds nothing to end", async () => {
  await using bed = await withDevice(companyProfile, { project, knobs: { lostModeAfterExitMs: 2 * hour } });
  const { house, device } = bed;
  await takeAll(house);
  house.commit(acting(lost));
  await house.settle();
  await house.pass(2 * minute, minute);
  await takeAll(house);
  expect(await placeOf(house, device.serial)).toBeDefined();

  // What Google publishes is lost: the list says it too.
  house.amapi.failMessages({ does: "lose", times: 100 });
  expect(device.user.leavesLostMode()).toBe(true);
  await house.pass(3 * minute, minute);
  expect(await placeOf(house, device.serial)).toBeUndefined();

  const again = acting({ again: "lostMode: {message: x}", found: "endLostMode: {}" });
  house.commit({ ...acting(lost), ...again });
  await house.settle();
  await house.pass(5 * minute, minute);
  expect(await outcomes(house)).toEqual({
    lost: "executed",
    again: "failed: its user left Lost Mode lately: it takes it again later",
    found: "executed: it was not in Lost Mode",
  });
  expect(effects(device).filter((type) => type === "lost-mode")).toHaveLength(2);
});
