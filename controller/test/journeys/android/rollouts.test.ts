import { expect, test } from "vitest";
import { steerRollout } from "../../../loop/steer-rollout.ts";
import { viewRollouts } from "../../../loop/view-rollouts.ts";
import type { AndroidDevice } from "../../../simulator/amapi/device/android-device.ts";
import { type AndroidHouse, androidHouse } from "../../android-house.ts";
import { storesOfSuite } from "../../installation.ts";
import { off, on, revision as revisionOf } from "./manifests.ts";

const [store] = (await storesOfSuite()).slice(-1);
if (store === undefined) throw new Error("there is no store");
const minute = 60_000;
const by = { name: "it-duty" };

/** A policy for all devices, the changes of which come in waves. */
function revision(keys: string, apps: readonly string[]) {
  const files = revisionOf(keys, apps);
  const waves = "  rollout: {waves: [25%, 50%, 100%], soak: 20m, minReports: 1}\n";
  return { ...files, "policy.yaml": `${files["policy.yaml"]?.trimEnd()}\n${waves}` };
}

function isInstalled(device: AndroidDevice, packageName: string): boolean {
  return device.machine.apps.get(packageName)?.state === "installed";
}

function calls(house: AndroidHouse) {
  const count = (name: string) => house.amapi.requests.count(`enterprises.${name}.patch`);
  return { policies: count("policies"), devices: count("devices") };
}

/** What devices themselves have applied and lost since a point of their ledgers. */
function moved(devices: readonly AndroidDevice[], marks: readonly number[]): readonly number[] {
  return devices.flatMap((device, at) =>
    device.ledger.of("policy-applied").length > (marks[at] ?? 0) ? [at] : [],
  );
}

test("an app that a policy drops goes wave by wave: one policy is written and the devices of the wave are moved, the others are not touched; an abort gives it back", async () => {
  await using house = await androidHouse({ stores: store, files: revisionOf(off, ["mail", "chat"]) });
  const devices = await house.arrive(Array.from({ length: 8 }, () => ({})));
  await house.pass(5 * minute);
  expect(devices.every((one) => isInstalled(one, "com.acme.chat"))).toBe(true);
  expect(await viewRollouts(house.looking)).toEqual([]);

  const marks = devices.map((device) => device.ledger.of("policy-applied").length);
  house.amapi.requests.clear();
  house.commit(revision(off, ["mail"]));
  await house.pass(10 * minute);
  const first = devices.flatMap((one, at) => (isInstalled(one, "com.acme.chat") ? [] : [at]));
  expect(first).toHaveLength(2);
  expect(moved(devices, marks)).toEqual(first);
  expect(calls(house)).toEqual({ policies: 1, devices: 2 });
  expect(await viewRollouts(house.looking)).toMatchObject([
    { wave: 1, counts: { devices: 2, given: 2, reported: 2, failed: 0 } },
  ]);

  house.amapi.requests.clear();
  await house.pass(30 * minute, 5 * minute);
  expect(devices.filter((one) => !isInstalled(one, "com.acme.chat"))).toHaveLength(4);
  expect(calls(house)).toEqual({ policies: 0, devices: 2 });

  // Everybody returns to what he had: the policy that they are in is written once, and nobody is moved.
  house.amapi.requests.clear();
  await steerRollout(house.looking, "baseline", "abort", "chat is needed", by);
  await house.pass(10 * minute);
  expect(devices.every((one) => isInstalled(one, "com.acme.chat"))).toBe(true);
  expect(calls(house)).toEqual({ policies: 1, devices: 0 });
  await house.pass(120 * minute, 10 * minute);
  expect(devices.every((one) => isInstalled(one, "com.acme.chat"))).toBe(true);
  expect(await viewRollouts(house.looking)).toMatchObject([{ status: "aborted", by: "it-duty" }]);

  // Another version comes in its own waves; the last one writes nothing anew, and moves the rest.
  house.amapi.requests.clear();
  house.commit(revision(on, ["mail", "chat"]));
  await house.pass(120 * minute, 5 * minute);
  for (const device of devices) {
    expect(device.ledger.of("policy-applied").at(-1)?.content).toMatchObject({
      cameraAccess: "CAMERA_ACCESS_ENFORCED",
    });
    expect((await house.view(device.serial)).condition.type).toBe("Ready");
  }
  const { policies, devices: patched } = calls(house);
  expect(policies).toBeLessThanOrEqual(3);
  expect(patched).toBeLessThanOrEqual(8);
  expect(await viewRollouts(house.looking)).toEqual([]);
});
