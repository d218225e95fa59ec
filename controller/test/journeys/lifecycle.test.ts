import { expect, test } from "vitest";
import { approveHold } from "../../loop/control.ts";
import { enrollmentProfile } from "../../loop/enroll.ts";
import { readmit } from "../../loop/readmit.ts";
import { viewDeviceDetail, viewDevices } from "../../loop/view-devices.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { viewHolds } from "../../loop/view-holds.ts";
import { viewStatus } from "../../loop/view-status.ts";
import { engage } from "../../store/control.ts";
import { listEvents } from "../../store/events.ts";
import { listActs } from "../../store/test-acts.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { device, type Files, organizationWith, passcode, policy } from "../manifests.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

interface Case {
  readonly whose: "company" | "personal" | "nobody";
  readonly spec: string;
  /** What the device itself did; undefined when the act is refused. */
  readonly does: "erased" | "unenrolled" | undefined;
  readonly record?: string;
  /** The groups that it is in after it has enrolled again; `refused` when it may not. */
  readonly back: readonly string[] | "refused";
}

const spares = ["spares"];
const tablets = ["tablets"];
/** By the serial number: the table of the states, by whose the device is. */
const cases: Readonly<Record<string, Case>> = {
  "IN-REPAIR-C": {
    whose: "company",
    spec: "state: in-repair\n  reenrollGroup: spares",
    does: "erased",
    record: "in-repair",
    back: spares,
  },
  "IN-REPAIR-P": {
    whose: "personal",
    spec: "state: in-repair",
    does: "unenrolled",
    record: "in-repair",
    back: tablets,
  },
  "LEFT-C": {
    whose: "company",
    spec: "state: employee-left\n  reenrollGroup: gone",
    does: "erased",
    record: "in-stock",
    back: tablets,
  },
  "LEFT-P": {
    whose: "personal",
    spec: "state: employee-left",
    does: "unenrolled",
    record: "retired",
    back: tablets,
  },
  "RETIRED-C": {
    whose: "company",
    spec: "state: retired",
    does: "erased",
    record: "retired",
    back: "refused",
  },
  "RETIRED-P": {
    whose: "personal",
    spec: "state: retired",
    does: "unenrolled",
    record: "retired",
    back: "refused",
  },
  "OTHER-C": {
    whose: "company",
    spec: "state: other\n  wipe: device",
    does: "erased",
    record: "in-stock",
    back: tablets,
  },
  "OTHER-WORK-C": {
    whose: "company",
    spec: "state: other\n  wipe: work",
    does: "unenrolled",
    record: "in-stock",
    back: tablets,
  },
  "OTHER-AS-C": {
    whose: "company",
    spec: "state: other\n  wipe: device\n  recordAs: retired",
    does: "erased",
    record: "retired",
    back: tablets,
  },
  "OTHER-WORK-P": {
    whose: "personal",
    spec: "state: other\n  wipe: work\n  recordAs: lost",
    does: "unenrolled",
    record: "lost",
    back: tablets,
  },
  "OTHER-P": {
    whose: "personal",
    spec: "state: other\n  wipe: device",
    does: undefined,
    back: ["private", "tablets"],
  },
  UNKNOWN: { whose: "nobody", spec: "state: in-repair", does: undefined, back: tablets },
};
const names = Object.keys(cases);

const groups = ["tablets", "spares", "private"].map((name) => group(name)).join("---\n");
const base: Files = {
  "passcode.yaml": passcode(),
  "baseline.yaml": policy("profiles: [{name: passcode}]"),
  "org.yaml": organizationWith("defaultGroups: {ipados: tablets}"),
  "groups.yaml": `${groups}---\n${group("gone")}`,
  "devices.yaml": Object.entries(cases)
    .map(([serial, { whose }]) =>
      device(serial.toLowerCase(), serial, whose === "nobody" ? "" : `ownership: ${whose}`),
    )
    .join("---\n"),
};

