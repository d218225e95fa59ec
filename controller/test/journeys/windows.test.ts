import { expect, test } from "vitest";
import { rolloutSentence } from "../../cli/render/rollouts.ts";
import { viewDevices } from "../../loop/view-devices.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { viewPlan } from "../../loop/view-plan.ts";
import { viewRollouts } from "../../loop/view-rollouts.ts";
import { viewStatus } from "../../loop/view-status.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import { virtualWorld } from "../../simulator/world.ts";
import { type Installation, install, storesOfSuite, testSettings } from "../installation.ts";
import { app, files, marker, passcode, policy, slackId } from "../manifests.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const nights = 'maintenanceWindows: [{allow: {days: [Mon, Tue, Wed, Thu, Fri], from: "19:00", to: "06:00"}}]';

function declared(length: number, mark: number, apps = "apps: [{name: slack}]", windows = nights) {
  return files({
    "p.yaml": [passcode(length), marker("mark", mark)].join("---\n"),
    "a.yaml": app("slack", slackId),
    "b.yaml": policy(
      `profiles: [{name: passcode}, {name: mark}]\n${apps}${windows === "" ? "" : `\n${windows}`}`,
    ),
  });
}

function minLength(device: AppleDevice): unknown {
  return device.snapshot().profiles["reeve.profile.passcode"]?.payloads[0]?.minLength;
}

function installs(device: AppleDevice): number {
  return device.ledger.of("command").filter((one) => one.requestType === "InstallProfile").length;
}

async function conditionsOf(house: Installation): Promise<Readonly<Record<string, string>>> {
  const { devices } = await viewDevices(house.looking, { limit: 10 }, {});
  return Object.fromEntries(
    devices.map((one) => [one.name, `${one.condition.type} ${one.condition.reason}`]),
  );
}

const tablet = { serial: "SIM-1", platform: "ipados", name: "SIM-1" } as const;

test.each(stores)("on $name what disrupts waits for its window, and all the rest does not", async (store) => {
  // A Friday, 18:20 in Berlin.
  const world = virtualWorld(Date.UTC(2026, 10, 20, 17, 20));
  const parts = { settings: { ...testSettings, driftCheckMs: 10 * minute } };
  await using house = await install({
    stores: store,
    files: declared(6, 1),
    devices: [tablet],
    world,
    parts,
  });
  const here = house.device("SIM-1");
  // A first set-up does not wait.
  await house.enroll();
  await house.settle();
  expect([minLength(here), Object.keys(here.snapshot().managedApps)]).toEqual([6, [slackId]]);
  expect(await conditionsOf(house)).toEqual({ "SIM-1": "Ready AsDeclared" });

  const next = declared(8, 2, "");
  const tree = { revision: "next", entries: treeOf(next) };
  const planned = await viewPlan(house.looking, tree, testSettings);
  const waits = "waits for its window, which opens Fri 19:00 Europe/Berlin";
  expect(planned.entries.map(({ action, key, reason }) => [action, key, reason])).toEqual([
    ["update", "Profile/mark", undefined],
    ["update", "Profile/passcode", waits],
    ["remove", "App/slack", waits],
  ]);
  house.commit(next);
  await house.settle();
  expect([minLength(here), Object.keys(here.snapshot().managedApps)]).toEqual([6, [slackId]]);
  expect(here.snapshot().profiles["reeve.profile.mark"]?.payloads[0]).toMatchObject({ reeveTest: "2" });
  expect(await conditionsOf(house)).toEqual({ "SIM-1": "Held AwaitsWindow" });
  expect((await viewStatus(house.looking, { source: "", warnings: [] })).total).toMatchObject({ held: 1 });
  const told = await viewExplanation(house.looking, "SIM-1", undefined);
  expect(told.items.map(({ key, state, detail }) => [key, state, detail])).toEqual([
    ["App/slack", "kept", waits],
    ["Profile/mark", "verified", undefined],
    ["Profile/passcode", "waiting", waits],
  ]);

  // What goes missing comes back as it was granted, at any time.
  const before = installs(here);
  here.user.removeProfile("reeve.profile.passcode", { force: true });
  await house.pass(20 * minute, 5 * minute);
  expect([minLength(here), installs(here)]).toEqual([6, before + 1]);

  // Nothing else happens by which somebody would look.
  await house.pass(20 * minute, 5 * minute);
  await house.settle();
  expect([minLength(here), Object.keys(here.snapshot().managedApps)]).toEqual([8, []]);
  expect(await conditionsOf(house)).toEqual({ "SIM-1": "Ready AsDeclared" });
  expect(house.fleet.violations()).toEqual([]);

  // Saturday, shut until Monday: a rollout says that its wave waits, and its deadline does not run meanwhile.
  await house.pass(720 * minute, 120 * minute);
  house.commit(declared(9, 2, "rollout: {waves: [100%], soak: 30m, minReports: 1, deadline: 1h}"));
  await house.settle();
  await house.pass(120 * minute, 10 * minute);
  const [rollout] = await viewRollouts(house.looking);
  expect(rollout).toMatchObject({ status: "progressing", counts: { devices: 1, given: 0, waiting: 1 } });
  if (rollout === undefined) throw new Error("no rollout");
  expect(rolloutSentence(rollout)).toContain("1 waits for its window, which opens Mon 19:00 Europe/Berlin");
  expect(minLength(here)).toBe(8);
});

function treeOf(named: Readonly<Record<string, string>>) {
  return new Map(
    Object.entries(named).map(([path, text]) => [path, { type: "file", bytes: Buffer.from(text) }] as const),
  );
}
