import { expect, test } from "vitest";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { pglite } from "../../store/test-stores.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { declared, echo, iphone, policySet } from "./declared-files.ts";

const store = (await storesOfSuite()).at(-1) ?? pglite;
const anchor = ["anchor", declared("anchor", echo("always"))] as const;
const without = policySet(anchor);
const withHello = policySet(anchor, ["hello", declared("hello", echo("one"))]);
const hello = "reeve.profile.hello:test";

async function settled(): Promise<Installation> {
  const house = await install({ stores: store, files: withHello, devices: [iphone] });
  await house.enroll();
  await house.settle();
  return house;
}

async function expectThere(house: Installation): Promise<void> {
  expect(house.device("SIM-1").snapshot().declarations[hello]).toMatchObject({
    active: true,
    valid: "valid",
  });
  const { items, device } = await viewExplanation(house.looking, "SIM-1", "Profile/hello");
  expect(items).toMatchObject([{ state: "verified" }]);
  expect(device.condition.type).toBe("Ready");
  expect(house.fleet.violations()).toEqual([]);
}

test("the same declaration, taken out and put back, is there again", async () => {
  await using house = await settled();
  house.commit(without);
  await house.settle();
  expect(house.device("SIM-1").snapshot().declarations[hello]).toBeUndefined();
  house.commit(withHello);
  await house.settle();
  await expectThere(house);
});

test("taken out and put back while the device is away it was never gone, and nothing is fetched", async () => {
  await using house = await settled();
  const device = house.device("SIM-1");
  const fetched = device.ledger.of("declarations").length;
  device.goOffline();
  house.commit(without);
  await house.settle();
  house.commit(withHello);
  await house.settle();
  device.goOnline();
  await house.settle();
  await expectThere(house);
  expect(
    device.ledger
      .of("declarations")
      .slice(fetched)
      .flatMap((one) => one.fetched),
  ).toEqual([]);
});

test("where the device does not know what of its reports arrived, its daily full report tells", async () => {
  await using house = await settled();
  const device = house.device("SIM-1");
  device.faults.add({ kind: "lose-answer", requestType: "DeclarativeManagement/status" });
  house.commit(without);
  await house.pass(2_000, 1_000);
  house.commit(withHello);
  await house.settle();
  // It has nothing to tell: it is as it was when its last report was taken.
  expect(device.snapshot().declarations[hello]).toMatchObject({ active: true });
  const { items } = await viewExplanation(house.looking, "SIM-1", "Profile/hello");
  expect(items).toMatchObject([{ state: "acknowledged" }]);
  await house.pass(25 * 3_600_000, 3_600_000);
  await expectThere(house);
});