test.each(stores)(
  "on $name what a device does, what its record becomes, and what a later enrollment leads to, state by state",
  async (stores) => {
    await using house = await install({
      stores,
      files: base,
      devices: names.map((serial) => ({ serial, platform: "ipados", name: serial }) as const),
      ceiling: { devices: 50, percent: 1_000, windowMs: 1_200_000 },
    });
    await house.settle();
    await house.enroll();
    const ports = house.controller.enroll;
    const early = { uses: 1, expiresAt: house.world.now() + 90 * 24 * hour, by: "test", serial: "RETIRED-C" };
    const invited = await enrollmentProfile(ports, early, true);
    await house.settle();
    const acts = Object.fromEntries(
      names.map((serial) => [`${serial}.yaml`, ending(serial, cases[serial]?.spec ?? "")]),
    );
    house.commit({ ...base, ...acts });
    await house.settle();
    await approveAll(house);
    await house.settle();
    await house.settle();
    // A group that is not declared any more when the device returns is none.
    const { "LEFT-C.yaml": _, ...others } = acts;
    house.commit({ ...base, ...others, "groups.yaml": groups });
    await house.settle();
    expect(house.controller.reconciler.sourceState().refused).toBeUndefined();

    expect(all((serial) => did(house, serial))).toEqual(all((serial) => cases[serial]?.does));
    const records = await lifecycles(house);
    expect(all((serial) => records[serial]?.state)).toEqual(all((serial) => cases[serial]?.record));
    expect((await viewStatus(house.looking, { source: "", warnings: [] })).lifecycle).toEqual({
      "in-repair": 2,
      "in-stock": 3,
      lost: 1,
      retired: 4,
    });
    const inRepair = await viewDevices(house.looking, { limit: 50, state: "in-repair" }, {});
    expect(inRepair.devices.map(({ name }) => name).sort()).toEqual(["IN-REPAIR-C", "IN-REPAIR-P"]);
    expect(inRepair.devices[0]?.condition).toMatchObject({ type: "Deprovisioned", reason: "InRepair" });

    const refusals: Record<string, string | undefined> = {};
    for (const serial of names.filter((one) => cases[one]?.does !== undefined))
      refusals[serial] = await comeBack(house, serial);
    expect(names.filter((serial) => refusals[serial] !== undefined)).toEqual(["RETIRED-C", "RETIRED-P"]);
    // An invitation from before it was retired gives it no identity either.
    const issued = () => house.store.query("select sha256 from reeve.certificate");
    const before = await issued();
    expect((await house.device("RETIRED-C").enroll(invited, { connect: true })).ok).toBe(false);
    expect(await issued()).toEqual(before);
    await house.settle();
    for (const serial of names) {
      const { groups, enrollment, lifecycle } = await viewDeviceDetail(house.looking, serial);
      const back = cases[serial]?.back;
      expect([serial, enrollment, groups], serial).toEqual(
        back === "refused" ? [serial, "unenrolled", expect.anything()] : [serial, "enrolled", back],
      );
      expect(lifecycle?.state, serial).toBe(back === "refused" ? "retired" : undefined);
    }
    // Nothing of before is done to who came back.
    expect(all((serial) => did(house, serial))).toEqual(all((serial) => cases[serial]?.does));
    expect((await listActs(house.store, 50)).flatMap(({ statuses }) => Object.keys(statuses))).toEqual(
      Array.from({ length: 10 }, () => "executed"),
    );
    const told = await viewExplanation(house.looking, "RETIRED-C", undefined);
    expect(told.device.condition.message).toMatch(
      /^retired; it may not enroll again; it asked to on .*refused/,
    );
    const refused = await listEvents(house.store, { types: ["enrollment.refused"], limit: 10 });
    expect(refused.map(({ device, message }) => [device !== undefined, message])).toEqual(
      Array.from({ length: 2 }, () => [true, expect.stringContaining("it is retired")]),
    );

    // Retired by mistake: an approver takes it back.
    await readmit(house.looking, "RETIRED-C", "the wrong one", { name: "it-lead" });
    expect(await comeBack(house, "RETIRED-C")).toBeUndefined();
    await house.settle();
    expect((await viewDeviceDetail(house.looking, "RETIRED-C")).enrollment).toBe("enrolled");
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name who cannot be repaired is retired although nothing can be sent; liars shut out themselves alone; what was not answered stays visible",
  async (stores) => {
    const files = {
      ...base,
      "devices.yaml": ["ONE", "TWO", "SILENT"]
        .map((serial) => device(serial.toLowerCase(), serial, "ownership: company"))
        .join("---\n"),
    };
    await using house = await install({
      stores,
      files,
      devices: [
        ...["ONE", "TWO", "SILENT"].map((serial) => ({ serial, platform: "ipados", name: serial }) as const),
        // It says the number of a retired device, and is none.
        { serial: "ONE", udid: "LIAR", name: "LIAR", platform: "ipados" },
      ],
    });
    await house.settle();
    await house.enroll(["ONE", "TWO", "SILENT"].map(house.device));
    await house.settle();
    const repair = { ...files, "one.yaml": ending("ONE", "state: in-repair") };
    house.commit(repair);
    await house.settle();
    await approveAll(house);
    await house.settle();
    // Whoever is excluded is not retired, by whichever of its names and groups.
    const excluding = ["devices: [one]", "groups: [apart]"].map((exclude, n) =>
      ending("ONE", "state: retired", `not-${n}`).replace("[ONE]", `[ONE], exclude: {${exclude}}`),
    );
    const apart = group("apart").replace("none-apart", "one");
    house.commit({ ...repair, "not.yaml": [apart, ...excluding].join("---\n") });
    await house.settle();
    await approveAll(house);
    await house.settle();
    expect((await lifecycles(house)).ONE?.state).toBe("in-repair");

    house.commit({ ...repair, "scrap.yaml": ending("ONE", "state: retired", "scrap") });
    await house.settle();
    expect((await lifecycles(house)).ONE?.state).toBe("in-repair");
    // It holds changes, and no acts.
    await engage(house.store, {
      name: "armed",
      reason: "fewer attempts",
      by: "reeve",
      at: house.world.now(),
    });
    await approveAll(house);
    await house.pass(3 * minute);
    expect((await lifecycles(house)).ONE).toMatchObject({ state: "retired", mayEnroll: false });
    expect(did(house, "ONE")).toBe("erased");
    const told = await listEvents(house.store, { types: ["act.executed"], limit: 10 });
    expect(told.map(({ message }) => message)).toContainEqual(expect.stringContaining("nothing was sent"));

    expect(await comeBack(house, "LIAR")).toContain("403");
    expect(await comeBack(house, "TWO")).toBeUndefined();

    // Erased, and the answer is lost: the record stays as it was, and somebody has to look for the device.
    house.device("SILENT").faults.add({ kind: "lose-reply", requestType: "EraseDevice", next: "idle" });
    house.commit({ ...repair, "silent.yaml": ending("SILENT", "state: retired") });
    await house.settle();
    await approveAll(house);
    await house.pass(3 * day, 12 * hour);
    const [silent] = (await viewDevices(house.looking, { limit: 9, state: "unanswered" }, {})).devices;
    expect(silent).toMatchObject({ name: "SILENT", unanswered: { verb: "wipe", status: "sent" } });
    expect([silent?.lifecycle, did(house, "SILENT")]).toEqual([undefined, "erased"]);
    const status = await viewStatus(house.looking, { source: "", warnings: [] });
    expect(status.warnings.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(
        /^1 device was sent a wipe, or the end of management, without an answer, the first on 20/,
      ),
    );
    expect(await comeBack(house, "SILENT")).toBeUndefined();
    expect((await lifecycles(house)).SILENT).toBeUndefined();
  },
);

function all<T>(of: (serial: string) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(names.map((serial) => [serial, of(serial)]));
}

function group(name: string): string {
  const listed = name === "private" ? "OTHER-P" : `none-${name}`;
  return `apiVersion: reeve/v1\nkind: DeviceGroup\nmetadata: {name: ${name}}\nspec: {devices: [${listed}]}\n`;
}

function ending(serial: string, spec: string, name = serial.toLowerCase()): string {
  return `apiVersion: reeve/v1
kind: Deprovision
metadata: {name: ${name}}
spec:
  target: {${serial === "OTHER-P" ? "groups: [private]" : `devices: [${serial}]`}}
  ${spec}
  reason: case 4711
  expectedDevices: 1
  expiresAt: 2030-01-01T00:00:00Z
`;
}

async function approveAll(house: Installation): Promise<void> {
  // Nobody approves more than five in a row: the breaker would engage.
  for (const [n, { digest }] of (await viewHolds(house.looking)).entries())
    await approveHold(house.looking, digest, { name: `it-duty-${Math.floor(n / 5)}` }, undefined);
}

/** What ended the management of a device, by its own ledger. */
function did(house: Installation, serial: string): string | undefined {
  const ends = house
    .device(serial)
    .ledger.of("unenrolled")
    .map(({ by }) => ({ erase: "erased", command: "unenrolled", server: "server", user: "user" })[by]);
  return ends.length === 0 ? undefined : ends.join();
}

async function lifecycles(house: Installation) {
  const { devices } = await viewDevices(house.looking, { limit: 100 }, { enrollment: "all" });
  return Object.fromEntries(devices.map(({ name, lifecycle }) => [name, lifecycle]));
}

/** Enrolls with a link for anybody. Undefined when it is in, else what it was told. */
async function comeBack(house: Installation, name: string): Promise<string | undefined> {
  const invitation = { uses: 1, expiresAt: house.world.now() + hour, by: "test" };
  const profile = await enrollmentProfile(house.controller.enroll, invitation, true);
  const result = await house.device(name).enroll(profile, { connect: true });
  return result.ok ? undefined : result.reason;
}
