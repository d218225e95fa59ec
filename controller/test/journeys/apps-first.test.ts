import { expect, test } from "vitest";
import { approveHold } from "../../loop/control.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { viewHolds } from "../../loop/view-holds.ts";
import { withdrawDirectly } from "../../loop/withdraw-act.ts";
import { listActs } from "../../store/test-acts.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { app, device, type Files, files, policy, slackId } from "../manifests.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const lead = { name: "it-duty" };
const crm = "com.acme.crm";
const stays = "com.acme.stays";
/** Two apps, and the one that stays not. */
const goes = ["app", "app", "management"];
const names = ["GOES", "REFUSES", "WITHDRAWN", "MUTE", "LATER"];
const ends = (target: string, name: string) => `apiVersion: reeve/v1
kind: Deprovision
metadata: {name: ${name}}
spec:
  target: {devices: [${target}]}
  state: employee-left
  reason: Left
  expectedDevices: ${target.split(",").length}
  expiresAt: 2030-01-01T00:00:00Z
`;
const base: Files = files({
  "apps.yaml": [
    app("slack", slackId),
    app("crm", crm),
    `apiVersion: reeve/v1\nkind: App\nmetadata: {name: stays}\nspec: {apple: {bundleId: ${stays}, removeOnUnenroll: false}}\n`,
  ].join("---\n"),
  "policy.yaml": policy("apps: [{name: slack}, {name: crm}, {name: stays}]"),
  "devices.yaml": names.map((name) => device(name.toLowerCase(), name, "ownership: personal")).join("---\n"),
});

test.each(stores)(
  "on $name managed apps go before the management of a personal device does, as a part of the same act",
  async (stores) => {
    await using house = await install({
      stores,
      files: base,
      devices: names.map((serial) => ({ serial, name: serial, platform: "ios", ownApps: 0 }) as const),
      ceiling: { devices: 4, percent: 1_000, windowMs: 20 * minute },
    });
    await house.enroll();
    await house.settle();
    expect(apps(house, "GOES")).toEqual([crm, stays, slackId].sort());
    house.device("REFUSES").faults.add({ kind: "error", requestType: "RemoveApplication", subject: crm });
    house.device("WITHDRAWN").faults.add({ kind: "not-now", requestType: "RemoveProfile" });
    house.device("MUTE").faults.add({ kind: "not-now", requestType: "RemoveApplication", times: 999 });
    house.commit({ ...base, "end.yaml": ends("GOES, REFUSES, WITHDRAWN, MUTE", "end") });
    await house.settle();
    expect(names.flatMap((name) => left(house, name))).toEqual([]);

    await approve(house);
    await house.settle();
    expect(left(house, "GOES")).toEqual(goes);
    expect(left(house, "REFUSES")).toEqual(goes);
    expect(left(house, "WITHDRAWN")).toEqual(goes);
    expect(left(house, "MUTE")).not.toContain("management");
    expect(apps(house, "WITHDRAWN")).toEqual([stays]);

    // The budget is used up with the first command: nothing of the next device goes, not even an app.
    house.commit({
      ...base,
      "end.yaml": ends("GOES, REFUSES, WITHDRAWN, MUTE", "end"),
      "later.yaml": ends("LATER", "later"),
    });
    await house.settle();
    await approve(house);
    await house.pass(5 * minute, minute);
    expect(left(house, "LATER")).toEqual([]);

    // Nothing is installed again until somebody takes the act back: then the policy is in force again.
    expect(apps(house, "WITHDRAWN")).toEqual([stays]);
    await withdrawDirectly(house.looking, "Deprovision/end@1", "came back", lead);
    house.device("MUTE").faults.calm();
    house.device("WITHDRAWN").faults.calm();
    await house.pass(30 * minute, 5 * minute);
    for (const name of ["WITHDRAWN", "MUTE"]) {
      expect(apps(house, name), name).toEqual([crm, stays, slackId].sort());
      const { device } = await viewExplanation(house.looking, name, undefined);
      expect(device.condition.type, name).toBe("Ready");
    }
    expect(left(house, "LATER")).toEqual(goes);
    const unenrolled = names.filter((name) => house.device(name).ledger.of("unenrolled").length > 0);
    expect(unenrolled).toEqual(["GOES", "REFUSES", "LATER"]);
    expect((await listActs(house.store, 5)).map(({ name, statuses }) => [name, statuses])).toEqual([
      ["Deprovision/later@1", { executed: 1 }],
      ["Deprovision/end@1", { executed: 2, cancelled: 2 }],
    ]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name management goes a quarter of an hour later, whatever the apps say, but not where somebody withdrew it just when the device put it off",
  async (stores) => {
    await using house = await install({
      stores,
      files: base,
      devices: ["GOES", "WITHDRAWN"].map(
        (serial) => ({ serial, name: serial, platform: "ios", ownApps: 0 }) as const,
      ),
      ceiling: { devices: 2, percent: 1_000, windowMs: 20 * minute },
    });
    await house.enroll();
    await house.settle();
    house.device("GOES").faults.add({ kind: "not-now", requestType: "RemoveApplication", times: 999 });
    house.device("WITHDRAWN").faults.add({ kind: "not-now", requestType: "RemoveProfile" });
    house.commit({ ...base, "end.yaml": ends("GOES", "end"), "crossed.yaml": ends("WITHDRAWN", "crossed") });
    await house.settle();
    await approve(house);
    await house.pass(minute, minute);
    expect(apps(house, "WITHDRAWN")).toEqual([stays]);
    // Neither has seen the other: its row of the act is ready, as it was put off.
    await house.store.query(
      "insert into reeve.act_withdrawal select id, 1, 'duty', 'came back' from reeve.act where name = 'Deprovision/crossed@1'",
    );
    house.device("WITHDRAWN").faults.calm();
    await house.pass(10 * minute, minute);
    expect(left(house, "GOES")).not.toContain("management");
    await house.pass(10 * minute, minute);
    expect(left(house, "GOES").at(-1)).toBe("management");
    expect(house.device("GOES").ledger.of("unenrolled")).toHaveLength(1);
    expect(apps(house, "WITHDRAWN")).toEqual([crm, stays, slackId].sort());
    expect(house.device("WITHDRAWN").ledger.of("unenrolled")).toEqual([]);
  },
);

async function approve(house: Installation): Promise<void> {
  for (const { digest } of await viewHolds(house.looking))
    await approveHold(house.looking, digest, lead, undefined);
}

/** What a device was told to give up, in the order of its own ledger; NotNow once. */
function left(house: Installation, name: string): readonly string[] {
  const told = house
    .device(name)
    .ledger.of("command")
    .filter(({ requestType }) => requestType === "RemoveProfile" || requestType === "RemoveApplication");
  const seen = new Map(told.map(({ uuid, requestType }) => [uuid, requestType]));
  return [...seen.values()].map((type) => (type === "RemoveProfile" ? "management" : "app"));
}

/** Bundle ids of managed apps. */
function apps(house: Installation, name: string): readonly string[] {
  return Object.keys(house.device(name).snapshot().managedApps).sort();
}
