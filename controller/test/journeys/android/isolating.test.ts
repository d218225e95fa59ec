import { expect, test } from "vitest";
import type { AndroidDevice } from "../../../simulator/amapi/device/android-device.ts";
import { androidHouse } from "../../android-house.ts";
import { storesOfSuite } from "../../installation.ts";
import { organizationWith, policy } from "../../manifests.ts";
import { fragment } from "./manifests.ts";

const [store] = await storesOfSuite();
if (store === undefined) throw new Error("there is no store");
const minute = 60_000;

const wifi = fragment(
  "wifi",
  'openNetworkConfiguration: {Type: UnencryptedConfiguration, NetworkConfigurations: [{GUID: a, Name: Corp, Type: WiFi, WiFi: {SSID: Corp, Security: WPA-PSK, Passphrase: "12345678"}}]}',
);
const declared = (uses: string, word = "") => ({
  "org.yaml": organizationWith(`budgets: {isolating: {devices: 1}}${word}`),
  "p.yaml": [wifi, fragment("camera", "cameraAccess: CAMERA_ACCESS_DISABLED")].join("---\n"),
  "b.yaml": policy(`profiles: [${uses}]`),
});
const networks = (device: AndroidDevice): boolean =>
  "openNetworkConfiguration" in
  ((device.ledger.of("policy-applied").at(-1)?.content ?? {}) as Readonly<Record<string, unknown>>);

test("Android devices keep the only network of their policy until a manifest says the word, and lose it within the budget", async () => {
  const both = "{name: wifi}, {name: camera}";
  await using house = await androidHouse({ stores: store, files: declared(both) });
  const devices = await house.arrive([{}, {}]);
  await house.pass(3 * minute);
  expect(devices.map(networks)).toEqual([true, true]);

  house.commit(declared("{name: camera}"));
  await house.pass(3 * minute);
  expect(devices.map(networks)).toEqual([true, true]);
  for (const device of devices)
    expect((await house.view(device.serial)).condition).toMatchObject({
      type: "Held",
      reason: "RemovalHeld",
      message: expect.stringContaining("Profile/wifi stays: it may be the last network of the device"),
    });

  house.commit(declared("{name: camera}", ", allowIsolating: [{profile: wifi, reason: the site is closed}]"));
  await house.pass(3 * minute);
  expect(devices.map(networks).toSorted()).toEqual([false, true]);
  await house.pass(80 * minute, 10 * minute);
  expect(devices.map(networks)).toEqual([false, false]);
});
