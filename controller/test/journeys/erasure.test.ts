import { expect, test } from "vitest";
import { approveHold, resume, suspend } from "../../loop/control.ts";
import { enrollmentProfile } from "../../loop/enroll.ts";
import { readmit } from "../../loop/readmit.ts";
import { deviceNamed, viewDevices } from "../../loop/view-devices.ts";
import { viewHolds } from "../../loop/view-holds.ts";
import { viewStatus } from "../../loop/view-status.ts";
import type { AndroidDevice } from "../../simulator/amapi/device/android-device.ts";
import { listEvents } from "../../store/events.ts";
import { prune } from "../../store/retention.ts";
import { type AndroidHouse, androidHouse } from "../android-house.ts";
import { everythingKept } from "../everything-kept.ts";
import { storesOfSuite } from "../installation.ts";
import { baseline, device, type Files, operation, policy } from "../manifests.ts";
import { personal } from "./android/test-acts.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Everything by which somebody could be known again. */
const canaries = {
  serial: "CANARYSERIAL1",
  udid: "CANARY-UDID-1",
  alias: "CanaryAlias",
  owner: "canary.owner@acme.example",
  tag: "canary-tag",
  name: "Canary's iPhone",
  imei: "350000000000017",
  phone: "+4930123456",
};

const files: Files = {
  ...baseline,
  "one.yaml": device(
    "one",
    canaries.serial,
    `alias: ${canaries.alias}, owner: ${canaries.owner}, ownership: personal, tags: {note: ${canaries.tag}}`,
  ),
  "two.yaml": device("two", "STAYS-1", "owner: someone.else@acme.example, ownership: company"),
  "inventory.yaml":
    "apiVersion: reeve/v1\nkind: InventorySchedule\nmetadata: {name: all}\nspec: {collect: [device, security, applications], every: 1d}\n",
  "collect.yaml": policy("inventory: [all]", "collect"),
};
const ends = (target: string, name: string) => `apiVersion: reeve/v1
kind: Deprovision
metadata: {name: ${name}}
spec:
  target: {devices: ["${target}"]}
  state: retired
  reason: Broken
  expectedDevices: 1
  expiresAt: 2030-01-01T00:00:00Z
`;

