import { expect, test } from "vitest";
import { type AndroidHouse, type HowArrived, workProfile } from "../../android-house.ts";
import { device as deviceManifest, type Files } from "../../manifests.ts";
import {
  acting,
  approve,
  effects,
  issued,
  minute,
  one,
  outcomes,
  personal,
  quiet,
  told,
  withDevice,
} from "./test-acts.ts";

const whole: HowArrived = {};
const ending = {
  erase: "wipe: {}",
  leave: "unenroll: {}",
  hand: "relinquishOwnership: {}",
};

/** A manifest for the only device; a personal one tells another serial number than the one on its back. */
async function its(house: AndroidHouse, spec: string): Promise<Files> {
  const [known] = (await house.list()).devices;
  return { "its.yaml": deviceManifest("its", known?.serial ?? "", spec) };
}

async function nothingHappened(house: AndroidHouse, device: Parameters<typeof effects>[0]): Promise<void> {
  expect([issued(house), effects(device)]).toEqual([0, []]);
  expect((await house.list()).devices.map((one) => one.enrollment)).not.toContain("unenrolled");
}

test.each<[string, HowArrived]>([
  ["by nobody", whole],
  ["by a token that somebody else made", { ...workProfile, foreign: true, facts: { ownership: "personal" } }],
])("what Google reports is not enough to end the management of a device: asserted %s", async (_, how) => {
  await using bed = await withDevice(how);
  const { house, device } = bed;
  house.commit(acting({ ...ending, lock: "lock: {}" }, one));
  await house.settle();
  const why = await told(house, "act.refused");
  for (const name of Object.keys(ending))
    expect(why[`Operation/${name}@1`], name).toMatch(
      /its ownership is only|is for company-owned|has nothing but work data/,
    );
  // Who owns it decides nothing of a lock.
  expect(await outcomes(house)).toEqual({ lock: "executed" });
  expect(effects(device)).toEqual(["locked"]);

  // Whoever declares it can erase it.
  const ownership = how.facts?.ownership ?? "company";
  const declared = await its(house, `ownership: ${ownership}`);
  house.commit({ ...acting({ erase: "wipe: {}" }, `${one}\n  generation: 2`), ...declared });
  await house.settle();
  await approve(house);
  await house.settle();
  await house.pass(5 * minute, minute);
  expect(device.ledger.of(ownership === "personal" ? "work-profile-removed" : "wiped")).toHaveLength(1);
});

test("an approved wipe is not given when the manifest that said whose it is was withdrawn, or says another", async () => {
  await using bed = await withDevice(whole);
  const { house, device } = bed;
  const erase = acting({ erase: "wipe: {}" }, one);
  device.goOffline();
  house.commit({ ...erase, ...(await its(house, "ownership: company")) });
  await house.settle();
  expect(await outcomes(house)).toEqual({ erase: "held" });
  house.commit(erase);
  await house.settle();
  await approve(house);
  await house.settle();
  expect(await outcomes(house)).toEqual({
    erase: "failed: its ownership is only what Google reports: declare it in a Device manifest",
  });

  const again = acting({ erase: "wipe: {}" }, `${one}\n  generation: 2`);
  house.commit({ ...again, ...(await its(house, "ownership: company")) });
  await house.settle();
  house.commit({ ...again, ...(await its(house, "ownership: personal")) });
  await house.settle();
  await approve(house);
  await house.settle();
  expect(await outcomes(house)).toMatchObject({
    "erase@2": "failed: its ownership is said to be personal, and Google has it as company",
  });
  device.goOnline();
  await house.pass(10 * minute, minute);
  await nothingHappened(house, device);
});

test("what Google says no more of is not erased: ownership and mode stand in a fresh record or nowhere", async () => {
  await using bed = await withDevice(personal);
  const { house, device } = bed;
  house.commit(acting({ erase: "wipe: {}" }, one));
  await house.settle();
  // Between the approval and the call the record changes.
  const record = (more: object) => ({ name: device.name, state: "ACTIVE", appliedState: "ACTIVE", ...more });
  const software = { softwareInfo: { androidVersion: "15" } };
  house.amapi.fail({
    method: "enterprises.devices.get",
    answer: { status: 200, body: record({ managementMode: "PROFILE_OWNER", ...software }) },
  });
  await approve(house);
  await house.settle();
  expect((await outcomes(house)).erase).toBe(
    "failed: its ownership is said to be personal, and Google has it as unknown",
  );
  house.commit(quiet);
  await house.pass(5 * minute, minute);
  await nothingHappened(house, device);
});
