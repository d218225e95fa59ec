import { expect, test } from "vitest";
import { treeOf } from "../../loop/packed-tree.ts";
import { viewHolds } from "../../loop/view-holds.ts";
import { viewPlan } from "../../loop/view-plan.ts";
import { listEvents } from "../../store/events.ts";
import { bothStores, type Installation, install, testSettings } from "../installation.ts";
import { deprovision, device, type Files, operation, organization, policy } from "../manifests.ts";

const stores = await bothStores();
const base: Files = {
  "org.yaml": organization,
  "quiet.yaml": policy("inventory: []"),
  "one.yaml": device("one", "SIM-1", "ownership: company"),
  "lost.yaml": operation("lost", "devices: [one]", "lostMode: {message: Please call}"),
};
const wipe = (more = "") =>
  operation("wipe", "devices: [one]", `wipe: {scope: device${more}}`, "  expectedDevices: 1");

test.each(stores)(
  "on $name a device in Lost Mode is not erased unless the manifest says so",
  async (stores) => {
    await using house = await install({
      stores,
      files: base,
      devices: [{ serial: "SIM-1", platform: "ios", name: "PHONE" }],
    });
    await house.enroll();
    await house.settle();
    expect(house.device("PHONE").snapshot().lost).toBeDefined();

    const erasing = { ...base, "wipe.yaml": wipe(), "gone.yaml": deprovision("gone", "devices: [one]") };
    const files = Object.entries(erasing).map(
      ([path, text]) => [path, Buffer.from(text).toString("base64")] as const,
    );
    const plan = await viewPlan(house.looking, treeOf(Object.fromEntries(files), "planned"), testSettings);
    expect(plan.destructive.map((one) => [one.status, one.reason])).toEqual(
      Array(2).fill(["would be refused", expect.stringContaining("it is in Lost Mode")]),
    );
    house.commit(erasing);
    await house.settle();
    expect(await viewHolds(house.looking)).toEqual([]);
    expect(await refusals(house)).toEqual(Array(2).fill(expect.stringContaining("it is in Lost Mode")));
    house.commit({ ...base, "wipe.yaml": wipe(", evenIfLost: true") });
    await house.settle();
    expect(await viewHolds(house.looking)).toMatchObject([{ act: "Operation/wipe@1" }]);

    // Found again, it is like any other.
    const found = operation("found", "devices: [one]", "endLostMode: {}");
    house.commit({ ...base, "found.yaml": found });
    await house.settle();
    expect(house.device("PHONE").snapshot().lost).toBeUndefined();
    house.commit({ ...base, "found.yaml": found, "gone.yaml": deprovision("gone", "devices: [one]") });
    await house.settle();
    expect(await viewHolds(house.looking)).toMatchObject([{ act: "Deprovision/gone@1" }]);
  },
);

async function refusals(house: Installation) {
  const events = await listEvents(house.store, { limit: 100 });
  return events.filter((one) => one.type === "act.refused").map((one) => one.message);
}
