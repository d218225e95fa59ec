import { expect, test } from "vitest";
import { viewExplanation } from "../../../loop/view-explanation.ts";
import type { AndroidDevice } from "../../../simulator/amapi/device/android-device.ts";
import { androidHouse } from "../../android-house.ts";
import { storesOfSuite } from "../../installation.ts";
import { organization, policy } from "../../manifests.ts";
import { fragment } from "./manifests.ts";

const [store] = await storesOfSuite();
if (store === undefined) throw new Error("there is no store");
const minute = 60_000;

/** What restarts devices, and what nobody notices; the second policy follows the clock of the device. */
function declared(update: string, camera: string, device = "AUTOMATIC"): Readonly<Record<string, string>> {
  const window = (zone: string) => `maintenanceWindows: [{allow: {from: "10:00", to: "06:00"}${zone}}]`;
  return {
    "org.yaml": organization,
    "p.yaml": [
      fragment("update", `systemUpdate: {type: ${update}}`),
      fragment("camera", `cameraAccess: ${camera}`),
      fragment("code", `minimumApiLevel: ${device}`),
    ].join("---\n"),
    "b.yaml": policy(`profiles: [{name: update}, {name: camera}]\n${window("")}`),
    "c.yaml": policy(`profiles: [{name: code}]\n${window(", timeZone: device")}`, "second"),
  };
}

const applied = (device: AndroidDevice): unknown => device.ledger.of("policy-applied").at(-1)?.content;

test("what disrupts Android devices waits for its window, for all of them, and goes in one call", async () => {
  // The world begins on a Friday at 09:00 in Berlin.
  const first = declared("AUTOMATIC", "CAMERA_ACCESS_DISABLED", "30");
  await using house = await androidHouse({ stores: store, files: first });
  const devices = await house.arrive([{}, {}]);
  await house.pass(3 * minute);
  for (const device of devices) expect((await house.view(device.serial)).condition.type).toBe("Ready");

  house.amapi.requests.clear();
  house.commit(declared("POSTPONE", "CAMERA_ACCESS_ENFORCED", "31"));
  await house.pass(3 * minute);
  for (const device of devices) {
    expect(applied(device)).toMatchObject({
      cameraAccess: "CAMERA_ACCESS_ENFORCED",
      systemUpdate: { type: "AUTOMATIC" },
      minimumApiLevel: 30,
    });
    const view = await house.view(device.serial);
    expect(view.condition).toMatchObject({ type: "Held", reason: "AwaitsWindow" });
    const { items } = await viewExplanation(house.looking, device.serial, undefined);
    expect(items.map(({ key, state, detail }) => [key, state, detail])).toEqual([
      ["Profile/camera", "verified", undefined],
      [
        "Profile/code",
        "waiting",
        "waits for its window, which cannot be read: the device has not told its time zone",
      ],
      ["Profile/update", "waiting", "waits for its window, which opens Fri 10:00 Europe/Berlin"],
    ]);
  }
  expect(house.amapi.requests.count("enterprises.policies.patch")).toBe(1);

  house.amapi.requests.clear();
  await house.pass(70 * minute, 10 * minute);
  expect(house.amapi.requests.count("enterprises.policies.patch")).toBe(1);
  for (const device of devices)
    expect(applied(device)).toMatchObject({ systemUpdate: { type: "POSTPONE" }, minimumApiLevel: 30 });
});
