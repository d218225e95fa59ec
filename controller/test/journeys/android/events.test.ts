import { auth } from "googleapis/build/src/apis/androidmanagement/index.js";
import { pubsub } from "googleapis/build/src/apis/pubsub/index.js";
import { expect, test } from "vitest";
import { enrollmentPolicy } from "../../../loop/android/sync-policies.ts";
import { type AndroidHouse, androidHouse } from "../../android-house.ts";
import { storesOfSuite } from "../../installation.ts";
import { organization } from "../../manifests.ts";

const stores = await storesOfSuite();
const day = 86_400_000;
const minute = 60_000;

/** Devices that come while the list is read once a day: what is seen before is seen by events. */
async function bed(given: (typeof stores)[number]) {
  const files = { "org.yaml": organization };
  const house = await androidHouse({ stores: given, files, readEveryMs: day, project: "acme-devices" });
  const { android, androidEvents } = house.controller;
  if (android === undefined || androidEvents === undefined) throw new Error("no events are subscribed to");
  const take = () => androidEvents.take(android.round);
  const token = await house.am.enterprises.enrollmentTokens.create({
    parent: house.enterprise,
    requestBody: { policyName: `${house.enterprise}/policies/${enrollmentPolicy}` },
  });
  await take();
  const come = (serial: string) => {
    const device = house.amapi.device({ serial });
    expect(device.enroll(String(token.data.qrCode), "factory-reset")).toBeUndefined();
    return device;
  };
  return { house, take, come, events: androidEvents };
}

async function isKnown(house: AndroidHouse, serial: string): Promise<boolean> {
  return (await house.store.query("select from reeve.device where serial = $1", [serial])).length > 0;
}

test.each(stores)("on $name a device is seen by what Google publishes, however it comes", async (store) => {
  const { house, take, come } = await bed(store);
  await using _ = house;
  come("PHONE-1");
  expect(await take()).toBeGreaterThan(0);
  expect(await isKnown(house, "PHONE-1")).toBe(true);

  house.amapi.failMessages({ does: "duplicate", times: 2 });
  house.amapi.failMessages({ does: "reorder", times: 2 });
  come("PHONE-2");
  await house.world.advance(minute);
  await take();
  expect(await isKnown(house, "PHONE-2")).toBe(true);
  const before = await house.store.query("select id, version, status from reeve.channel order by id");
  await take();
  expect(await house.store.query("select id, version, status from reeve.channel order by id")).toEqual(
    before,
  );

  // Late news of a device that is gone brings nothing back.
  house.amapi.failMessages({ type: "STATUS_REPORT", does: { delay: 10 * minute }, times: 5 });
  come("PHONE-GONE");
  await house.world.advance(minute);
  await take();
  const [gone] = await house.store.query<{ id: string }>(
    "select c.id from reeve.channel c join reeve.device d on d.id = c.device where d.serial = 'PHONE-GONE'",
  );
  await house.am.enterprises.devices.delete({ name: String(gone?.id) });
  await house.world.advance(11 * minute);
  expect(await take()).toBeGreaterThan(0);
  await take();
  const left = await house.store.query("select id from reeve.channel where status = 'left'");
  expect(left).toEqual([gone]);

  house.amapi.failMessages({ does: "lose", times: 100 });
  come("PHONE-3");
  await house.world.advance(minute);
  await take();
  expect(await isKnown(house, "PHONE-3")).toBe(false);
  await house.pass(day + minute, 6 * 60 * minute);
  expect(await isKnown(house, "PHONE-3")).toBe(true);
});

test("what could not be carried out comes again, and what is no message of Google's is put away", async () => {
  const { house, take, come, events } = await bed(stores[0] as (typeof stores)[number]);
  await using _ = house;
  come("PHONE-1");
  await expect(events.take(() => Promise.reject(new Error("the database is away")))).rejects.toThrow("away");
  expect(await isKnown(house, "PHONE-1")).toBe(false);
  await house.world.advance(5 * minute);
  await take();
  expect(await isKnown(house, "PHONE-1")).toBe(true);

  const token = new auth.OAuth2();
  token.setCredentials({ access_token: "test" });
  const ps = pubsub({ version: "v1", rootUrl: house.amapi.rootUrl, retry: false, auth: token });
  const topic = `projects/acme-devices/topics/reeve-${house.enterprise.split("/")[1]}`;
  const data = (value: string) => Buffer.from(value).toString("base64");
  const attributes = { notificationType: "STATUS_REPORT" };
  await ps.projects.topics.publish({
    topic,
    requestBody: {
      messages: [
        { attributes: { notificationType: "TEST" } },
        { attributes, data: "%%%" },
        { attributes, data: data('{"name": 7}') },
        { attributes, data: data('{"name": "enterprises/OTHER/devices/x"}') },
        { attributes, data: data(`{"name": "${house.enterprise}/devices/../policies/x"}`) },
      ],
    },
  });
  house.amapi.requests.clear();
  expect(await take()).toBe(5);
  expect(house.amapi.requests.count("enterprises.devices.get")).toBe(0);
  expect(await take()).toBe(0);
});
