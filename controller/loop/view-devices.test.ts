import { expect, test } from "vitest";
import { pglite } from "../store/test-stores.ts";
import { install } from "../test/installation.ts";
import { device, files, policy } from "../test/manifests.ts";
import { viewDeviceDetail, viewDevices } from "./view-devices.ts";

test("a device shows the asset record of its manifest, and lists find it by what is known of it", async () => {
  await using house = await install({
    stores: pglite,
    devices: [
      { serial: "SIM-1", platform: "ios" },
      { serial: "SIM-2", platform: "ios" },
    ],
    files: files({
      "policy.yaml": policy("profiles: []"),
      "one.yaml": device("one", "SIM-1", 'ownership: company, asset: {billNumber: "R-1", termMonths: 24}'),
    }),
  });
  await house.enroll();
  await house.settle();
  const found = async (more: Parameters<typeof viewDevices>[2], facts = {}) =>
    (await viewDevices(house.looking, { facts, limit: 10 }, more)).devices.map((one) => one.serial).sort();

  expect((await viewDeviceDetail(house.looking, "SIM-1")).asset).toEqual({
    billNumber: "R-1",
    termMonths: 24,
  });
  expect(await viewDeviceDetail(house.looking, "SIM-2")).not.toHaveProperty("asset");
  expect(await found({}, { ownership: "company" })).toEqual(["SIM-1"]);
  expect(await found({ enrollment: "enrolled" })).toEqual(["SIM-1", "SIM-2"]);
  expect(await found({ enrollment: "quarantined" })).toEqual([]);

  await house.device("SIM-2").user.removeManagement();
  await house.settle();
  expect(await found({ enrollment: "unenrolled" })).toEqual(["SIM-2"]);
  expect(await found({})).toEqual(["SIM-1"]);
  expect(await found({ enrollment: "all" })).toEqual(["SIM-1", "SIM-2"]);
});
