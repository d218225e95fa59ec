import { expect, test } from "vitest";
import { approveHold } from "../../../loop/control.ts";
import { releaseByHand } from "../../../loop/readmit.ts";
import { deviceNamed, viewDeviceDetail, viewDevices } from "../../../loop/view-devices.ts";
import { viewHolds } from "../../../loop/view-holds.ts";
import { viewStatus } from "../../../loop/view-status.ts";
import type { AndroidDevice } from "../../../simulator/amapi/device/android-device.ts";
import { listEvents } from "../../../store/events.ts";
import { type AndroidHouse, androidHouse, type HowArrived } from "../../android-house.ts";
import { storesOfSuite } from "../../installation.ts";
import { type Files, group, organizationWith } from "../../manifests.ts";
import { companyProfile, fullyManaged, minute, personal, quiet } from "./test-acts.ts";

const stores = await storesOfSuite();

interface Case {
  readonly how: HowArrived;
  readonly brand?: string;
  readonly spec: string;
  /** What the device itself did; undefined when the act is refused. */
  readonly does: "wiped" | "work-profile-removed" | undefined;
  readonly record?: string;
  readonly releases?: readonly string[];
  /** The groups that it is in after it has enrolled again; `refused` when it may not. */
  readonly back: readonly string[] | "refused";
}

const phones = ["fleet"];
const cases: Readonly<Record<string, Case>> = {
  "FM-REPAIR": {
    how: fullyManaged,
    spec: "state: in-repair\n  reenrollGroup: spares",
    does: "wiped",
    record: "in-repair",
    back: ["spares"],
  },
  "FM-RETIRED": {
    how: fullyManaged,
    brand: "samsung",
    spec: "state: retired",
    does: "wiped",
    record: "retired",
    releases: ["knox", "zero-touch"],
    back: "refused",
  },
  "FM-WORK": { how: fullyManaged, spec: "state: other\n  wipe: work", does: undefined, back: phones },
  "WP-LEFT": {
    how: companyProfile,
    spec: "state: employee-left",
    does: "wiped",
    record: "in-stock",
    back: phones,
  },
  "WP-RETIRED": {
    how: companyProfile,
    spec: "state: retired",
    does: "wiped",
    record: "retired",
    releases: ["zero-touch"],
    back: "refused",
  },
  "WP-WORK": {
    how: companyProfile,
    spec: "state: other\n  wipe: work\n  recordAs: lost",
    does: "work-profile-removed",
    record: "lost",
    back: phones,
  },
  "P-REPAIR": {
    how: personal,
    spec: "state: in-repair",
    does: "work-profile-removed",
    record: "in-repair",
    back: phones,
  },
  "P-LEFT": {
    how: personal,
    spec: "state: employee-left",
    does: "work-profile-removed",
    record: "retired",
    back: phones,
  },
  "P-RETIRED": {
    how: personal,
    spec: "state: retired",
    does: "work-profile-removed",
    record: "retired",
    back: "refused",
  },
};
const names = Object.keys(cases);
const base: Files = {
  ...quiet,
  "org.yaml": organizationWith("defaultGroups: {android: fleet}"),
  "fleet.yaml": group("fleet", "match: {tag.never: here}"),
  "spares.yaml": group("spares", "match: {tag.never: here}"),
};