test.each(stores)(
  "on $name nothing personal of a retired device is left after 90 days, in any table, and it is refused all the same",
  async (stores) => {
    const { serial, udid } = canaries;
    await using house = await androidHouse({
      stores,
      files,
      devices: [
        { serial, udid, name: "ONE", platform: "ios" },
        { serial: "STAYS-1", name: "TWO", platform: "ios" },
      ],
      ceiling: { devices: 50, percent: 1_000, windowMs: 20 * minute },
    });
    await house.enroll();
    const [phone] = await house.arrive([{ serial: "CANARYSERIAL2" }], personal);
    await house.settle();
    if (phone === undefined) throw new Error("nobody came");
    const joined = phone.ledger.of("enrolled")[0]?.name ?? "";
    const android = await deviceNamed(house.store, joined);
    const apple = await deviceNamed(house.store, serial);
    const google = joined.slice(joined.lastIndexOf("/") + 1);
    const words = [...Object.values(canaries), "CANARYSERIAL2", google].map((word) => word.toLowerCase());

    // What leaves traces elsewhere: a refused stranger, a person's word, a name that an act sets, a message.
    await suspend(house.looking, "device", canaries.alias, "in court", { name: "it-duty" });
    await resume(house.looking, "device", canaries.alias, { name: "it-duty" });
    const naming = operation(
      "naming",
      `devices: [${canaries.alias}]`,
      `settings: {deviceName: "${canaries.name}"}`,
    );
    const locking = operation(
      "locking",
      `devices: [${serial}]`,
      `lock: {message: Call, phoneNumber: "${canaries.phone}"}`,
    );
    const acts = { "name.yaml": naming, "lock.yaml": locking };
    house.commit({ ...files, ...acts });
    await house.settle();
    await stranger(house, serial);
    await house.settle();
    const before = await everythingKept(house.store);
    const found = words.filter((word) => before.includes(word));
    expect(found).toEqual(
      expect.arrayContaining(
        [
          serial,
          udid,
          canaries.alias,
          canaries.owner,
          canaries.tag,
          canaries.phone,
          "CANARYSERIAL2",
          google,
        ].map((word) => word.toLowerCase()),
      ),
    );

    house.commit({
      ...files,
      ...acts,
      "end.yaml": ends(canaries.alias, "end"),
      "end2.yaml": ends(android.id, "end2"),
    });
    await house.settle();
    for (const { digest } of await viewHolds(house.looking))
      await approveHold(house.looking, digest, { name: "it-duty" }, undefined);
    await house.pass(6 * minute, 2 * minute);
    const retired = async () =>
      (await viewDevices(house.looking, { limit: 9, state: "retired" }, {})).devices;
    expect((await retired()).map(({ id }) => id).sort()).toEqual([android.id, apple.id].sort());
    house.device("TWO").goOffline();
    // The register is in the repository, and is not reeve's to erase.
    const { "one.yaml": _, ...others } = files;
    house.commit(others);
    await house.settle();

    await house.world.advance(89 * day);
    await house.pass(2 * minute);
    expect(await everythingKept(house.store)).toContain(serial.toLowerCase());
    // One that could not be erased is warned of until it is.
    const warned = async () =>
      (await viewStatus(house.looking, { source: "", warnings: [] })).warnings.filter((one) =>
        one.message.startsWith("the personal records"),
      );
    await house.store.query("update reeve.lifecycle set erase_failed_at = 1 where device = $1", [apple.id]);
    expect(await warned()).toEqual([
      {
        message: "the personal records of 1 retired device could not be erased when they were due",
        hint: "reeve events --type lifecycle.erasure-failed; the daemon's log says why",
      },
    ]);
    await house.world.advance(day);
    await house.pass(3 * minute);
    // As the daemon does once an hour: shared records that nothing points to any more.
    await prune(house.store);
    const after = await everythingKept(house.store);
    expect(words.filter((word) => after.includes(word))).toEqual([]);
    expect(await warned()).toEqual([]);
    // The other device has all of it.
    expect(after).toContain("someone.else@acme.example");

    expect(await retired()).toMatchObject(
      [android.id, apple.id]
        .sort()
        .map((id) => ({ id, name: id, lifecycle: { state: "retired", mayEnroll: false } })),
    );
    const told = await listEvents(house.store, { device: apple.id, limit: 100 });
    expect(told.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["device.enrolled", "lifecycle.retired", "lifecycle.erased"]),
    );
    const suspended = await listEvents(house.store, { types: ["suspended"], limit: 1 });
    expect(suspended[0]?.message).toBe("device (erased): in court");

    // It is known again by words that only the holder of the key can make.
    expect(await comeBack(house, "ONE")).toContain("403");
    await house.arrive([], { ...personal, again: [phone] satisfies AndroidDevice[] });
    expect((await retired()).map(({ lifecycle }) => lifecycle?.refusedAt !== undefined)).toEqual([
      true,
      true,
    ]);
    await readmit(house.looking, apple.id, "bought back", { name: "it-lead" });
    expect(await comeBack(house, "ONE")).toBeUndefined();
  },
);

/** Somebody with an invitation for another device says this serial number. */
async function stranger(house: AndroidHouse, serial: string): Promise<void> {
  const invitation = { uses: 1, expiresAt: house.world.now() + hour, by: "test", serial };
  const profile = await enrollmentProfile(house.controller.enroll, invitation, true);
  await house.device("TWO").enroll(profile, { connect: false });
}

async function comeBack(house: AndroidHouse, name: string): Promise<string | undefined> {
  const invitation = { uses: 1, expiresAt: house.world.now() + hour, by: "test" };
  const profile = await enrollmentProfile(house.controller.enroll, invitation, true);
  const result = await house.device(name).enroll(profile, { connect: true });
  return result.ok ? undefined : result.reason;
}
