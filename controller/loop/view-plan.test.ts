import { expect, test } from "vitest";
import { pglite } from "../store/test-stores.ts";
import { install } from "../test/installation.ts";
import { device, files, marker, organizationWith, policy } from "../test/manifests.ts";
import { viewPlan } from "./view-plan.ts";

const settings = {
  driftCheckMs: 3_600_000,
  removalCeiling: { devices: 100, share: 1 },
  environment: {},
  folder: undefined,
  fingerprintKey: Buffer.alloc(32),
};

function treeOf(files: Readonly<Record<string, string>>) {
  const entries = Object.entries(files).map(
    ([path, text]) => [path, { type: "file" as const, bytes: Buffer.from(text) }] as const,
  );
  return { revision: "next", entries: new Map(entries) };
}

test("a plan tells its own removals from those of the last hour", async () => {
  const rest = {
    "organization.yaml": organizationWith("budgets: {removals: {devices: 2, percent: 0%}}"),
    "menu.yaml": marker("menu"),
    "door.yaml": marker("door"),
  };
  const both = { ...rest, "baseline.yaml": policy("profiles: [{name: menu}, {name: door}]") };
  const one = { ...rest, "baseline.yaml": policy("profiles: [{name: door}]") };
  await using house = await install({
    stores: pglite,
    devices: [{ serial: "SIM-1", platform: "ios" }],
    files: both,
  });
  await house.enroll();
  await house.settle();
  expect((await viewPlan(house.looking, treeOf(one), settings)).removals).toEqual({
    devices: 1,
    budget: 2,
    used: 0,
  });
  house.commit(one);
  await house.settle();
  expect((await viewPlan(house.looking, undefined, settings)).removals).toEqual({
    devices: 0,
    budget: 2,
    used: 1,
  });
});

test("a plan counts the users to whom something happens, also those whom it first makes somebody's", async () => {
  const own = (value: number) => marker("own", value, "scope: user");
  const forAll = (value: number) =>
    files({ "own.yaml": own(value), "policy.yaml": policy("profiles: [{name: own}]") });
  const others = files({ "menu.yaml": marker("menu"), "policy.yaml": policy("profiles: [{name: menu}]") });
  const ofAnna = {
    ...others,
    "own.yaml": own(1),
    "mac.yaml": device("mac-1", "MAC-1", "owner: anna@acme.example"),
    "anna.yaml": policy("profiles: [{name: own}]", "anna", "users: [anna@acme.example]"),
  };
  const macs = ["MAC-1", "MAC-2"].map((serial) => ({ serial, platform: "macos" }) as const);
  await using house = await install({ stores: pglite, devices: macs, files: others });
  await house.enroll();
  const [first, second] = macs.map(({ serial }) => house.device(serial));
  await first?.login({ id: "A1B2C3D4-0000-4000-8000-000000000001", shortName: "anna" });
  await first?.login({ id: "A1B2C3D4-0000-4000-8000-000000000002", shortName: "bert" });
  await second?.login({ id: "A1B2C3D4-0000-4000-8000-000000000003", shortName: "carl" });
  await house.settle();
  const planned = async (tree?: Readonly<Record<string, string>>) => {
    const { devices, changed, users, entries, removals } = await viewPlan(
      house.looking,
      tree === undefined ? undefined : treeOf(tree),
      settings,
    );
    const lines = entries.map((one) => `${one.action} ${one.key} ${one.devices} ${one.users}`);
    return { devices, changed, users, lines, removed: removals.devices };
  };

  expect(await planned(ofAnna)).toMatchObject({
    devices: 2,
    users: { total: 3, changed: 2 },
    lines: ["install Profile/own 0 2"],
  });
  expect(await planned(forAll(1))).toEqual({
    devices: 2,
    changed: 2,
    users: { total: 3, changed: 3 },
    lines: ["install Profile/own 0 3", "remove Profile/menu 2 undefined"],
    removed: 2,
  });
  house.commit(forAll(1));
  await house.settle();
  expect(await planned()).toMatchObject({ changed: 0, users: { total: 3, changed: 0 }, lines: [] });
  expect(await planned(forAll(2))).toMatchObject({ changed: 0, lines: ["update Profile/own 0 3"] });
  const back = { lines: ["install Profile/menu 2 undefined", "remove Profile/own 0 3"] };
  // Both Macs have lost something in this hour and are counted; later they count again, each once with its users.
  expect(await planned(others)).toMatchObject({ ...back, removed: 0 });
  await house.world.advance(3_600_000);
  expect(await planned(others)).toMatchObject({ ...back, removed: 2 });
});
