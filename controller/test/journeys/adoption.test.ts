import { expect, test } from "vitest";
import { freshChannel } from "../../core/channel.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { viewPlan } from "../../loop/view-plan.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import { type Installation, install, storesOfSuite, testSettings } from "../installation.ts";
import { app, type Files, marker, organization, organizationWith, policy, slackId } from "../manifests.ts";

const stores = await storesOfSuite();
const tablet = { serial: "SIM-1", platform: "ipados", name: "IPAD-1" } as const;
const withSettings =
  "apiVersion: reeve/v1\nkind: App\nmetadata: {name: zoom}\nspec: {apple: {bundleId: us.zoom.videomeetings, config: {a: 1}}}\n";

function declared(org: string, mark: number, rest = "{name: slack}, {name: zoom}"): Files {
  return {
    "org.yaml": org,
    "p.yaml": [marker("kept"), marker("other", mark)].join("---\n"),
    "a.yaml": [app("slack", slackId), withSettings].join("---\n"),
    "b.yaml": policy(`profiles: [{name: kept}, {name: other}]\napps: [${rest}]`),
  };
}

function sent(device: AppleDevice): Readonly<Record<string, number>> {
  const types = device.ledger.of("command").map((one) => one.requestType);
  const count = (type: string): number => types.filter((one) => one === type).length;
  return {
    profiles: count("InstallProfile"),
    apps: count("InstallApplication"),
    removals: count("RemoveProfile") + count("RemoveApplication"),
  };
}

/** As if a backup had been restored that was made before anything was installed. */
async function forget({ store }: Installation): Promise<void> {
  await store.query(
    `update reeve.channel set observed_id = null, granted_id = null, version = version + 1,
       state = $1::jsonb || jsonb_build_object('handed', state->'handed')`,
    [freshChannel],
  );
  await store.query("update reeve.device set awaiting = true");
}

test.each(stores)("on $name what is there as declared is adopted, and not installed again", async (store) => {
  await using house = await install({ stores: store, files: declared(organization, 1), devices: [tablet] });
  const device = house.device("SIM-1");
  await house.enroll();
  await house.settle();
  expect(sent(device)).toEqual({ profiles: 2, apps: 2, removals: 0 });

  // A first look: nothing is sent, and the plan says what would be.
  house.commit(declared(organizationWith("mode: observe"), 2));
  await house.settle();
  await forget(house);
  await house.settle();
  const plan = await viewPlan(house.looking, undefined, testSettings);
  expect(plan.entries.map(({ action, key }) => [action, key])).toEqual([
    ["install", "App/zoom"],
    ["install", "Profile/other"],
    ["adopt", "App/slack"],
    ["adopt", "Profile/kept"],
  ]);

  house.commit(declared(organization, 2));
  await house.settle();
  // The other version is sent, and the settings of an app are put in place.
  expect(sent(device)).toEqual({ profiles: 3, apps: 2, removals: 0 });
  const { items, device: view } = await viewExplanation(house.looking, "SIM-1", undefined);
  expect(view.condition.type).toBe("Ready");
  expect(items.map(({ key, state, detail }) => [key, state, detail])).toEqual([
    ["App/slack", "verified", "adopted: it was there already"],
    ["App/zoom", "verified", undefined],
    ["Profile/kept", "verified", "adopted: it was there already"],
    ["Profile/other", "verified", undefined],
  ]);

  // What was adopted leaves as what was installed does.
  house.commit(declared(organization, 2, "{name: zoom}"));
  await house.settle();
  expect(Object.keys(device.snapshot().managedApps)).toEqual(["us.zoom.videomeetings"]);
  expect(house.fleet.violations()).toEqual([]);
});
