import { expect, test } from "vitest";
import { pglite } from "../store/test-stores.ts";
import { install } from "../test/installation.ts";
import { marker, organizationWith, policy } from "../test/manifests.ts";
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