test.each(stores)(
  "on $name what an Android device does, what its record becomes, and what a later enrollment leads to, state by state",
  async (stores) => {
    await using house = await androidHouse({
      stores,
      files: base,
      ceiling: { devices: 50, percent: 1_000, windowMs: 1_200_000 },
    });
    const devices: Record<string, AndroidDevice> = {};
    const ids: Record<string, string> = {};
    for (const how of [fullyManaged, companyProfile, personal]) {
      const those = names.filter((name) => cases[name]?.how === how);
      const machines = those.map((serial) => ({
        serial,
        android: 15,
        brand: cases[serial]?.brand ?? "Google",
      }));
      const arrived = await house.arrive(machines, how);
      for (const [index, one] of arrived.entries()) devices[those[index] ?? ""] = one;
    }
    for (const name of names) {
      const joined = devices[name]?.ledger.of("enrolled")[0]?.name ?? "";
      ids[name] = (await deviceNamed(house.store, joined)).id;
    }
    const acts = Object.fromEntries(names.map((name) => [`end-${name}.yaml`, ending(name, ids[name] ?? "")]));
    house.commit({ ...base, ...acts });
    await house.settle();
    // Nobody approves more than five in a row: the breaker would engage.
    for (const [n, { digest }] of (await viewHolds(house.looking)).entries())
      await approveHold(house.looking, digest, { name: `it-duty-${Math.floor(n / 5)}` }, undefined);
    await house.pass(10 * minute, 2 * minute);

    expect(all((name) => did(devices[name]))).toEqual(all((name) => cases[name]?.does));
    const before = await records(house, ids);
    expect(all((name) => before[name]?.lifecycle?.state)).toEqual(all((name) => cases[name]?.record));
    expect(all((name) => before[name]?.lifecycle?.releases.map(({ portal }) => portal) ?? [])).toEqual(
      all((name) => cases[name]?.releases ?? []),
    );
    expect(before["FM-RETIRED"]?.condition).toMatchObject({ type: "ReleasePending", reason: "NotReleased" });
    expect((await viewStatus(house.looking, { source: "", warnings: [] })).warnings).toContainEqual({
      message: "2 devices are retired and still in zero-touch: ReleasePending",
      hint: "reeve devices --state release-pending",
    });

    // A personal device was told why its work profile went.
    expect(devices["P-RETIRED"]?.ledger.of("message").map(({ text }) => text)).toContainEqual(
      expect.stringContaining("ended the management"),
    );

    // Their manifests stand: a device that comes back is not wiped again.
    house.amapi.requests.clear();
    for (const how of [fullyManaged, companyProfile, personal]) {
      const those = names.filter((name) => cases[name]?.how === how && cases[name]?.does !== undefined);
      const again = those.flatMap((name) => devices[name] ?? []);
      await house.arrive([], { ...how, again });
    }
    await house.pass(10 * minute, 2 * minute);
    const after = await records(house, ids);
    for (const name of names) {
      const back = cases[name]?.back;
      const { enrollment, lifecycle } = after[name] ?? {};
      const { groups } = await viewDeviceDetail(house.looking, ids[name] ?? "");
      if (back === "refused") {
        expect([name, enrollment, lifecycle?.state]).toEqual([name, "unenrolled", "retired"]);
        expect(lifecycle?.refusedAt, name).toBeGreaterThan(0);
        // It is managed by Google and gets nothing; nobody wiped it for that.
        expect(devices[name]?.ledger.of("policy-applied").at(-1)?.content, name).not.toHaveProperty(
          "cameraAccess",
        );
      } else
        expect([name, enrollment, lifecycle, groups.filter((one) => one !== "phones")]).toEqual([
          name,
          "enrolled",
          undefined,
          back,
        ]);
    }
    expect(all((name) => did(devices[name]))).toEqual(all((name) => cases[name]?.does));
    expect(house.amapi.requests.count("enterprises.devices.issueCommand")).toBe(0);
    expect((await listEvents(house.store, { types: ["enrollment.refused"], limit: 20 })).length).toBe(3);

    for (const portal of ["zero-touch", "knox"] as const)
      await releaseByHand(
        house.looking,
        ids["FM-RETIRED"] ?? "",
        { portal, reason: "taken out" },
        { name: "it-duty" },
      );
    const { devices: pending } = await viewDevices(house.looking, { limit: 9, state: "release-pending" }, {});
    expect(pending.map(({ id }) => id)).toEqual([ids["WP-RETIRED"]]);
    expect((await records(house, ids))["FM-RETIRED"]?.condition).toMatchObject({
      type: "Deprovisioned",
      reason: "Retired",
    });
  },
);

function all<T>(of: (name: string) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(names.map((name) => [name, of(name)]));
}

function ending(name: string, id: string): string {
  return `apiVersion: reeve/v1
kind: Deprovision
metadata: {name: ${name.toLowerCase()}}
spec:
  target: {devices: ["${id}"]}
  ${cases[name]?.spec}
  reason: case 4711
  expectedDevices: 1
  expiresAt: 2030-01-01T00:00:00Z
`;
}

function did(device: AndroidDevice | undefined): string | undefined {
  const ends = (device?.ledger.entries ?? [])
    .map(({ type }) => type)
    .filter((type) => type === "wiped" || type === "work-profile-removed");
  return ends.length === 0 ? undefined : ends.join();
}

async function records(house: AndroidHouse, ids: Readonly<Record<string, string>>) {
  const { devices } = await house.list();
  return Object.fromEntries(names.map((name) => [name, devices.find(({ id }) => id === ids[name])]));
}
