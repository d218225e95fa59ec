import { expect, test } from "vitest";
import { approveHold } from "../../loop/control.ts";
import { treeOf } from "../../loop/packed-tree.ts";
import { viewHolds } from "../../loop/view-holds.ts";
import { viewPlan } from "../../loop/view-plan.ts";
import { listEvents } from "../../store/events.ts";
import { listActs } from "../../store/test-acts.ts";
import { type Installation, install, storesOfSuite, testSettings } from "../installation.ts";
import { deprovision, device, type Files, operation, organization, policy } from "../manifests.ts";

const stores = await storesOfSuite();
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
    expect(plan.destructive.map((one) => [one.status, one.refusals?.[0]?.reason])).toEqual(
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
    const again = deprovision("gone", "devices: [one]", 1, "  generation: 2");
    house.commit({ ...base, "found.yaml": found, "gone.yaml": again });
    await house.settle();
    expect(await viewHolds(house.looking)).toMatchObject([{ act: "Deprovision/gone@2" }]);
  },
);

const unenroll = (more = "") =>
  operation("let-go", "devices: [one]", `unenroll: {${more}}`, "  expectedDevices: 1");

test.each(stores)("on $name nothing lets go of a device in Lost Mode unless it says so", async (stores) => {
  await using house = await install({
    stores,
    files: base,
    devices: [{ serial: "SIM-1", platform: "ios", name: "PHONE" }],
  });
  await house.enroll();
  await house.settle();
  const phone = house.device("PHONE");
  expect(phone.snapshot().lost).toBeDefined();

  house.commit({
    ...base,
    "acts.yaml": unenroll(),
    "work.yaml": operation("work", "devices: [one]", "wipe: {scope: work}", "  expectedDevices: 1"),
    "gone.yaml": deprovision("gone", "devices: [one]", 1).replace("employee-left", "other\n  wipe: work"),
  });
  await house.settle();
  expect(await viewHolds(house.looking)).toEqual([]);
  expect(await refusals(house)).toEqual(Array(3).fill(expect.stringContaining("it is in Lost Mode")));

  house.commit({ ...base, "acts.yaml": unenroll("evenIfLost: true") });
  await house.settle();
  const [hold] = await viewHolds(house.looking);
  await approveHold(house.looking, hold?.digest ?? "", { name: "it-duty" }, undefined);
  await house.settle();
  expect(phone.isEnrolled()).toBe(false);
});

test.each(stores)("on $name an approval given before Lost Mode does not outlive it", async (stores) => {
  const { "lost.yaml": losing = "", ...before } = base;
  await using house = await install({
    stores,
    files: { ...before, "acts.yaml": unenroll(), "wipe.yaml": wipe() },
    devices: [{ serial: "SIM-1", platform: "ios", name: "PHONE" }],
  });
  await house.enroll();
  await house.settle();
  const holds = await viewHolds(house.looking);
  expect(holds.map((one) => one.act).sort()).toEqual(["Operation/let-go@1", "Operation/wipe@1"]);

  // The answer to Lost Mode is lost: the device may be in it, and is.
  const phone = house.device("PHONE");
  phone.faults.add({ kind: "lose-reply", requestType: "EnableLostMode", next: "idle" });
  house.commit({ ...before, "acts.yaml": unenroll(), "wipe.yaml": wipe(), "lost.yaml": losing });
  await house.settle();
  expect(phone.snapshot().lost).toBeDefined();
  for (const { digest } of holds) {
    await approveHold(house.looking, digest, { name: "it-duty" }, undefined);
    await house.settle();
  }
  expect(phone.isEnrolled()).toBe(true);
  expect(phone.ledger.of("executed").filter((one) => one.requestType === "EraseDevice")).toEqual([]);
  const acts = await listActs(house.store, 10);
  expect(acts.filter((one) => one.name !== "Operation/lost@1").map((one) => one.statuses)).toEqual([
    { failed: 1 },
    { failed: 1 },
  ]);
});

async function refusals(house: Installation) {
  const events = await listEvents(house.store, { limit: 100 });
  return events.filter((one) => one.type === "act.refused").map((one) => one.message);
}
