import { expect, test } from "vitest";
import { legacyIdentifier } from "../../core/declared-identifier.ts";
import { resume } from "../../loop/control.ts";
import { enrollmentProfile } from "../../loop/enroll.ts";
import { treeOf } from "../../loop/packed-tree.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { viewPlan } from "../../loop/view-plan.ts";
import { viewStatus } from "../../loop/view-status.ts";
import type { Member } from "../../simulator/fleet.ts";
import { pglite } from "../../store/test-stores.ts";
import { type Installation, install, storesOfSuite, testSettings } from "../installation.ts";
import { automatic, type Files, marker, policy } from "../manifests.ts";
import { iphone, passcode, policySet, wrapped } from "./declared-files.ts";

const stores = await storesOfSuite();
const store = stores.at(-1) ?? pglite;
const minute = 60_000;
const hour = 60 * minute;
const id = "reeve.profile.wrapped";
const legacy = legacyIdentifier(id);
const native = "reeve.profile.code:passcode";

const set = (value = 1): Files => policySet(["wrapped", wrapped(value, "auto")], ["code", passcode(6)]);

async function open(
  device: Member = iphone,
  files: Files = set(),
  stores = store,
  lies = false,
): Promise<Installation> {
  const house = await install({ stores, files, devices: [device], lies });
  await house.enroll();
  await house.settle();
  return house;
}

const byProfile = passcode(6).replace("spec:\n", "spec:\n  apple: {delivery: profile}\n");

const sent = (house: Installation) =>
  house
    .device("SIM-1")
    .ledger.of("command")
    .map((one) => one.requestType);

async function expectReady(house: Installation): Promise<void> {
  const { items, device } = await viewExplanation(house.looking, "SIM-1", undefined);
  expect(items.map((one) => [one.key, one.state])).toEqual(items.map((one) => [one.key, "verified"]));
  expect(items.map(({ commit }) => commit)).not.toContain(undefined);
  expect(device.condition).toMatchObject({ type: "Ready" });
  const status = await viewStatus(house.looking, { source: "memory", warnings: [] });
  expect(status.total).toMatchObject({ total: 1, ready: 1 });
  expect((await viewPlan(house.looking, undefined, testSettings)).entries).toEqual([]);
  expect(house.fleet.violations()).toEqual([]);
}

/** What is there of both profiles, in whatever form. */
function there(house: Installation) {
  const { profiles, declarations } = house.device("SIM-1").snapshot();
  return {
    wrapped: Number(profiles[id]?.payloads[0]?.reeveTest ?? 0),
    code: Number(
      profiles["reeve.profile.code"]?.payloads[0]?.minLength ??
        declarations[native]?.payload.MinimumLength ??
        0,
    ),
  };
}

test.each(stores)("on $name a profile goes by declaration where the device supports that", async (store) => {
  await using house = await open(iphone, set(), store);
  const device = house.device("SIM-1");
  expect(there(house)).toEqual({ wrapped: 1, code: 6 });
  expect(Object.keys(device.snapshot().declarations)).toEqual(expect.arrayContaining([legacy, native]));
  await expectReady(house);

  house.commit(set(2));
  await house.settle();
  expect(there(house)).toEqual({ wrapped: 2, code: 6 });
  await expectReady(house);

  house.commit(policySet(["code", passcode(8)]));
  const planned = await viewPlan(house.looking, undefined, testSettings);
  expect(planned.entries).toEqual([]);
  await house.settle();
  expect(there(house)).toEqual({ wrapped: 0, code: 8 });
  await expectReady(house);
  expect(sent(house)).not.toContain("InstallProfile");
  expect(sent(house)).not.toContain("RemoveProfile");
});

