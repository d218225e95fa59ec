import { expect, test } from "vitest";
import { viewDeviceDetail } from "../../loop/view-devices.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { pglite } from "../../store/test-stores.ts";
import { install, storesOfSuite } from "../installation.ts";
import { app, files, policy, slackId } from "../manifests.ts";

const store = (await storesOfSuite()).at(-1) ?? pglite;
const minute = 60_000;
const hour = 60 * minute;
const listing = `apiVersion: reeve/v1
kind: InventorySchedule
metadata: {name: apps}
spec: {collect: [applications], every: 1h, spread: 1m}
`;

test("an app that is listed while it is still being installed does not count, whatever version it shows", async () => {
  await using house = await install({
    stores: store,
    files: files({
      "apps.yaml": [app("slack", slackId), listing].join("---\n"),
      "policy.yaml": policy("apps: [{name: slack}]\ninventory: [apps]"),
    }),
    devices: [
      { serial: "SIM-1", platform: "ipados", name: "PAD-1", ownApps: 1, installMs: [3 * hour, 3 * hour] },
    ],
  });
  await house.enroll();
  await house.pass(2 * hour, 5 * minute);
  const listed = async () => {
    const { sections } = await viewDeviceDetail(house.looking, "SIM-1");
    const apps = sections.find((one) => one.section === "applications")?.detail as { Identifier: string }[];
    return apps.find((one) => one.Identifier === slackId);
  };
  const item = async () => {
    const { items, device } = await viewExplanation(house.looking, "SIM-1", "App/slack");
    return [items[0]?.state, device.condition.type];
  };
  expect(await listed()).toMatchObject({ Installing: true, Version: "0" });
  expect(await item()).toEqual(["installing", "Reconciling"]);
  const asked = () =>
    house
      .device("SIM-1")
      .ledger.of("command")
      .filter((one) => one.requestType === "InstallApplication").length;
  expect(asked()).toBe(1);

  await house.pass(3 * hour, 10 * minute);
  expect(await listed()).toMatchObject({ Installing: false });
  expect(await item()).toEqual(["verified", "Ready"]);
  expect(asked()).toBe(1);
  expect(house.fleet.violations()).toEqual([]);
});

test("an app of another version than a list has said before is there, and is not looked for without end", async () => {
  await using house = await install({
    stores: store,
    files: files({
      "apps.yaml": [app("slack", slackId), listing].join("---\n"),
      "policy.yaml": policy("apps: [{name: slack}]\ninventory: [apps]"),
    }),
    devices: [{ serial: "SIM-1", platform: "ipados", name: "PAD-1", ownApps: 0 }],
  });
  const device = house.device("SIM-1");
  await house.enroll();
  await house.settle();
  // The store has brought a newer one by itself.
  device.user.installApp({ bundleId: slackId, name: "Slack", version: "26.01.04", storeId: 618783545 });
  const before = device.ledger.of("command").length;
  await house.pass(24 * hour, hour);
  const { device: shown } = await viewExplanation(house.looking, "SIM-1", undefined);
  expect(shown.condition.type).toBe("Ready");
  const since = device.ledger
    .of("command")
    .slice(before)
    .map((one) => one.requestType);
  expect(since).not.toContain("InstallApplication");
  expect(since.filter((one) => one === "InstalledApplicationList").length).toBeLessThanOrEqual(25);
});
