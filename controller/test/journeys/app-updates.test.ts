import { expect, test } from "vitest";
import { viewDeviceDetail } from "../../loop/view-devices.ts";
import { catalogue } from "../../simulator/catalogue.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { files, policy, slackId } from "../manifests.ts";

const stores = await storesOfSuite();
const hour = 3_600_000;
const slack = { bundleId: slackId, name: "Slack", storeId: 618783545 };

function given(more: string) {
  return files({
    "slack.yaml": `apiVersion: reeve/v1
kind: App
metadata: {name: slack}
spec: {apple: {bundleId: ${slackId}, appStoreId: 618783545${more}}}
`,
    "policy.yaml": policy("apps: [{name: slack}]"),
  });
}

test.each(stores)(
  "on $name an app is updated when the device says that there is an update, once",
  async (store) => {
    const shop = catalogue([{ ...slack, version: "1.0" }]);
    await using house = await install({
      stores: store,
      files: given(", updateWhenOffered: true"),
      devices: [{ serial: "SIM-1", platform: "ipados", name: "SIM-1", catalogue: shop }],
    });
    await house.enroll();
    await house.pass(26 * hour, hour);
    expect(installs(house)).toBe(1);

    shop.put({ ...slack, version: "2.0" });
    await house.pass(50 * hour, hour);
    expect(house.device("SIM-1").snapshot().apps[slackId]?.version).toBe("2.0");
    expect(installs(house)).toBe(2);
    expect((await viewDeviceDetail(house.looking, "SIM-1")).condition.type).toBe("Ready");
    expect(house.fleet.violations()).toEqual([]);
  },
);

test("without it the device is left to its own settings", async () => {
  const shop = catalogue([{ ...slack, version: "1.0" }]);
  await using house = await install({
    stores: stores[0]!,
    files: given(""),
    devices: [{ serial: "SIM-1", platform: "ipados", name: "SIM-1", catalogue: shop }],
  });
  await house.enroll();
  await house.settle();
  shop.put({ ...slack, version: "2.0" });
  await house.pass(30 * hour, 2 * hour);
  expect(installs(house)).toBe(1);
});

function installs(house: Installation): number {
  const all = house.device("SIM-1").ledger.of("command");
  return all.filter((one) => one.requestType === "InstallApplication").length;
}
