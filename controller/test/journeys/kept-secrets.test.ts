import { expect, test } from "vitest";
import { UserError } from "../../errors.ts";
import { approveHold } from "../../loop/control.ts";
import { viewDeviceDetail } from "../../loop/view-devices.ts";
import { viewHolds } from "../../loop/view-holds.ts";
import { takeSecret, viewSecrets } from "../../loop/view-secrets.ts";
import { listEvents } from "../../store/events.ts";
import { listActs } from "../../store/test-acts.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { device, type Files, group, operation, organization, policy } from "../manifests.ts";

const stores = await storesOfSuite();
const hour = 3_600_000;
const person = { name: "it-duty" };

const vault = `apiVersion: reeve/v1
kind: Profile
metadata: {name: vault}
spec: {settings: {fileVault: {postpone: 3}}}
`;
const collected = `apiVersion: reeve/v1
kind: InventorySchedule
metadata: {name: daily}
spec: {collect: [security, users, activationLock], every: 4h, spread: 15m}
`;
const files: Files = {
  "org.yaml": organization,
  "vault.yaml": vault,
  "daily.yaml": collected,
  "macs.yaml": group("macs", "match: {platform: macos}"),
  "vaults.yaml": policy("profiles: [{name: vault}]", "vaults", "groups: [macs]"),
  "policy.yaml": policy("inventory: [daily]"),
  "devices.yaml": ["MAC", "PAD", "OWN", "INTEL"]
    .map((serial) => device(serial.toLowerCase(), serial, "ownership: company"))
    .join("---\n"),
};

