import { expect, test } from "vitest";
import { approveHold } from "../../loop/control.ts";
import { renewedProfile } from "../../loop/enroll.ts";
import { viewDevices } from "../../loop/view-devices.ts";
import { viewHolds } from "../../loop/view-holds.ts";
import { viewStatus } from "../../loop/view-status.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import { writePlist } from "../../simulator/plist.ts";
import { listCommands } from "../../store/commands.ts";
import { listEvents } from "../../store/events.ts";
import { readSecret } from "../../store/secrets.ts";
import { authenticate, challengeIn, identityFor, scep, tokenUpdate } from "../hand-made.ts";
import { type Installation, install, storesOfSuite, testSettings } from "../installation.ts";
import { baseline, deprovision, device, operation, organizationWith } from "../manifests.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const tablet = { serial: "SIM-1", platform: "ipados", name: "IPAD-1" } as const;
/** Identities that last a day are renewed in its second half. */
const brief = { certificateDays: 1, settings: { ...testSettings, driftCheckMs: day } };

test.each(stores)(
  "on $name a device renews its identity before it ends, and nothing else changes",
  async (store) => {
    const full = { ...baseline, "org.yaml": organizationWith("deviceLimit: 1") };
    await using house = await install({ stores: store, files: full, devices: [tablet], parts: brief });
    const phone = house.device("SIM-1");
    await house.enroll();
    await house.settle();
    const first = certificateOf(phone);
    const before = itemsOn(phone);

    await house.pass(2 * day, hour);
    expect(await view(house)).toMatchObject({ epoch: 1, condition: { type: "Ready" } });
    expect(certificateOf(phone).equals(first)).toBe(false);
    expect(itemsOn(phone)).toEqual(before);
    const renewed = phone.ledger.of("identity").filter((one) => one.renewal).length;
    expect(renewed).toBeGreaterThanOrEqual(3);
    expect(await renewalsIn(house)).toHaveLength(renewed);
    expect(await eventsOf(house, "identity.renewed")).toHaveLength(renewed);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name a renewal that is put off, refused or unheard is looked into and tried again",
  async (store) => {
    await using house = await install({ stores: store, files: baseline, devices: [tablet], parts: brief });
    const phone = house.device("SIM-1");
    await house.enroll();
    await house.settle();
    const first = certificateOf(phone);
    // The first NotNow does not arrive.
    phone.faults.add({ kind: "lose-reply", next: "idle", requestType: "InstallProfile" });
    phone.faults.add({ kind: "not-now", requestType: "InstallProfile", times: 2 });
    phone.faults.add({ kind: "error", requestType: "InstallProfile" });
    await house.pass(0.8 * day, 20 * minute);
    expect(certificateOf(phone).equals(first)).toBe(false);
    expect(await statusesOfRenewals(house)).toEqual(["unknown", "failed", "executed"]);
    const asked = phone.ledger.of("command").map((one) => one.requestType);
    expect(asked.indexOf("CertificateList")).toBeGreaterThan(asked.lastIndexOf("InstallApplication"));

    // That it was carried out is known from the identity that the device speaks with.
    const second = certificateOf(phone);
    phone.faults.add({ kind: "lose-reply", next: "idle", requestType: "InstallProfile" });
    await house.pass(0.7 * day, 20 * minute);
    expect(certificateOf(phone).equals(second)).toBe(false);
    expect((await renewalsIn(house))[0]).toMatchObject({
      status: "executed",
      note: "it speaks with its new identity",
    });
    expect(await statusesOfRenewals(house)).toHaveLength(4);
    expect(await eventsOf(house, "identity.renewed")).toHaveLength(2);

    // However often it fails, it is tried again before the identity ends: sooner and sooner.
    const third = certificateOf(phone);
    phone.faults.add({ kind: "error", requestType: "InstallProfile", times: 6 });
    await house.pass(day, 20 * minute);
    expect(certificateOf(phone).equals(third)).toBe(false);
    expect(await view(house)).toMatchObject({ epoch: 1, condition: { type: "Ready" } });
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name a renewal is good for the identity that it renews, and for nothing else",
  async (store) => {
    await using house = await install({ stores: store, files: baseline, devices: [tablet] });
    const who = await identityFor(house);
    expect(await authenticate(house, who, "UDID-A")).toBe(200);
    expect(await tokenUpdate(house, who, "UDID-A")).toBe(200);
    const stale = await renewalChallenge(house, "UDID-A");
    const renewed = await scep(house, { challenge: await renewalChallenge(house, "UDID-A") });
    if (!renewed.ok) throw new Error(renewed.reason);
    const fresh = renewed.identity;

    const other = await identityFor(house);
    expect(await authenticate(house, other, "UDID-B")).toBe(200);
    expect(await tokenUpdate(house, other, "UDID-B")).toBe(200);
    expect(await authenticate(house, fresh, "UDID-B")).toBe(403);
    expect(await authenticate(house, fresh, "UDID-C")).toBe(403);
    expect(await tokenUpdate(house, fresh, "UDID-B")).toBe(403);

    // The old one is good until the new one speaks, and so is another renewal of it.
    expect(await tokenUpdate(house, who, "UDID-A")).toBe(200);
    expect(await tokenUpdate(house, fresh, "UDID-A")).toBe(200);
    expect(await tokenUpdate(house, who, "UDID-A")).toBe(403);
    expect(await scep(house, { challenge: stale })).toMatchObject({ ok: false });

    // A renewal that is under way means nothing to the enrollment that follows.
    const late = await renewalChallenge(house, "UDID-A");
    const issued = await scep(house, { challenge: await renewalChallenge(house, "UDID-A") });
    if (!issued.ok) throw new Error(issued.reason);
    const again = await identityFor(house, { serial: "S-UDID-A" });
    expect(await authenticate(house, again, "UDID-A")).toBe(200);
    expect(await tokenUpdate(house, again, "UDID-A")).toBe(200);
    expect(await scep(house, { challenge: late })).toMatchObject({ ok: false });
    expect(await tokenUpdate(house, issued.identity, "UDID-A")).toBe(403);
    expect(await authenticate(house, issued.identity, "UDID-A")).toBe(403);
    expect(await tokenUpdate(house, again, "UDID-A")).toBe(200);
  },
);

test.each(stores)(
  "on $name a renewal in the middle of an act clears nothing and sends nothing twice",
  async (store) => {
    const gone = { ...baseline, "device.yaml": device("ipad-1", "SIM-1", "ownership: company") };
    await using house = await install({ stores: store, files: gone, devices: [tablet], parts: brief });
    const phone = house.device("SIM-1");
    await house.enroll();
    await house.settle();
    await house.pass(10 * hour, hour);
    phone.faults.add({ kind: "lose-reply", next: "idle", requestType: "RestartDevice" });
    house.commit({ ...gone, "reboot.yaml": operation("reboot", "devices: [ipad-1]", "reboot: {}") });
    await house.pass(8 * hour, 20 * minute);
    expect(phone.ledger.of("identity").filter((one) => one.renewal)).toHaveLength(1);
    const restarts = phone.ledger.of("command").filter((one) => one.requestType === "RestartDevice");
    expect(restarts).toHaveLength(1);
    const ledger = await listCommands(house.store, { limit: 100 });
    expect(ledger.filter((one) => one.requestType === "RestartDevice")).toMatchObject([
      { status: "unknown" },
    ]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores.slice(-1))(
  "on $name a renewal keeps tokens, and what waits for an approval, as they were",
  async (store) => {
    const owned = device("ipad-1", "SIM-1", "ownership: company");
    const quiet = { ...baseline, "device.yaml": owned };
    await using house = await install({ stores: store, files: quiet, devices: [tablet] });
    const phone = house.device("SIM-1");
    await house.enroll();
    const { udid } = phone;
    const bootstrap = { MessageType: "SetBootstrapToken", UDID: udid, BootstrapToken: Buffer.from("token") };
    await phone.sendRaw({ channel: "check-in", body: writePlist(bootstrap) });
    house.commit({ ...quiet, "gone.yaml": deprovision("gone", "devices: [ipad-1]") });
    await house.settle();
    const tokens = () =>
      Promise.all(
        (["bootstrap-token", "unlock-token"] as const).map((name) => readSecret(house.store, udid, name)),
      );
    const before = await tokens();
    expect(before).toEqual([Buffer.from("token"), expect.any(Buffer)]);

    const [held] = await viewHolds(house.looking);
    expect(await phone.renew()).toEqual({ ok: true });
    await phone.connect();
    expect(await viewHolds(house.looking)).toEqual([held]);
    expect(await tokens()).toEqual(before);

    await approveHold(house.looking, held?.digest ?? "", { name: "it-duty" }, undefined);
    expect(await phone.renew()).toEqual({ ok: true });
    expect(await tokens()).toEqual(before);
    await house.settle();
    expect(phone.ledger.of("erased")).toHaveLength(1);
    expect(phone.ledger.of("command").filter((one) => one.requestType === "EraseDevice")).toHaveLength(1);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name a device that cannot renew its identity is told of before it is lost",
  async (store) => {
    await using house = await install({ stores: store, files: baseline, devices: [tablet], parts: brief });
    const phone = house.device("SIM-1");
    await house.enroll();
    await house.settle();
    phone.faults.add({ kind: "error", requestType: "InstallProfile", times: 100 });
    await house.pass(21 * hour, hour);
    expect(await view(house)).toMatchObject({ condition: { type: "Stalled", reason: "NotRenewed" } });
    const { warnings } = await viewStatus(house.looking, { source: "memory", warnings: [] });
    expect(warnings).toMatchObject([{ message: "1 device must renew its identity soon or be lost" }]);

    await house.pass(5 * hour, hour);
    expect(await view(house)).toMatchObject({ epoch: 1, enrollment: "enrolled" });
    const told = await viewStatus(house.looking, { source: "memory", warnings: [] });
    expect(told.warnings).toMatchObject([
      { message: "1 device has an identity that has ended: it is refused" },
    ]);
  },
);

/** The challenge that a renewal of a device's identity brings. */
async function renewalChallenge(house: Installation, channel: string): Promise<string> {
  const row = await house.store.channels.read(channel);
  if (row === undefined) throw new Error(`no channel ${channel}`);
  const profile = await renewedProfile(house.controller.enroll, row);
  return challengeIn(house, profile ?? Buffer.alloc(0));
}

async function statusesOfRenewals(house: Installation): Promise<readonly string[]> {
  return (await renewalsIn(house)).map((one) => one.status).reverse();
}

async function view(house: Installation) {
  const { devices } = await viewDevices(house.looking, { limit: 10 }, { enrollment: "all" });
  return devices[0];
}

function certificateOf(phone: AppleDevice): Buffer {
  return phone.secrets()?.certificate ?? Buffer.alloc(0);
}

/** What is on the device besides its management. */
function itemsOn(phone: AppleDevice) {
  const { profiles, managedApps } = phone.snapshot();
  const { "reeve.enrollment": _management, ...items } = profiles;
  return { items, managedApps };
}

async function renewalsIn(house: Installation) {
  const all = await listCommands(house.store, { limit: 1_000 });
  return all.filter((one) => one.subject === "enrollment/renew");
}

async function eventsOf(house: Installation, type: string) {
  return (await listEvents(house.store, { limit: 1_000 })).filter((one) => one.type === type);
}
