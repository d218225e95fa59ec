import { expect, test } from "vitest";
import { inviteAndroid, revokeAndroid } from "../../../loop/android/enroll-android.ts";
import { listTokens } from "../../../store/android-tokens.ts";
import { listEvents } from "../../../store/events.ts";
import { type AndroidHouse, androidHouse } from "../../android-house.ts";
import { storesOfSuite } from "../../installation.ts";
import { organizationWith, policy } from "../../manifests.ts";

const stores = await storesOfSuite();
const [embedded] = stores as [(typeof stores)[number]];

const profile = `apiVersion: reeve/v1
kind: Profile
metadata: {name: camera}
spec: {android: {cameraAccess: CAMERA_ACCESS_DISABLED}}
`;

function files(organization: string): Readonly<Record<string, string>> {
  return {
    "org.yaml": organizationWith(organization),
    "camera.yaml": profile,
    "policy.yaml": policy("profiles: [{name: camera}]"),
  };
}

const hour = 3_600_000;

async function invited(house: AndroidHouse, wish: Partial<Parameters<typeof inviteAndroid>[1]> = {}) {
  const ports = house.controller.androidEnrollment;
  if (ports === undefined) throw new Error("no enterprise is managed");
  const expiresAt = house.world.now() + hour;
  const made = await inviteAndroid(ports, {
    mode: "fullyManaged",
    oneTimeOnly: true,
    expiresAt,
    by: "lea",
    ...wish,
  });
  return { ports, made };
}

test.each(stores)("on $name a token lets its devices in, with what it says of them", async (stores) => {
  await using house = await androidHouse({ stores, files: files("") });
  const owner = "ada@acme.example";
  const { made, ports } = await invited(house, { owner, tags: { site: "hh" }, mode: "dedicated" });
  expect(JSON.parse(made.zeroTouch)).toEqual({
    "android.app.extra.PROVISIONING_ADMIN_EXTRAS_BUNDLE": expect.anything(),
  });
  const device = house.amapi.device({ serial: "SCANNER-1" });
  expect(device.enroll(made.qrCode, "factory-reset")).toBeUndefined();
  await house.pass(5 * 60_000, 30_000);
  expect(await house.view("SCANNER-1")).toMatchObject({ platform: "android", condition: { type: "Ready" } });
  const row = await house.store.query<{ facts: Record<string, { value: string }> }>(
    "select enrolled_as as facts from reeve.device where serial = 'SCANNER-1'",
  );
  expect(row[0]?.facts).toMatchObject({
    owner: { value: owner },
    mode: { value: "dedicated" },
    "tag.site": { value: "hh" },
  });
  // One device, and nobody after it.
  expect(house.amapi.device({ serial: "SCANNER-2" }).enroll(made.qrCode, "factory-reset")).toContain(
    "not valid",
  );

  // Taken back, it lets nobody in; its value is nowhere in the store.
  const second = (await invited(house, { oneTimeOnly: false })).made;
  const kept = await house.store.query("select * from reeve.android_token");
  expect(JSON.stringify(kept)).not.toContain(second.value);
  expect(await revokeAndroid(ports, second.id)).toEqual({ atGoogle: true });
  expect(await revokeAndroid(ports, second.id)).toBeUndefined();
  expect(house.amapi.device({ serial: "SCANNER-3" }).enroll(second.qrCode, "factory-reset")).toContain(
    "not valid",
  );
  // Google has the used one no more, which is no reason to fail.
  expect(await revokeAndroid(ports, made.id)).toEqual({ atGoogle: true });
  expect(await listTokens(house.store, house.world.now())).toEqual([]);
});

test("what a token says of its device counts only when reeve wrote it, and for that token alone", async () => {
  await using house = await androidHouse({ stores: embedded, files: files("") });
  const { made } = await invited(house, { oneTimeOnly: false, tags: { site: "hh" } });
  expect(house.amapi.device({ serial: "TRUE-1" }).enroll(made.qrCode, "factory-reset")).toBeUndefined();
  await house.pass(60_000, 30_000);
  const { devices } = (await house.am.enterprises.devices.list({ parent: house.enterprise })).data;
  const text = String(devices?.[0]?.enrollmentTokenData);
  // Somebody else who may make tokens in this enterprise says what he likes, or what he has read.
  const forgeries = [
    text.replace("hh", "xx"),
    text.replace(/"reeve":\d/, '"reeve":1'),
    '{"reeve":2,"id":7,"facts":[]}',
    '{"reeve":1,"facts":{"tag.site":"xx"}}',
    text,
    "not of ours",
  ];
  for (const [index, additionalData] of forgeries.entries()) {
    const token = await house.am.enterprises.enrollmentTokens.create({
      parent: house.enterprise,
      requestBody: {
        policyName: `${house.enterprise}/policies/reeve-enrollment`,
        allowPersonalUsage: "PERSONAL_USAGE_DISALLOWED",
        additionalData,
      },
    });
    const device = house.amapi.device({ serial: `FALSE-${index}` });
    expect(device.enroll(String(token.data.qrCode), "factory-reset")).toBeUndefined();
  }
  await house.pass(60_000, 30_000);
  const rows = await house.store.query<{ serial: string; site: string | null }>(
    "select serial, enrolled_as->'tag.site'->>'value' as site from reeve.device order by serial",
  );
  expect(rows).toEqual([
    ...forgeries.map((_, index) => ({ serial: `FALSE-${index}`, site: null })),
    { serial: "TRUE-1", site: "hh" },
  ]);
  const told = await house.store.query<{ serial: string }>(
    `select d.serial from reeve.event e join reeve.device d on d.id = e.device
     where e.type = 'device.enrolled' and e.message like '%counts for nothing' order by d.serial`,
  );
  expect(told.map((one) => one.serial)).toEqual([0, 1, 2, 3, 4].map((one) => `FALSE-${one}`));
});