test.each(stores)(
  "on $name FileVault's key comes sealed, is rotated, and read for a reason",
  async (store) => {
    await using house = await settled(store);
    const mac = house.device("MAC");
    const first = mac.snapshot().secrets.fileVaultKey;
    expect(first).toMatch(/^[0-9A-F]{4}(-[0-9A-F]{4}){5}$/);
    expect(await values(house, "MAC", "recovery-key")).toEqual([first]);

    await act(house, "rotateFileVaultKey: {}");
    const second = mac.snapshot().secrets.fileVaultKey;
    expect(second).not.toBe(first);
    expect((await values(house, "MAC", "recovery-key"))[0]).toBe(second);
    // It is what the next rotation is unlocked with.
    await act(house, "rotateFileVaultKey: {}");
    expect(mac.snapshot().secrets.fileVaultKey).not.toBe(second);
    expect((await listActs(house.store, 9)).map((one) => one.statuses)).toEqual([
      { executed: 1 },
      { executed: 1 },
    ]);

    const read = await listEvents(house.store, { types: ["secret.read"], limit: 9 });
    expect(read[0]).toMatchObject({ subject: "recovery-key", by: "it-duty", message: "case 4711" });
    const stored = JSON.stringify([
      await viewDeviceDetail(house.looking, "MAC"),
      ...(await house.store.query(
        "select * from reeve.kept union all select null, null, null, null, null, null",
      )),
      ...(await house.store.query("select * from reeve.command")),
    ]);
    for (const key of [first, second]) expect(stored).not.toContain(key);
    expect(stored).not.toContain("FDE_PersonalRecoveryKeyCMS");
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name bypass codes of supervised devices are kept before they are needed",
  async (store) => {
    await using house = await settled(store);
    const code = house.device("PAD").snapshot().secrets.bypassCode;
    expect(code).toBeDefined();
    expect(await values(house, "PAD", "bypass-code")).toEqual([code]);
    const asked = house
      .device("OWN")
      .ledger.of("command")
      .map((one) => one.requestType);
    expect(asked).not.toContain("ActivationLockBypassCode");
    expect(await refused(house, "OWN", "bypass-code")).toBe("no-secret");

    // A device that has none any more is no fault; what was kept stays.
    await act(house, "clearBypassCode: {}", "pad");
    await house.pass(8 * hour, hour);
    expect(await values(house, "PAD", "bypass-code")).toEqual([code]);
    const shown = await viewDeviceDetail(house.looking, "PAD");
    expect(shown.sections.find((one) => one.section === "activationLock")?.detail).toMatchObject({
      bypassCode: false,
    });
    expect(shown.condition.type).toBe("Ready");
  },
);

test.each(stores)("on $name accounts are listed, and deleted only with an approval", async (store) => {
  await using house = await settled(store);
  const users = (await viewDeviceDetail(house.looking, "MAC")).sections.find(
    (one) => one.section === "users",
  );
  expect(users?.detail).toMatchObject([{ UserName: "ann", IsLoggedIn: true }, { UserName: "old" }]);

  await act(house, "deleteUser: {user: old}", "mac", "  expectedDevices: 1");
  expect(house.device("MAC").snapshot().users).toHaveLength(2);
  await approveAll(house);
  expect(
    house
      .device("MAC")
      .snapshot()
      .users.map((one) => one.name),
  ).toEqual(["ann"]);
  // The Mac stays managed: the act ended an account, and no enrollment.
  expect((await viewDeviceDetail(house.looking, "MAC")).enrollment).toBe("enrolled");
});

test.each(stores)(
  "on $name a firmware password waits for somebody, and is known the next time",
  async (store) => {
    await using house = await settled(store);
    const intel = house.device("INTEL");
    await act(house, "setFirmwarePassword: {}", "intel");
    expect(intel.snapshot().secrets.firmwarePassword).toBeUndefined();
    await approveAll(house);
    const first = intel.snapshot().secrets.firmwarePassword;
    expect(await values(house, "INTEL", "firmware-password")).toEqual([first]);

    await act(house, "setFirmwarePassword: {}", "intel");
    await approveAll(house);
    expect(intel.snapshot().secrets.firmwarePassword).not.toBe(first);
    await act(house, "verifyFirmwarePassword: {}", "intel");
    await act(house, 'verifyFirmwarePassword: {password: "another"}', "intel");
    expect((await listActs(house.store, 9)).map((one) => one.statuses)).toEqual([
      { failed: 1 },
      { executed: 1 },
      { executed: 1 },
      { executed: 1 },
    ]);
    const all = (await viewSecrets(house.looking, "INTEL")).secrets;
    const secrets = all.filter((one) => one.status !== "reported");
    expect(secrets.map(({ kind, status, present }) => [kind, status, present])).toEqual([
      ["firmware-password", "executed", true],
      ["firmware-password", "executed", true],
    ]);
  },
);

async function settled(store: (typeof stores)[number]): Promise<Installation> {
  const house = await install({
    stores: store,
    files,
    devices: [
      { serial: "MAC", platform: "macos", users: [{ name: "ann", loggedIn: true }, { name: "old" }] },
      { serial: "PAD", platform: "ipados" },
      { serial: "OWN", platform: "ios", supervised: false },
      { serial: "INTEL", platform: "macos", intel: true },
    ],
  });
  await house.enroll();
  await house.pass(30 * 60_000, 5 * 60_000);
  return house;
}

let round = 0;

async function act(house: Installation, what: string, target = "mac", more = ""): Promise<void> {
  const name = `act-${++round}`;
  house.commit({ ...files, [`${name}.yaml`]: operation(name, `devices: [${target}]`, what, more) });
  await house.settle();
}

async function approveAll(house: Installation): Promise<void> {
  for (const hold of await viewHolds(house.looking))
    await approveHold(house.looking, hold.digest, person, undefined);
  await house.settle();
}

type Kind = Parameters<typeof takeSecret>[2];

async function values(house: Installation, name: string, kind: Kind): Promise<readonly string[]> {
  return (await takeSecret(house.looking, name, kind, "case 4711", person)).values.map((one) => one.value);
}

async function refused(house: Installation, name: string, kind: Kind): Promise<string> {
  const error = await values(house, name, kind).catch((thrown: unknown) => thrown);
  return error instanceof UserError ? error.code : "given";
}
