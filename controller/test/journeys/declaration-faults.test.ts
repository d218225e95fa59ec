import { expect, test } from "vitest";
import { legacyIdentifier } from "../../core/declared-identifier.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import type { LedgerOf } from "../../simulator/ledger.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { declared, echo, iphone, policySet, wrapped } from "./declared-files.ts";

const stores = await storesOfSuite();

async function stateOf(house: Installation, key: string) {
  return (await viewExplanation(house.looking, "SIM-1", key)).items[0];
}

function commands(house: Installation): readonly string[] {
  return house
    .device("SIM-1")
    .ledger.of("command")
    .map((one: LedgerOf<"command">) => one.requestType);
}

test.each(stores)("on $name a profile moves under a declaration without a gap, and back", async (store) => {
  await using house = await install({
    stores: store,
    files: policySet(["wrapped", wrapped(1, "profile")]),
    devices: [iphone],
  });
  const device = house.device("SIM-1");
  const has = (): boolean => device.snapshot().profiles["reeve.profile.wrapped"] !== undefined;
  await house.enroll();
  await house.settle();
  expect(commands(house)).toContain("InstallProfile");

  house.commit(policySet(["wrapped", wrapped(1, "declaration")]));
  await house.settle();
  expect(has()).toBe(true);
  expect(await stateOf(house, "Profile/wrapped")).toMatchObject({ state: "verified" });
  expect(device.snapshot().declarations[legacyIdentifier("reeve.profile.wrapped")]?.active).toBe(true);
  await house.pass(3 * 3_600_000, 600_000);
  expect(has()).toBe(true);
  expect(commands(house)).not.toContain("RemoveProfile");

  house.commit(policySet(["wrapped", wrapped(1, "profile")]));
  await house.settle();
  expect(has()).toBe(true);
  expect(device.snapshot().declarations).toEqual({});
  expect(await stateOf(house, "Profile/wrapped")).toMatchObject({ state: "verified" });
  expect(commands(house).filter((one) => one === "InstallProfile")).toHaveLength(2);
  expect(house.fleet.violations()).toEqual([]);
});

test.each(stores)(
  "on $name what a device says is invalid fails with its reason, and stops nothing else",
  async (store) => {
    await using house = await install({
      stores: store,
      files: policySet(
        ["bad", declared("bad", echo("broken", ", ReturnStatus: Failed"))],
        ["good", declared("good", echo("works"))],
      ),
      devices: [iphone],
    });
    await house.enroll();
    await house.settle();

    const bad = await stateOf(house, "Profile/bad");
    expect(bad).toMatchObject({ state: "failed" });
    expect(bad?.detail).toContain("Error.ConfigurationCannotBeApplied");
    expect(await stateOf(house, "Profile/good")).toMatchObject({ state: "verified" });
    const told = commands(house).length;
    await house.pass(26 * 3_600_000, 3_600_000);
    expect(commands(house).filter((one) => one === "DeclarativeManagement")).toHaveLength(1);
    expect(told).toBeGreaterThan(0);

    house.commit(
      policySet(["bad", declared("bad", echo("mended"))], ["good", declared("good", echo("works"))]),
    );
    await house.settle();
    expect(await stateOf(house, "Profile/bad")).toMatchObject({ state: "verified" });
  },
);

test.each(stores)(
  "on $name an update whose secret is missing takes nothing away, and the others go out",
  async (store) => {
    const secret = `apiVersion: reeve/v1
kind: Secret
metadata: {name: words}
spec: {provider: env, keys: {here: REEVE_SECRET_HERE, missing: REEVE_SECRET_MISSING}, allow: [Profile/hello]}
`;
    const set = (key: string, other: string) => ({
      ...policySet(
        ["hello", declared("hello", echo(`\${secret:words/${key}}`))],
        ["other", declared("other", echo(other))],
      ),
      "secret.yaml": secret,
    });
    await using house = await install({
      stores: store,
      files: set("here", "one"),
      environment: { REEVE_SECRET_HERE: "hello-there" },
      devices: [iphone],
    });
    await house.enroll();
    await house.settle();
    const echoOf = (name: string) =>
      house.device("SIM-1").snapshot().declarations[`reeve.profile.${name}:test`]?.payload.Echo;
    expect([echoOf("hello"), echoOf("other")]).toEqual(["hello-there", "one"]);

    house.commit(set("missing", "two"));
    await house.settle();
    expect([echoOf("hello"), echoOf("other")]).toEqual(["hello-there", "two"]);
    const state = await stateOf(house, "Profile/hello");
    expect([state?.state, state?.detail]).toEqual([
      "failed",
      expect.stringContaining("REEVE_SECRET_MISSING is not set"),
    ]);
    await house.pass(6 * 3_600_000, 600_000);
    expect(echoOf("hello")).toBe("hello-there");

    house.commit(set("here", "three"));
    await house.settle();
    expect(await stateOf(house, "Profile/hello")).toMatchObject({ state: "verified" });
    expect([echoOf("hello"), echoOf("other")]).toEqual(["hello-there", "three"]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

const endpoints = ["tokens", "declaration-items", "declaration", "profile", "status"] as const;

test.each(stores)("on $name whatever answer is lost, the device comes to be as declared", async (store) => {
  await using house = await install({
    stores: store,
    files: policySet(["hello", declared("hello", echo("0"))], ["wrapped", wrapped(0, "declaration")]),
    devices: [iphone],
  });
  const device = house.device("SIM-1");
  await house.enroll();
  for (const [index, endpoint] of endpoints.entries()) {
    device.faults.add({ kind: "lose-answer", requestType: `DeclarativeManagement/${endpoint}`, times: 2 });
    device.faults.add({ kind: "lose-reply", requestType: "DeclarativeManagement", next: "idle" });
    house.commit(
      policySet(
        ["hello", declared("hello", echo(String(index + 1)))],
        ["wrapped", wrapped(index + 1, "declaration")],
      ),
    );
    await house.settle();
    await house.pass(120_000, 20_000);
    device.faults.clear();
    await house.settle();
    const { declarations, profiles } = device.snapshot();
    expect(declarations["reeve.profile.hello:test"]?.payload, endpoint).toEqual({ Echo: String(index + 1) });
    expect(profiles["reeve.profile.wrapped"]?.payloads[0], endpoint).toMatchObject({
      reeveTest: String(index + 1),
    });
    expect(await stateOf(house, "Profile/hello"), endpoint).toMatchObject({ state: "verified" });
    expect(await stateOf(house, "Profile/wrapped"), endpoint).toMatchObject({ state: "verified" });
  }
  expect(house.fleet.violations()).toEqual([]);
});