test("a token of which the answer was lost is found at Google and taken back, and nobody else's is", async () => {
  await using house = await androidHouse({ stores: embedded, files: files("") });
  const atGoogle = async () =>
    (
      await house.am.enterprises.enrollmentTokens.list({ parent: house.enterprise })
    ).data.enrollmentTokens?.map((one) => one.name) ?? [];
  const another = (seconds: number, allowPersonalUsage: string) =>
    house.am.enterprises.enrollmentTokens.create({
      parent: house.enterprise,
      requestBody: { duration: `${seconds}s`, allowPersonalUsage },
    });
  const method = "enterprises.enrollmentTokens.create";
  const others = [
    await another(7_200, "PERSONAL_USAGE_DISALLOWED"),
    await another(3_600, "PERSONAL_USAGE_ALLOWED"),
  ].map((one) => one.data.name);
  const { made } = await invited(house);
  const kept = [...others, made.name].toSorted();
  house.amapi.fail({ method, drop: "after-commit" });
  await expect(invited(house)).rejects.toMatchObject({ code: "google-unanswered" });
  house.amapi.fail({ method, drop: "before-commit" });
  await expect(invited(house)).rejects.toMatchObject({ code: "google-unanswered" });
  expect(await atGoogle()).toHaveLength(4);
  expect((await listTokens(house.store, house.world.now())).map((one) => one.name)).toEqual([made.name]);
  await house.pass(120_000, 30_000);
  // Two calls were lost, and one token came of them.
  expect((await atGoogle()).toSorted()).toEqual(kept);

  // What cannot be told from a stranger's stays.
  house.amapi.fail({ method, drop: "after-commit" });
  await expect(invited(house)).rejects.toMatchObject({ code: "google-unanswered" });
  await another(3_600, "PERSONAL_USAGE_DISALLOWED");
  await house.pass(120_000, 30_000);
  expect(await atGoogle()).toHaveLength(5);
  const told = await house.store.query<{ message: string }>(
    "select message from reeve.event where type = 'enrollment.revoked' order by at",
  );
  expect(told.map((one) => one.message)).toEqual([
    expect.stringContaining("is taken back"),
    expect.stringContaining("2 unknown tokens may be it; none is touched"),
  ]);

  // Taken back while Google does not answer: it is gone as soon as it does.
  house.amapi.fail({ method: "enterprises.enrollmentTokens.delete", drop: "before-commit" });
  const ports = house.controller.androidEnrollment;
  if (ports === undefined) throw new Error("no enterprise is managed");
  expect(await revokeAndroid(ports, made.id)).toEqual({ atGoogle: false });
  expect(await listTokens(house.store, house.world.now())).toEqual([]);
  await house.pass(30_000, 30_000);
  expect(await atGoogle()).not.toContain(made.name);
});

test("more than Google keeps with a token is refused before Google is asked", async () => {
  await using house = await androidHouse({ stores: embedded, files: files("") });
  const tags = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`tag${index}`, "x".repeat(60)]));
  await expect(invited(house, { tags })).rejects.toMatchObject({ code: "too-much-data" });
  expect(house.amapi.requests.count("enterprises.enrollmentTokens.create")).toBe(0);
});

test("a device over the limit is not managed, is told once, and comes in when there is room", async () => {
  await using house = await androidHouse({ stores: embedded, files: files("deviceLimit: 1") });
  const { made } = await invited(house, { oneTimeOnly: false });
  for (const serial of ["PHONE-1", "PHONE-2"]) {
    expect(house.amapi.device({ serial }).enroll(made.qrCode, "factory-reset")).toBeUndefined();
    await house.pass(120_000, 30_000);
  }
  await expect(house.view("PHONE-2")).rejects.toThrow("0 devices");
  const refused = await listEvents(house.store, { types: ["enrollment.refused"], limit: 10 });
  expect(refused).toMatchObject([{ message: "PHONE-2: refused, the limit of 1 devices is reached" }]);
  await expect(invited(house)).rejects.toMatchObject({ code: "device-limit" });
  house.commit(files("deviceLimit: 2"));
  await house.pass(180_000, 30_000);
  expect(await house.view("PHONE-2")).toMatchObject({ platform: "android" });
});

test("a personal device is not managed where the Organization has none, whatever its token said", async () => {
  await using house = await androidHouse({
    stores: embedded,
    files: files("enrollment: {personal: refuse}"),
  });
  const { made } = await invited(house, { mode: "workProfile" });
  expect(house.amapi.device({ serial: "BYOD-1" }).enroll(made.qrCode, "in-settings")).toBeUndefined();
  await house.pass(120_000, 30_000);
  const refused = await listEvents(house.store, { types: ["enrollment.refused"], limit: 10 });
  expect(refused.map((one) => one.message).join()).toMatch(/personal devices may not enroll/);
});
