import { expect, test } from "vitest";
import { topicOf } from "../../core/notice.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import { listEvents } from "../../store/events.ts";
import { install, storesOfSuite } from "../installation.ts";
import { app, baseline, files, marker, passcode, policy, slackId } from "../manifests.ts";

const stores = await storesOfSuite();
const hour = 3_600_000;
const day = 24 * hour;
const passcodeId = "reeve.profile.passcode";

const tablet = { serial: "SIM-1", platform: "ipados", name: "IPAD-1", ownApps: 3 } as const;

test.each(stores)(
  "on $name items are installed, updated in place and removed, and nothing else",
  async (store) => {
    await using house = await install({ stores: store, files: baseline, devices: [tablet] });
    const device = house.device("SIM-1");
    const own = Object.keys(device.snapshot().apps);
    await house.enroll();
    device.user.installProfile(foreignProfile);
    await house.settle();
    const before = device.snapshot().profiles[passcodeId];

    house.commit({ ...baseline, "passcode.yaml": passcode(8) });
    await house.settle();
    const after = device.snapshot().profiles[passcodeId];
    expect(after?.payloads[0]).toMatchObject({ minLength: 8 });
    expect(after?.uuid).not.toBe(before?.uuid);
    expect(after?.payloads[0]?.PayloadUUID).toBe(before?.payloads[0]?.PayloadUUID);
    expect(effects(device, "RemoveProfile")).toEqual([]);

    expect(device.user.removeProfile(passcodeId)).toBe(false);
    house.commit({
      ...baseline,
      "passcode.yaml": passcode(8).replace("spec:", "spec:\n  removable: always"),
    });
    await house.settle();
    // What management installed, no user removes, whatever the profile says (Apple: TopLevel).
    expect(device.user.removeProfile(passcodeId)).toBe(false);
    expect(device.user.removeProfile(passcodeId, { force: true })).toBe(true);

    house.commit(
      files({ "a.yaml": app("slack", slackId), "baseline.yaml": policy("apps: [{name: slack}]") }),
    );
    await house.pass(2 * hour);
    const refused = device.ledger.of("command").filter((one) => one.requestType === "RemoveProfile");
    expect(refused).toHaveLength(1);

    house.commit(
      files({ "other.yaml": marker("other"), "baseline.yaml": policy("profiles: [{name: other}]") }),
    );
    await house.settle();
    const left = device.snapshot();
    expect(Object.keys(left.profiles).sort()).toEqual(
      [enrollmentId(device), "com.example.foreign", "reeve.profile.other"].sort(),
    );
    expect(Object.keys(left.apps).sort()).toEqual(own.sort());
    expect(effects(device, "RemoveApplication")).toHaveLength(1);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)("on $name drift is corrected, reported or left, as the policy says", async (store) => {
  await using house = await install({
    stores: store,
    devices: [tablet],
    files: files({
      "apps.yaml": ["slack", "zoom", "pages", "notes"]
        .map((name) => app(name, `com.acme.${name}`))
        .join("---\n"),
      "profiles.yaml": ["a", "b", "c"].map((name) => marker(name, name, "removable: always")).join("---\n"),
      "policy.yaml": policy(
        `profiles: [{name: a}, {name: b, drift: report}, {name: c, drift: ignore}]
apps: [{name: slack}, {name: zoom, install: installed}, {name: pages, drift: report}, {name: notes, onLeave: keep}]`,
      ),
    }),
  });
  const device = house.device("SIM-1");
  await house.enroll();
  await house.settle();
  await house.pass(hour);

  for (const name of ["slack", "zoom", "pages"]) expect(device.user.removeApp(`com.acme.${name}`)).toBe(true);
  for (const name of ["a", "b", "c"])
    expect(device.user.removeProfile(`reeve.profile.${name}`, { force: true })).toBe(true);
  await house.pass(2 * hour + 60_000);

  // Several looks later each is told once; not what its user may remove, nor what is left alone.
  const told = await listEvents(house.store, { types: ["item.drifted"], limit: 20 });
  expect(told.map(({ subject }) => subject).sort()).toEqual([
    "App/pages",
    "App/slack",
    "Profile/a",
    "Profile/b",
  ]);
  expect(topicOf(told[0] ?? { type: "", message: "" })).toBe("drift");
  const drifted = device.snapshot();
  expect(drifted.managedApps).toMatchObject({
    "com.acme.slack": "Managed",
    "com.acme.zoom": "ManagedButUninstalled",
    "com.acme.pages": "ManagedButUninstalled",
  });
  expect(Object.keys(drifted.profiles)).toContain("reeve.profile.a");
  expect(Object.keys(drifted.profiles)).not.toContain("reeve.profile.b");
  expect(Object.keys(drifted.profiles)).not.toContain("reeve.profile.c");

  house.commit(
    files({
      "a.yaml": marker("a", "a", "removable: always"),
      "policy.yaml": policy("profiles: [{name: a}]"),
    }),
  );
  await house.settle();
  await house.pass(hour);
  const snapshot = device.snapshot();
  expect(snapshot.apps["com.acme.notes"]).toMatchObject({ managed: true });
  expect(snapshot.apps["com.acme.slack"]).toBeUndefined();
  expect(house.fleet.violations()).toEqual([]);
});

test.each(stores)("on $name an exemption lifts a profile and ends by itself", async (store) => {
  await using house = await install({ stores: store, files: baseline, devices: [tablet] });
  const device = house.device("SIM-1");
  await house.enroll();
  await house.settle();

  const now = house.world.now();
  const exemption = `apiVersion: reeve/v1
kind: Exemption
metadata: {name: trip}
spec:
  target: {devices: [SIM-1]}
  lift: [Profile/passcode]
  from: ${new Date(now + hour).toISOString()}
  until: ${new Date(now + 3 * day).toISOString()}
  reason: A trip
`;
  house.commit({ ...baseline, "exemption.yaml": exemption });
  await house.pass(hour / 2);
  const early = passcodeId in device.snapshot().profiles;
  await house.pass(hour);
  const lifted = passcodeId in device.snapshot().profiles;
  await house.pass(3 * day, 600_000);

  expect({ early, lifted }).toEqual({ early: true, lifted: false });
  expect(Object.keys(device.snapshot().profiles)).toContain(passcodeId);
  expect(device.snapshot().apps[slackId]).toMatchObject({ managed: true });
  expect(house.fleet.violations()).toEqual([]);
});

test.each(stores)(
  "on $name what replaces an item is verified before the old one goes, whatever it is called",
  async (store) => {
    const named = (name: string, more = "") =>
      files({
        "p.yaml": marker(name, 1, more).replace(
          `{name: ${name}}`,
          `{name: ${name}, renamedFrom: [old${name === "new" ? ", kept" : ""}]}`,
        ),
        "policy.yaml": policy(`profiles: [{name: ${name}}]`),
      });
    await using house = await install({
      stores: store,
      devices: [tablet],
      files: files({ "p.yaml": marker("old"), "policy.yaml": policy("profiles: [{name: old}]") }),
    });
    const device = house.device("SIM-1");
    await house.enroll();
    await house.settle();

    house.commit(named("kept", "identifier: reeve.profile.old"));
    await house.settle();
    expect(effects(device, "RemoveProfile")).toEqual([]);

    const passing: string[][] = [];
    for (const [name, more] of [
      ["new", ""],
      ["new", "identifier: com.acme.fresh"],
    ] as const) {
      device.faults.add({ kind: "error", requestType: "InstallProfile" });
      house.commit(named(name, more));
      await house.settle();
      passing.push(ours(device));
      await house.pass(hour);
      passing.push(ours(device));
    }

    expect(passing).toEqual([
      ["reeve.profile.old"],
      ["reeve.profile.new"],
      ["reeve.profile.new"],
      ["com.acme.fresh"],
    ]);
    const steps = device.ledger.of("executed").map((one) => one.requestType);
    expect(steps.filter((type) => type.endsWith("Profile")).slice(-4)).toEqual([
      "InstallProfile",
      "RemoveProfile",
      "InstallProfile",
      "RemoveProfile",
    ]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

function effects(device: AppleDevice, requestType: string) {
  return device.ledger.of("executed").filter((one) => one.requestType === requestType);
}

function enrollmentId(device: AppleDevice): string {
  const found = Object.keys(device.snapshot().profiles).find(
    (id) => !id.startsWith("reeve.profile.") && !id.startsWith("com.example"),
  );
  return found ?? "";
}

function ours(device: AppleDevice): string[] {
  return Object.keys(device.snapshot().profiles).filter((id) => id !== enrollmentOf(device));
}

function enrollmentOf(device: AppleDevice): string {
  return device.ledger.of("enrolling")[0]?.profile ?? "";
}

const foreignProfile = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict>
<key>PayloadType</key><string>Configuration</string><key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>com.example.foreign</string>
<key>PayloadUUID</key><string>5B1C4E0F-0000-4000-8000-000000000001</string>
<key>PayloadDisplayName</key><string>Foreign</string>
<key>PayloadContent</key><array><dict>
<key>PayloadType</key><string>com.apple.webClip.managed</string><key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>com.example.foreign.clip</string>
<key>PayloadUUID</key><string>5B1C4E0F-0000-4000-8000-000000000002</string>
<key>Label</key><string>Foreign</string><key>URL</key><string>https://example.com</string>
</dict></array></dict></plist>`);
