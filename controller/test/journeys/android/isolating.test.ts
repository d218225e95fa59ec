import { expect, test } from "vitest";
import type { AndroidDevice } from "../../../simulator/amapi/device/android-device.ts";
import { androidHouse } from "../../android-house.ts";
import { storesOfSuite } from "../../installation.ts";
import { organizationWith, policy } from "../../manifests.ts";
import { fragment } from "./manifests.ts";
import { planned } from "./planned.ts";

const [store] = await storesOfSuite();
if (store === undefined) throw new Error("there is no store");
const minute = 60_000;

const corp = (name: string, password: string): string =>
  fragment(
    name,
    `openNetworkConfiguration: {Type: UnencryptedConfiguration, NetworkConfigurations: [{GUID: a, Name: Corp, Type: WiFi, WiFi: {SSID: Corp, Security: WPA-PSK, Passphrase: "${password}"}}]}`,
  );
const wifi = corp("wifi", "12345678");
const declared = (uses: string, word = "") => ({
  "org.yaml": organizationWith(`budgets: {isolating: {devices: 1}}${word}`),
  "p.yaml": [wifi, fragment("camera", "cameraAccess: CAMERA_ACCESS_DISABLED")].join("---\n"),
  "b.yaml": policy(`profiles: [${uses}]`),
});
const applied = (device: AndroidDevice) =>
  (device.ledger.of("policy-applied").at(-1)?.content ?? {}) as Readonly<Record<string, unknown>>;
const networks = (device: AndroidDevice): boolean => "openNetworkConfiguration" in applied(device);

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

test("a network that overrules that of another profile on Android reaches no more devices than the budget lets", async () => {
  const files = declared("{name: wifi}");
  await using house = await androidHouse({ stores: store, files });
  const devices = await house.arrive([{}, {}]);
  await house.pass(3 * minute);
  const mistyped = () =>
    devices.filter((one) => JSON.stringify(applied(one)).includes("mistyped1")).map(({ serial }) => serial);

  const next = {
    ...files,
    "c.yaml": [
      corp("other", "mistyped1"),
      policy("priority: 500\nprofiles: [{name: other}]").replace(/name: \w+/, "name: second"),
    ].join("---\n"),
  };
  const plan = await planned(house, next);
  expect(plan.isolating).toEqual({ devices: 1, budget: 1, used: 0 });
  expect(
    plan.entries.map(({ action, key, devices, risk, reason }) => [action, key, devices, risk, reason]),
  ).toEqual([
    ["install", "Profile/other", 1, "isolating", expect.stringContaining("instead of Profile/wifi")],
    ["hold", "Profile/other", 1, undefined, "isolating budget used up"],
  ]);

  house.commit(next);
  await house.pass(5 * minute);
  expect(mistyped()).toHaveLength(1);
  const [waiting] = devices.filter(({ serial }) => !mistyped().includes(serial));
  expect((await house.view(waiting?.serial ?? "")).condition).toMatchObject({
    type: "Held",
    message: "Profile/other is held back: isolating budget used up",
  });

  house.commit(files);
  await house.pass(3 * minute);
  expect(mistyped()).toEqual([]);
});
