import { expect, test } from "vitest";
import type { AndroidDevice } from "../../../simulator/amapi/device/android-device.ts";
import { listEvents } from "../../../store/events.ts";
import { androidHouse, workProfile } from "../../android-house.ts";
import { storesOfSuite } from "../../installation.ts";
import { device, group, organizationWith, policy } from "../../manifests.ts";
import { androidApp, fragment, off } from "./manifests.ts";

const [store] = (await storesOfSuite()) as [Awaited<ReturnType<typeof storesOfSuite>>[number]];
const minute = 60_000;

/** What the device itself was made to do, by its own ledger. */
function given(device: AndroidDevice | undefined) {
  const { cameraAccess, applications } = (device?.ledger.of("policy-applied").at(-1)?.content ?? {}) as {
    cameraAccess?: string;
    applications?: readonly { packageName: string }[];
  };
  return { camera: cameraAccess, apps: applications?.map((one) => one.packageName) ?? [] };
}

function files(organization: string, ...devices: readonly string[]) {
  return {
    "org.yaml": organizationWith(organization),
    "devices.yaml": devices.join("---\n"),
    "groups.yaml": [
      group("berlin", "match: {tag.site: berlin}"),
      group("shelf", "match: {tag.shelf: yes}"),
    ].join("---\n"),
    "camera.yaml": fragment("camera", off),
    "mail.yaml": androidApp("mail", "com.acme.mail"),
    "chat.yaml": androidApp("chat", "com.acme.chat"),
    "info.yaml":
      "apiVersion: reeve/v1\nkind: InventorySchedule\nmetadata: {name: info}\nspec: {collect: [device], every: 1h}\n",
    "berlin.yaml": policy("profiles: [{name: camera}]", "berlin", "groups: [berlin]"),
    "shelf.yaml": policy("apps: [{name: mail}]\ninventory: [info]", "shelf", "groups: [shelf]"),
    "ada.yaml": policy("apps: [{name: chat}]", "ada", "users: [ada@acme.example]"),
  };
}

const berlin = "tags: {site: berlin}";

test("a manifest that was there before names its device by serial number, enterprise specific id or IMEI", async () => {
  const personal = device("byod", "X", `owner: ada@acme.example, ${berlin}`).replace(
    "serial: X",
    "enterpriseSpecificId: ESIDOWN-1",
  );
  const byImei = (imei: string) => device("cellular", "X", berlin).replace("serial: X", `imei: "${imei}"`);
  const company = device("scanner", "SCAN-1", `owner: ada@acme.example, alias: DESK-1, ${berlin}`);
  const rules = "defaultGroups: {android: shelf}, enrollment: {unknownDevices: refuse}";
  await using house = await androidHouse({ stores: store, files: files(rules, company, personal) });
  expect(house.looking.reconciler.sourceState().refused?.diagnostics).toBeUndefined();
  const [scanner, stranger, cellular] = await house.arrive([
    { serial: "SCAN-1" },
    { serial: "WHO-1" },
    { serial: "CELL-1" },
  ]);
  const [own] = await house.arrive([{ serial: "OWN-1" }], workProfile);
  await house.pass(3 * minute);
  // Pre-assigned: group, owner and alias by the manifest, before the device had reported anything; and the default
  // group of the platform, because no invitation named one.
  const all = { camera: "CAMERA_ACCESS_DISABLED", apps: ["com.acme.chat", "com.acme.mail"] };
  expect(given(scanner)).toEqual(all);
  expect(given(own)).toEqual(all);
  expect(await house.view("SCAN-1")).toMatchObject({ name: "DESK-1", owner: "ada@acme.example" });
  for (const unknown of [stranger, cellular]) expect(given(unknown)).toEqual({ camera: undefined, apps: [] });
  const refused = await listEvents(house.store, { types: ["enrollment.refused"], limit: 10 });
  expect(refused.map((one) => one.message).sort()).toEqual([
    "CELL-1: refused, no Device manifest and no register names it",
    "WHO-1: refused, no Device manifest and no register names it",
  ]);

  // An IMEI, which a device tells when it is managed, gives it reported facts.
  const imei = String(cellular?.machine.imei).slice(0, 15);
  house.commit(files("defaultGroups: {android: shelf}", company, personal, byImei(imei)));
  await house.pass(4 * minute);
  // All are compared with the manifests again each quarter of an hour.
  await house.pass(20 * minute, 5 * minute);
  expect(given(cellular)).toEqual({ camera: "CAMERA_ACCESS_DISABLED", apps: ["com.acme.mail"] });
  expect(given(stranger)).toEqual({ camera: undefined, apps: ["com.acme.mail"] });
});

test("a device beyond the limit has nothing done to it, and comes in by itself when another has left", async () => {
  await using house = await androidHouse({
    stores: store,
    files: files("deviceLimit: 2, defaultGroups: {android: shelf}"),
  });
  const [one, two, three] = await house.arrive([{ serial: "A" }, { serial: "B" }, { serial: "C" }]);
  await house.pass(2 * minute);
  const managed = [one, two, three].filter((each) => given(each).apps.length > 0);
  expect(managed).toHaveLength(2);
  const [away] = managed;
  const waiting = [one, two, three].find((each) => !managed.includes(each));
  expect(waiting?.ledger.entries.map((entry) => entry.type)).not.toContain("wiped");
  away?.user.resetsDevice();
  const name = String(away?.ledger.of("enrolled").at(-1)?.name);
  await house.am.enterprises.devices.delete({ name });
  await house.pass(5 * minute);
  expect(given(waiting)).toEqual({ camera: undefined, apps: ["com.acme.mail"] });
});
