import { expect, test } from "vitest";
import { createTestPushCertificate } from "../../../apple/push-certificate.ts";
import { checkPushCertificate } from "../../../loop/push-certificate.ts";
import { reconcileNow } from "../../../loop/reconcile-now.ts";
import { viewStatus } from "../../../loop/view-status.ts";
import { googleFault } from "../../../simulator/amapi/request-faults.ts";
import { pglite } from "../../../store/test-stores.ts";
import { countTopics } from "../../../store/topics.ts";
import { type AndroidHouse, androidHouse, workProfile } from "../../android-house.ts";
import { storesOfSuite } from "../../installation.ts";
import { off, on, revision } from "./manifests.ts";

const [stores = pglite] = await storesOfSuite();
const minute = 60_000;
const hour = 60 * minute;
const by = { name: "it-duty" };
const get = "enterprises.devices.get";
const patch = "enterprises.policies.patch";

async function conditionIn(house: AndroidHouse, serial: string): Promise<string> {
  const { condition, enrollment } = await house.view(serial);
  return `${enrollment}: ${condition.type} ${condition.reason}`;
}

test("a device whose user removed the work profile is found by asking for it, at a person's wish or when it is silent", async () => {
  await using house = await androidHouse({ stores, files: revision(off) });
  const { amapi, looking } = house;
  const [adas, bens] = await house.arrive([{ serial: "ADA" }, { serial: "BEN" }], workProfile);
  await house.arrive([{ serial: "KIOSK" }]);
  const known = async (): Promise<readonly string[]> => {
    const { devices } = await house.list();
    return devices.map(({ enrollment }) => enrollment).sort();
  };
  expect(await known()).toEqual(["enrolled", "enrolled", "enrolled"]);

  // No push certificate is a matter of theirs.
  const pem = await createTestPushCertificate({ topic: "com.apple.mgmt.New", now: house.world.now() });
  const expected = await countTopics(house.store);
  const checked = checkPushCertificate(pem, expected, { now: house.world.now(), force: false });
  expect(checked.topic).toBe("com.apple.mgmt.New");

  amapi.knobs.afterUserRemoval = "no-longer-managed";
  const device = String(adas?.name);
  expect(adas?.user.removesWorkProfile()).toBe(true);
  expect(bens?.user.removesWorkProfile()).toBe(true);
  await house.pass(40 * minute, 20 * minute);
  expect(await known()).toEqual(["enrolled", "enrolled", "enrolled"]);

  amapi.requests.clear();
  const answer = await reconcileNow(looking, { device }, by, 500);
  expect(answer).toMatchObject({ devices: 1, read: 1, withinMs: 0 });
  expect(answer.notes.join()).toMatch(/^Google's record of 1 Android device is read/);
  await house.pass(2 * minute, minute);
  expect(amapi.requests.entries.filter(({ method }) => method === get)).toHaveLength(1);
  expect(await known()).toEqual(["enrolled", "enrolled", "unenrolled"]);

  await house.pass(60 * hour, 30 * hour);
  expect(await known()).toEqual(["enrolled", "unenrolled", "unenrolled"]);
});

test("a policy that Google refuses again and again stalls its devices with Google's reason, and is written at a person's wish", async () => {
  await using house = await androidHouse({ stores, files: revision(off) });
  await house.arrive([{ serial: "KIOSK" }]);
  await house.pass(2 * minute);
  expect(await conditionIn(house, "KIOSK")).toBe("enrolled: Ready AsDeclared");

  const answer = googleFault(400, "INVALID_ARGUMENT", "Invalid value at policy.cameraAccess");
  house.amapi.fail({ method: patch, times: 3, answer });
  house.commit(revision(on));
  await house.pass(minute);
  expect(await conditionIn(house, "KIOSK")).toBe("enrolled: Reconciling ItemsUnderWay");
  await house.pass(4 * minute);
  expect(await conditionIn(house, "KIOSK")).toBe("enrolled: Stalled PolicyRefused");
  const { stalled, total } = await viewStatus(house.looking, { source: "", warnings: [] });
  expect(total).toMatchObject({ stalled: 1, reconciling: 0 });
  expect(stalled[0]?.reason).toMatch(/Invalid value at policy\.cameraAccess/);

  // What it named is mended at Google; the next attempt is minutes away.
  await reconcileNow(house.looking, { all: true }, by, 500);
  await house.pass(minute, 20_000);
  expect(await conditionIn(house, "KIOSK")).toBe("enrolled: Ready AsDeclared");
});
