import { expect, test } from "vitest";
import { viewDevices } from "../../loop/view-devices.ts";
import { viewStatus } from "../../loop/view-status.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import type { Moods } from "../../simulator/faults.ts";
import type { Member } from "../../simulator/fleet.ts";
import { install, storesOfSuite, testSettings } from "../installation.ts";
import {
  app,
  automatic,
  type Files,
  group,
  marker,
  operation,
  organizationWith,
  policy,
  profile,
} from "../manifests.ts";
import { type Scep, scepOf, scepPayload } from "../scep-payload.ts";

const count = process.env.REEVE_LONG === "1" ? 2_000 : 20;
const store = (await storesOfSuite()).at(-1);
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const appId = "com.acme.field";
const platforms = ["ios", "ipados", "tvos"] as const;
const moods: readonly Moods[] = [
  {},
  { "not-now": 0.3 },
  { "lose-reply": 0.15, duplicate: 0.1 },
  { error: 0.1, "lose-answer": 0.1 },
  { "format-error": 0.05, slow: 0.3 },
];
const members = Array.from({ length: count }, (_, index): Member => {
  const serial = `SIM-${String(index).padStart(4, "0")}`;
  const platform = platforms[index % 3] ?? "ios";
  const mood = moods[index % moods.length] ?? {};
  return { serial, name: serial, platform, ownApps: 0, installMs: [100, 400], moods: mood };
});
const lockable = members.filter(({ platform }) => platform !== "tvos").length;

test(`${count} devices in every mood converge, and nothing that is done once is done twice`, {
  timeout: 7_200_000,
}, async () => {
  if (store === undefined) throw new Error("there is no store");
  await using house = await install({
    stores: store,
    devices: members,
    files: revision({ a: 1, b: 1 }),
    // Identities that last a day are renewed in its second half, and so in the middle of this.
    parts: { certificateDays: 1, settings: { ...testSettings, driftCheckMs: day } },
    disruptive: count,
  });
  await house.enroll(house.fleet.devices, { connect: false });
  await house.settle();
  const scep = await scepOf(house, 10 * count);

  house.commit(revision({ a: 1, b: 2 }, { scep, locked: true }));
  for (const [index, device] of house.fleet.devices.entries())
    if (index % 3 === 1) device.goOffline(house.world.now() + 40 * minute);
  await house.pass(2 * minute, 20_000);
  const again = house.fleet.devices.filter((_, index) => index % 9 === 5);
  for (const device of again) {
    device.goOnline();
    device.erase();
  }
  await house.enroll(again, { bound: true, connect: false });
  await house.pass(hour, 2 * minute);
  house.commit(revision({ b: 3 }, { scep, locked: true }));
  await house.pass(20 * hour, hour);
  for (const device of house.fleet.devices) device.faults.calm();
  // Whoever failed again and again, with the renewal of its identity say, is asked again hours later.
  await house.pass(12 * hour, hour);
  await house.settle();

  expect(house.fleet.devices.map(held)).toEqual(members.map(() => ["b=3", "identity", appId]));
  expect(house.fleet.violations()).toEqual([]);
  const { devices } = await viewDevices(house.looking, { limit: count }, {});
  const others = devices.filter(({ condition }) => condition.type !== "Ready");
  expect(JSON.stringify(others.map(({ name, condition }) => ({ name, ...condition })))).toBe("[]");
  const { total } = await viewStatus(house.looking, { source: "memory", warnings: [] });
  expect(total).toMatchObject({ total: count, ready: count });
  expect(house.fleet.devices.filter((one) => renewals(one) === 0)).toEqual([]);
  for (const device of house.fleet.devices) {
    const epochs = device.ledger.of("enrolled").length;
    expect([device.serial, handed(device, "DeviceLock") <= 1]).toEqual([device.serial, true]);
    expect([device.serial, done(device, /^locked/) <= 1]).toEqual([device.serial, true]);
    expect([device.serial, done(device, /reeve\.profile\.identity$/) <= epochs]).toEqual([
      device.serial,
      true,
    ]);
  }
  const willing = house.fleet.devices.filter((one, index) => index % 5 === 0 && !again.includes(one));
  const phones = willing.filter(({ hardware }) => hardware.platform !== "tvos");
  expect(phones.map((one) => handed(one, "DeviceLock"))).toEqual(phones.map(() => 1));
});

function revision(
  values: Readonly<Record<string, number>>,
  more: { readonly scep?: Scep; readonly locked?: boolean } = {},
): Files {
  // One goes by InstallProfile to all; the other by declaration, as devices support it.
  const markers = Object.entries(values).map(([name, value]) =>
    name === "a" ? marker(name, value) : automatic(marker(name, value)),
  );
  const names = Object.keys(values).concat(more.scep === undefined ? [] : ["identity"]);
  const uses = names.map((name) => `{name: ${name}}`).join(", ");
  const lock = operation("lock", "groups: [handhelds]", "lock: {}", `  expectedDevices: ${lockable}`);
  return {
    "org.yaml": organizationWith(`membershipLoss: "100%", budgets: {removals: {devices: ${count}}}`),
    "groups.yaml": group("handhelds", "match: {platform: [ios, ipados]}").replace(
      "spec: {",
      "spec: {trustReported: true, ",
    ),
    "profiles.yaml": markers.join("---\n"),
    "app.yaml": app("field", appId),
    "policy.yaml": policy(`profiles: [${uses}]\napps: [{name: field}]`),
    ...(more.scep === undefined ? {} : { "identity.yaml": profile("identity", scepPayload(more.scep)) }),
    ...(more.locked === true ? { "lock.yaml": lock } : {}),
  };
}

function held(device: AppleDevice): readonly string[] {
  const { profiles, managedApps } = device.snapshot();
  const markers = ["a", "b"].flatMap((name) => {
    const one = profiles[`reeve.profile.${name}`];
    return one === undefined ? [] : [`${name}=${one.payloads[0]?.reeveTest}`];
  });
  const identity = "reeve.profile.identity" in profiles ? ["identity"] : [];
  return [...markers, ...identity, ...(managedApps[appId] === "Managed" ? [appId] : [])];
}

/** How many different commands of a type it was given; the same one again counts once. */
function handed(device: AppleDevice, requestType: string): number {
  const commands = device.ledger.of("command").filter((one) => one.requestType === requestType);
  return new Set(commands.map((one) => one.uuid)).size;
}

function done(device: AppleDevice, effect: RegExp): number {
  return device.ledger.of("executed").filter((one) => effect.test(one.effect)).length;
}

function renewals(device: AppleDevice): number {
  return device.ledger.of("identity").filter((one) => one.renewal).length;
}