test("a device that is updated into support keeps all it has, without a gap", async () => {
  // Reeve asks it for what only later systems know, and it leaves that out.
  await using house = await open({ ...iphone, osVersion: "15.7" }, set(), store, true);
  const device = house.device("SIM-1");
  expect(sent(house)).toContain("InstallProfile");
  expect(sent(house)).not.toContain("DeclarativeManagement");
  await expectReady(house);

  device.updateOs("17.4");
  for (let at = 0; at < 3 * hour; at += 10 * minute) {
    await house.pass(10 * minute, 2 * minute);
    expect(there(house)).toEqual({ wrapped: 1, code: 6 });
  }
  const { declarations, profiles } = device.snapshot();
  expect(declarations[legacy]).toMatchObject({ active: true, valid: "valid" });
  expect(declarations[native]).toMatchObject({ active: true, valid: "valid" });
  expect(Object.keys(profiles)).not.toContain("reeve.profile.code");
  expect(device.ledger.of("declared-profile")).toEqual([]);
  // The passcode's declaration was verified before its profile went.
  const removed = device.ledger.of("executed").filter((one) => one.requestType === "RemoveProfile");
  expect(removed.map((one) => one.effect)).toEqual([expect.stringContaining("reeve.profile.code")]);
  expect(removed[0]?.seq).toBeGreaterThan(device.ledger.of("status-told")[0]?.seq ?? 0);
  await expectReady(house);
});

test.each([
  ["says that it does not support the type", { lacks: ["com.apple.configuration.legacy"] }],
  ["says so of the passcode alone", { lacks: ["com.apple.configuration.passcode.settings"] }],
] as const)("a device that %s gets the profile by command, and is ready", async (_name, { lacks }) => {
  await using house = await open({ ...iphone, lacks });
  await house.pass(10 * minute, minute);
  expect(there(house)).toEqual({ wrapped: 1, code: 6 });
  expect(sent(house).filter((one) => one === "InstallProfile")).toHaveLength(1);
  await expectReady(house);

  await house.pass(50 * hour, 2 * hour);
  house.commit(set(2));
  await house.settle();
  expect(there(house)).toEqual({ wrapped: 2, code: 6 });
  await expectReady(house);
  expect(sent(house)).not.toContain("RemoveProfile");
});

test("a device that refuses declarations gets profiles, and moves when it takes them after all", async () => {
  await using house = await install({ stores: store, files: set(), devices: [iphone] });
  const device = house.device("SIM-1");
  device.faults.add({ kind: "error", requestType: "DeclarativeManagement", times: 1_000 });
  await house.enroll();
  await house.pass(20 * minute, minute);
  expect(there(house)).toEqual({ wrapped: 1, code: 6 });
  await expectReady(house);
  const asked = () => sent(house).filter((one) => one === "DeclarativeManagement").length;
  expect(asked()).toBe(3);
  house.commit(set(2));
  await house.pass(20 * hour, hour);
  expect([there(house), asked()]).toEqual([{ wrapped: 2, code: 6 }, 3]);
  await house.pass(48 * hour, hour);
  expect(asked()).toBe(5);

  device.faults.clear();
  for (let at = 0; at < 26; at++) {
    await house.pass(hour, 20 * minute);
    expect(there(house)).toEqual({ wrapped: 2, code: 6 });
  }
  expect(device.snapshot().declarations[legacy]).toMatchObject({ active: true });
  await expectReady(house);
});

test("a device that hears of its declarations and never comes gets profiles", async () => {
  await using house = await install({ stores: store, files: set(), devices: [iphone] });
  const device = house.device("SIM-1");
  for (const endpoint of ["tokens", "declaration-items"])
    device.faults.add({
      kind: "lose-answer",
      requestType: `DeclarativeManagement/${endpoint}`,
      times: 10_000,
    });
  await house.enroll();
  await house.pass(6 * hour, 10 * minute);
  expect(there(house).wrapped).toBe(1);
});

