import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { viewDeviceDetail, viewDevices } from "../../loop/view-devices.ts";
import { type Installation, install, storesOfSuite, testSettings } from "../installation.ts";
import { type Files, files, policy, slackId } from "../manifests.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const hour = 60 * minute;

test.each(stores)(
  "on $name configuration and attributes change in place: nobody is asked, and what the device shows verifies them",
  async (store) => {
    await using house = await install({
      stores: store,
      files: slack("config: {server: one, serial: '${device.serial}'}"),
      devices: [phone],
    });
    const device = house.device("SIM-1");
    await house.enroll();
    await house.pass(2 * minute, 2_000);
    expect(configurationOf(house)).toEqual({ server: "one", serial: "SIM-1" });
    expect(await conditionOf(house)).toBe("Ready AsDeclared");

    // Who would be asked now would say no.
    device.user.behave({ prompts: "reject", promptMs: [500, 1_000] });
    house.commit(slack("config: {server: two, limit: 5}, attributes: {VPNUUID: acme-vpn}"));
    await house.pass(5 * minute, 5_000);
    expect(configurationOf(house)).toEqual({ server: "two", limit: 5 });
    expect(await conditionOf(house)).toBe("Ready AsDeclared");
    expect(sent(house, "InstallApplication")).toBe(1);
    expect(sent(house, "Settings")).toBe(1);
    expect(sent(house, "ManagedApplicationAttributes")).toBe(1);

    // What is declared no more is taken away.
    house.commit(slack(""));
    await house.pass(5 * minute, 5_000);
    expect(configurationOf(house)).toBeUndefined();
    expect(await conditionOf(house)).toBe("Ready AsDeclared");
    expect([sent(house, "InstallApplication"), sent(house, "Settings")]).toEqual([1, 2]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name a change of settings that a device refuses is not taken for done",
  async (store) => {
    await using house = await install({
      stores: store,
      files: slack("config: {server: one}"),
      devices: [phone],
    });
    const device = house.device("SIM-1");
    await house.enroll();
    await house.pass(2 * minute, 2_000);
    const change = [{ domain: "MCMDMErrorDomain", code: 12064, description: "not now, thank you" }];
    device.faults.add({ kind: "error", requestType: "Settings", chain: change });
    house.commit(slack("config: {server: two}"));
    await house.pass(20_000, 5_000);
    expect(await conditionOf(house)).not.toContain("Ready");

    await house.pass(hour, 5 * minute);
    expect(configurationOf(house)).toEqual({ server: "two" });
    expect(await conditionOf(house)).toBe("Ready AsDeclared");
  },
);

test.each(stores)(
  "on $name a configuration follows its secret, and no answer about it is kept",
  async (store) => {
    const folder = mkdtempSync(join(tmpdir(), "reeve-app-settings-"));
    writeFileSync(join(folder, "token"), "the-first-token");
    await using house = await install({
      stores: store,
      files: files({
        ...slack("config: {token: '${secret:app/token}'}"),
        "secret.yaml": secret,
      }),
      devices: [phone],
      parts: { settings: { ...testSettings, folder } },
    });
    await house.enroll();
    await house.pass(2 * minute, 2_000);
    expect(configurationOf(house)).toEqual({ token: "the-first-token" });
    expect(await conditionOf(house)).toBe("Ready AsDeclared");

    writeFileSync(join(folder, "token"), "the-second-token");
    await house.controller.reconciler.rotate();
    await house.pass(2 * minute, 5_000);
    expect(configurationOf(house)).toEqual({ token: "the-second-token" });
    expect(await conditionOf(house)).toBe("Ready AsDeclared");
    expect(sent(house, "InstallApplication")).toBe(1);
    const detail = JSON.stringify(await viewDeviceDetail(house.looking, "SIM-1"));
    expect(detail).toContain("appConfiguration");
    expect(detail).not.toMatch(/the-(first|second)-token/);
  },
);

const phone = {
  serial: "SIM-1",
  platform: "ios",
  name: "SIM-1",
  supervised: false,
  user: { prompts: "accept", promptMs: [500, 1_000] },
} as const;

const secret = `apiVersion: reeve/v1
kind: Secret
metadata: {name: app}
spec: {provider: file, allow: [App/slack], keys: {token: token}}
`;

function slack(more: string): Files {
  return files({
    "slack.yaml": `apiVersion: reeve/v1
kind: App
metadata: {name: slack}
spec: {apple: {bundleId: ${slackId}${more === "" ? "" : `, ${more}`}}}
`,
    "policy.yaml": policy("apps: [{name: slack}]"),
  });
}

function configurationOf(house: Installation): unknown {
  return house.device("SIM-1").snapshot().apps[slackId]?.configuration;
}

function sent(house: Installation, requestType: string): number {
  return house
    .device("SIM-1")
    .ledger.of("command")
    .filter((one) => one.requestType === requestType).length;
}

async function conditionOf(house: Installation): Promise<string> {
  const { devices } = await viewDevices(house.looking, { limit: 10 }, {});
  return devices.map((one) => `${one.condition.type} ${one.condition.reason}`).join();
}
