import { expect, test } from "vitest";
import { legacyIdentifier } from "../../core/declared-identifier.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { marker } from "../manifests.ts";
import { declared, echo, iphone, policySet, wrapped } from "./declared-files.ts";

const stores = await storesOfSuite();

async function stateOf(house: Installation, key: string) {
  const view = await viewExplanation(house.looking, "SIM-1", key);
  return view.items[0];
}

test.each(stores)("on $name what is declared comes, changes and goes by declaration", async (store) => {
  await using house = await install({
    stores: store,
    files: policySet(["hello", declared("hello", echo("one"))], ["wrapped", wrapped(1, "declaration")]),
    devices: [iphone],
  });
  const device = house.device("SIM-1");

  await house.enroll();
  await house.settle();
  const first = device.snapshot();
  expect(first.declarations["reeve.profile.hello:test"]).toMatchObject({
    payload: { Echo: "one" },
    active: true,
    valid: "valid",
  });
  expect(first.profiles["reeve.profile.wrapped"]?.payloads[0]).toMatchObject({ reeveTest: "1" });
  expect(first.profiles["reeve.profile.wrapped"]?.signature).toBe("verified");
  expect(await stateOf(house, "Profile/hello")).toMatchObject({ state: "verified" });
  expect(await stateOf(house, "Profile/wrapped")).toMatchObject({ state: "verified" });
  const installs = device.ledger.of("command").filter((one) => one.requestType === "InstallProfile");
  expect(installs).toEqual([]);

  house.commit(policySet(["hello", declared("hello", echo("two"))], ["wrapped", wrapped(1, "declaration")]));
  await house.settle();
  expect(device.snapshot().declarations["reeve.profile.hello:test"]?.payload).toEqual({ Echo: "two" });
  expect(device.ledger.of("declarations").at(-1)?.fetched).toEqual(["reeve.profile.hello:test"]);
  expect(await stateOf(house, "Profile/hello")).toMatchObject({ state: "verified" });

  house.commit(policySet(["hello", declared("hello", echo("two"))]));
  await house.settle();
  expect(device.snapshot().profiles["reeve.profile.wrapped"]).toBeUndefined();
  expect(device.snapshot().declarations[legacyIdentifier("reeve.profile.wrapped")]).toBeUndefined();

  house.commit(policySet(["other", marker("other")]));
  await house.settle();
  expect(device.snapshot().declarations).toEqual({});
  expect(house.fleet.violations()).toEqual([]);
});