test("in Setup Assistant profiles come by command, and go under declarations afterwards", async () => {
  const pad = { serial: "SIM-1", platform: "ipados", name: "PAD-1" } as const;
  await using house = await install({ stores: store, files: set(), devices: [pad] });
  await house.settle();
  const device = house.device("SIM-1");
  const invitation = { uses: 1, expiresAt: house.world.now() + hour, by: "test" };
  const profile = await enrollmentProfile(house.controller.enroll, invitation, true);
  expect(await device.enroll(profile, { awaiting: true })).toEqual({ ok: true });
  await house.settle();
  const all = sent(house);
  expect(
    all.slice(0, all.indexOf("DeviceConfigured")).filter((one) => one === "InstallProfile"),
  ).toHaveLength(2);
  await house.pass(10 * minute, minute);
  expect(there(house)).toEqual({ wrapped: 1, code: 6 });
  expect(device.ledger.of("declared-profile")).toEqual([]);
  expect(device.snapshot().declarations[legacy]).toMatchObject({ active: true });
  await expectReady(house);
});

test("a plan says what is away for a while because it goes by command again", async () => {
  await using house = await open(iphone, policySet(["wrapped", wrapped(1, "auto")]));
  const after = policySet(["wrapped", wrapped(1, "profile")]);
  const files = Object.entries(after).map(
    ([path, text]) => [path, Buffer.from(text).toString("base64")] as const,
  );
  const plan = await viewPlan(house.looking, treeOf(Object.fromEntries(files), "planned"), testSettings);
  const reason = "goes by InstallProfile again, and is not there in between";
  expect(plan.entries).toMatchObject([{ action: "update", key: "Profile/wrapped", reason }]);

  house.commit(after);
  await house.pass(20 * minute, minute);
  expect(there(house).wrapped).toBe(1);
  expect(house.device("SIM-1").snapshot().declarations[legacy]).toBeUndefined();
  await expectReady(house);
});

test("what must not go by declaration goes by command", async () => {
  const named = {
    ends: "removeAfter: 30d",
    loose: "removable: always",
    drifts: "",
    certificate: "",
  };
  const text = (name: string, more: string) =>
    name === "certificate"
      ? marker(name, 1).replace(/\{type.*/, '{type: com.apple.wifi.managed, content: {SSID_STR: "Acme"}}')
      : marker(name, 1, more);
  const profiles = Object.entries(named).map(([name, more]) => automatic(text(name, more)));
  await using house = await open(iphone, {
    ...policySet(),
    "profiles.yaml": profiles.join("---\n"),
    "policy.yaml": policy(
      "profiles: [{name: ends}, {name: loose}, {name: certificate}, {name: drifts, drift: report}]",
    ),
  });
  expect(sent(house).filter((one) => one === "InstallProfile")).toHaveLength(4);
  expect(sent(house)).not.toContain("DeclarativeManagement");
});

test("an upgrade that begins to prefer declarations waits for a person, and then moves in place", async () => {
  await using house = await install({
    stores: store,
    files: set(),
    devices: [iphone],
    parts: { observeFirst: true },
  });
  const device = house.device("SIM-1");
  await house.settle();
  await resume(house.looking, "observe", undefined, { name: "it-duty" });
  house.commit(policySet(["wrapped", wrapped(1, "profile")], ["code", byProfile]));
  await house.enroll();
  await house.settle();
  expect(sent(house).filter((one) => one === "InstallProfile")).toHaveLength(2);

  // What the version before left behind.
  await house.store.query("delete from reeve.control where name = 'delivery'");
  house.commit(set());
  await house.pass(3 * hour, 10 * minute);
  expect(sent(house)).not.toContain("DeclarativeManagement");
  const status = await viewStatus(house.looking, { source: "memory", warnings: [] });
  expect(status.latches.map((one) => [one.name, one.reason])).toEqual([
    ["observe", expect.stringContaining("by declaration where devices support it")],
  ]);
  const { entries } = await viewPlan(house.looking, undefined, testSettings);
  const words = { action: "update", reason: "goes by declaration, in place" };
  expect(entries).toMatchObject([words, words]);

  await resume(house.looking, "observe", undefined, { name: "it-duty" });
  for (let at = 0; at < 5; at++) {
    await house.pass(minute, 10_000);
    expect(there(house)).toEqual({ wrapped: 1, code: 6 });
  }
  expect(device.snapshot().declarations[legacy]).toMatchObject({ active: true });
  expect(device.ledger.of("declared-profile")).toEqual([]);
  await expectReady(house);
});
