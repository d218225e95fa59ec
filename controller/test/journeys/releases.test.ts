import { expect, test } from "vitest";
import { approveHold, resume, suspend } from "../../loop/control.ts";
import { viewDevices } from "../../loop/view-devices.ts";
import { viewHolds } from "../../loop/view-holds.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { baseline, deprovision, device } from "../manifests.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const hour = 60 * minute;
const by = { name: "it-duty" };
const serials = ["SIM-1", "SIM-2", "SIM-3"];
const names = ["one", "two", "three"];
const quiet = {
  ...baseline,
  "devices.yaml": names
    .map((name, index) => device(name, serials[index] ?? "", "ownership: company"))
    .join("---\n"),
};

test.each(stores)(
  "on $name approved wipes leave no faster than the ceiling of the database lets them",
  async (store) => {
    const ceiling = { devices: 1, percent: 100, windowMs: 20 * minute };
    await using house = await settled(store, { ceiling });
    house.commit({ ...quiet, "gone.yaml": deprovision("gone", "devices: [one, two, three]", 3) });
    await house.settle();
    await approve(house);
    await house.settle();
    const erased = [erasures(house)];
    for (let turns = 0; turns < 3; turns++) {
      await house.pass(35 * minute, 5 * minute);
      erased.push(erasures(house));
    }
    expect(erased[0]).toBe(1);
    expect(erased.at(-1)).toBe(3);
    const times = house.fleet.devices
      .flatMap((one) => one.ledger.of("erased").map((entry) => entry.at))
      .sort();
    for (const [index, at] of times.slice(1).entries())
      expect(at - (times[index] ?? 0)).toBeGreaterThanOrEqual(20 * minute);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)("on $name an approval that ended, or a suspension, keeps a wipe back", async (store) => {
  await using house = await settled(store, {});
  const [one, two] = [house.device("SIM-1"), house.device("SIM-2")];
  one.goOffline();
  house.commit({
    ...quiet,
    "gone.yaml": [deprovision("late", "devices: [one]"), deprovision("stopped", "devices: [two]")].join(
      "---\n",
    ),
  });
  await suspend(house.looking, "device", "SIM-2", "in the workshop", by);
  await house.settle();
  for (const hold of await viewHolds(house.looking))
    await approveHold(house.looking, hold.digest, by, undefined);
  await house.pass(25 * hour, hour);
  one.goOnline();
  await house.pass(2 * hour, 10 * minute);
  expect(erasures(house)).toBe(0);
  expect((await viewHolds(house.looking)).map((hold) => hold.act)).toContain("Deprovision/late@1");
  const { devices } = await viewDevices(house.looking, { limit: 10 }, {});
  expect(devices.find((view) => view.name === "SIM-1")?.condition).toMatchObject({
    type: "Held",
    reason: "AwaitsApproval",
  });

  await resume(house.looking, "device", "SIM-2", by);
  await house.settle();
  await house.pass(2 * hour, 10 * minute);
  // Its approval is over as well by now.
  expect(erasures(house)).toBe(0);
  for (const hold of await viewHolds(house.looking))
    await approveHold(house.looking, hold.digest, by, undefined);
  await house.settle();
  await house.pass(hour, 10 * minute);
  expect([one, two].map((phone) => phone.ledger.of("erased").length)).toEqual([1, 1]);
  expect(house.fleet.violations()).toEqual([]);
});

async function settled(
  stores: Parameters<typeof install>[0]["stores"],
  more: Pick<Parameters<typeof install>[0], "ceiling">,
): Promise<Installation> {
  const devices = serials.map((serial) => ({ serial, platform: "ipados", name: serial }) as const);
  const house = await install({ stores, files: quiet, devices, ...more });
  await house.enroll();
  await house.settle();
  return house;
}

async function approve(house: Installation): Promise<void> {
  const [hold] = await viewHolds(house.looking);
  await approveHold(house.looking, hold?.digest ?? "", by, undefined);
}

function erasures(house: Installation): number {
  return house.fleet.devices.reduce((total, one) => total + one.ledger.of("erased").length, 0);
}
