import { expect, test } from "vitest";
import { resume } from "../../loop/control.ts";
import { viewDevices } from "../../loop/view-devices.ts";
import { viewStatus } from "../../loop/view-status.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import {
  baseline,
  device,
  type Files,
  files,
  marker,
  organizationWith,
  passcode,
  policy,
  slackId,
} from "../manifests.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const hour = 60 * minute;
const by = { name: "it-duty" };
const some = (count: number) =>
  Array.from({ length: count }, (_, index) => {
    const serial = `SIM-${index + 1}`;
    return { serial, platform: "ipados", name: serial, ownApps: 1 } as const;
  });

test.each(stores)(
  "on $name a broken or an empty revision changes nothing, and the fix does",
  async (store) => {
    await using house = await install({ stores: store, files: baseline, devices: some(1) });
    await house.enroll();
    await house.settle();
    const before = house.device("SIM-1").snapshot();
    const seen = house.device("SIM-1").ledger.entries.length;

    house.commit({
      ...baseline,
      "passcode.yaml": passcode(9).replace("minLength: 9,", "minLength: 9\n  oops"),
    });
    await house.settle();
    expect((await status(house)).refused).toMatchObject({ revision: "r2" });
    expect((await status(house)).inForce).toMatchObject({ revision: "r1" });
    for (const empty of [{}, { "org.yaml": baseline["org.yaml"] ?? "" }]) {
      house.commit(empty);
      await house.settle();
      const { refused, inForce } = await status(house);
      expect(["no-manifests", "empty-revision"]).toContain(refused?.diagnostics[0]?.rule);
      expect(inForce?.revision).toBe("r1");
    }
    await house.pass(10 * minute);
    expect(house.device("SIM-1").snapshot()).toEqual(before);
    expect(house.device("SIM-1").ledger.entries.length).toBe(seen);

    house.commit({ ...baseline, "passcode.yaml": passcode(9) });
    await house.settle();
    expect((await status(house)).refused).toBeUndefined();
    expect(minLength(house, "SIM-1")).toBe(9);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name groups that lose members and a rewritten history freeze removals until resumed",
  async (store) => {
    const tagged = (site: string) =>
      some(4)
        .map(({ serial }) => device(serial.toLowerCase(), serial, `tags: {site: ${site}}`))
        .join("---\n");
    const parts = (site: string, profiles: string) =>
      files({
        "devices.yaml": tagged(site),
        "items.yaml": [marker("a"), marker("b")].join("---\n"),
        "berlin.yaml": `apiVersion: reeve/v1
kind: DeviceGroup
metadata: {name: berlin}
spec: {selector: {match: {tag.site: berlin}}}
---
${policy(profiles, "berlin", "groups: [berlin]")}`,
      });
    await using house = await install({
      stores: store,
      files: parts("berlin", "profiles: [{name: a}, {name: b}]"),
      devices: some(4),
    });
    await house.enroll();
    await house.settle();

    house.commit(parts("bonn", "profiles: [{name: a}, {name: b}]"));
    await house.settle();
    await house.pass(2 * hour, 10 * minute);
    expect(holding(house, "reeve.profile.a")).toBe(4);
    expect((await status(house)).latches).toMatchObject([{ name: "frozen" }]);
    expect((await viewDevices(house.looking, { limit: 10 }, {})).devices[0]?.condition).toMatchObject({
      type: "Held",
      reason: "RemovalHeld",
    });
    house.commit(parts("berlin", "profiles: [{name: a}, {name: b}]"));
    await house.settle();
    await resume(house.looking, "removals", undefined, by);
    await house.settle();
    expect((await status(house)).total.ready).toBe(4);

    house.commit(parts("berlin", "profiles: [{name: a}]"), { rewritten: true });
    await house.settle();
    await house.pass(2 * hour, 10 * minute);
    expect(holding(house, "reeve.profile.b")).toBe(4);
    await resume(house.looking, "removals", undefined, by);
    await house.settle();
    expect([holding(house, "reeve.profile.a"), holding(house, "reeve.profile.b")]).toEqual([4, 0]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name the removal budget lets a few go each hour, and the rest later",
  async (store) => {
    const parts = (profiles: string) =>
      files({
        "org.yaml": organizationWith("budgets: {removals: {devices: 2}}"),
        "items.yaml": [marker("a"), marker("b")].join("---\n"),
        "policy.yaml": policy(profiles),
      });
    await using house = await install({
      stores: store,
      files: parts("profiles: [{name: a}, {name: b}]"),
      devices: some(5),
    });
    await house.enroll();
    await house.settle();
    house.commit(parts("profiles: [{name: a}]"));
    await house.settle();
    const left = [holding(house, "reeve.profile.b")];
    for (const hours of [0.75, 0.5, 1]) {
      await house.pass(hours * hour, 5 * minute);
      left.push(holding(house, "reeve.profile.b"));
    }
    expect(left).toEqual([3, 3, 1, 0]);
    expect(holding(house, "reeve.profile.a")).toBe(5);
    expect((await status(house)).total.ready).toBe(5);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name policies of equal priority that disagree leave what is installed",
  async (store) => {
    const first: Files = {
      ...baseline,
      "devices.yaml": device("one", "SIM-1", "tags: {site: berlin, use: lab}"),
    };
    const rival = `apiVersion: reeve/v1
kind: DeviceGroup
metadata: {name: labs}
spec: {selector: {match: {platform: ipados}}}
---
apiVersion: reeve/v1
kind: DeviceGroup
metadata: {name: berlin}
spec: {selector: {match: {tag.site: berlin}}}
---
${policy("apps: [{name: slack}]\nprofiles: [{name: passcode}]", "labs", "groups: [labs]")}---
${policy("apps: [{name: slack, install: blocked}]\nprofiles: [{name: passcode}]", "berlin", "groups: [berlin]")}`;
    await using house = await install({ stores: store, files: first, devices: some(1) });
    await house.enroll();
    await house.settle();

    house.commit({
      "org.yaml": first["org.yaml"] ?? "",
      "passcode.yaml": passcode(9),
      "slack.yaml": first["slack.yaml"] ?? "",
      "devices.yaml": first["devices.yaml"] ?? "",
      "rival.yaml": rival,
    });
    await house.settle();
    await house.pass(2 * hour, 10 * minute);
    expect((await status(house)).refused?.diagnostics ?? []).toEqual([]);
    expect(house.device("SIM-1").snapshot().managedApps[slackId]).toBe("Managed");
    expect(Object.keys(house.device("SIM-1").snapshot().profiles)).not.toContain(`reeve.blocked.${slackId}`);
    expect(minLength(house, "SIM-1")).toBe(9);
    const [shown] = (await viewDevices(house.looking, { limit: 10 }, {})).devices;
    expect(shown?.condition).toMatchObject({ type: "Stalled", reason: "Conflict" });
    expect(house.fleet.violations()).toEqual([]);
  },
);

function status(house: Installation) {
  return viewStatus(house.looking, { source: "memory", warnings: [] });
}

function holding(house: Installation, identifier: string): number {
  return house.fleet.devices.filter((one) => identifier in one.snapshot().profiles).length;
}

function minLength(house: Installation, serial: string): unknown {
  return house.device(serial).snapshot().profiles["reeve.profile.passcode"]?.payloads[0]?.minLength;
}
