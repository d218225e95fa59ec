import { expect, test } from "vitest";
import { inviteAndroid, revokeAndroid } from "../../../loop/android/enroll-android.ts";
import { listTokens } from "../../../store/android-tokens.ts";
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
  expect(await revokeAndroid(ports, second.id)).toBe(true);
  expect(await revokeAndroid(ports, second.id)).toBe(false);
  expect(house.amapi.device({ serial: "SCANNER-3" }).enroll(second.qrCode, "factory-reset")).toContain(
    "not valid",
  );
  // Google has the used one no more, which is no reason to fail.
  expect(await revokeAndroid(ports, made.id)).toBe(true);
  expect(await listTokens(house.store, house.world.now())).toEqual([]);
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
  const refused = await house.store.query<{ message: string }>(
    "select message from reeve.event where type = 'enrollment.refused'",
  );
  expect(refused).toEqual([{ message: "PHONE-2: refused, the limit of 1 devices is reached" }]);
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
  const refused = await house.store.query<{ message: string }>(
    "select message from reeve.event where type = 'enrollment.refused'",
  );
  expect(refused.map((one) => one.message).join()).toMatch(/personal devices may not enroll/);
});
