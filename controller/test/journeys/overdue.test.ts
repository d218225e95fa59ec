import { expect, test } from "vitest";
import { renderExplain } from "../../cli/render/explain.ts";
import { viewDevice, viewDevices } from "../../loop/view-devices.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { viewStatus } from "../../loop/view-status.ts";
import { listDevices } from "../../store/devices.ts";
import { listEvents } from "../../store/events.ts";
import { noteOverdue } from "../../store/overdue.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { files, policy } from "../manifests.ts";

const stores = await storesOfSuite();
const hour = 3_600_000;
const day = 24 * hour;
const members = ["WELL", "OFF", "BUSY"].map(
  (serial) => ({ serial, platform: "ipados", name: serial }) as const,
);
const schedules = `apiVersion: reeve/v1
kind: InventorySchedule
metadata: {name: lazy}
spec: {collect: [security, certificates], every: 2d, maxAge: 5d}
---
apiVersion: reeve/v1
kind: InventorySchedule
metadata: {name: strict}
spec: {collect: [certificates], every: 1d, maxAge: 2d}
`;

test.each(stores)("on $name reports that are too old are told, once, until they come", async (stores) => {
  await using house = await install({
    stores,
    devices: members,
    files: files({ "inventory.yaml": schedules, "policy.yaml": policy("inventory: [lazy, strict]") }),
  });
  const [off, busy] = [house.device("OFF"), house.device("BUSY")];
  // It takes every command but this one, also at its first enrollment.
  busy.faults.add({ kind: "not-now", requestType: "CertificateList" });
  await house.enroll();
  await house.settle();
  expect(await overdue(house)).toEqual({});

  off.goOffline();
  await house.pass(day, 12 * hour);
  expect(await overdue(house)).toEqual({});
  await house.pass(1.5 * day, 12 * hour);
  // Never reported counts from the enrollment, and the stricter of two schedules decides.
  expect(await overdue(house)).toEqual({ OFF: ["certificates"], BUSY: ["certificates"] });
  await house.pass(4 * day, 24 * hour);
  expect(await overdue(house)).toEqual({ OFF: ["certificates", "security"], BUSY: ["certificates"] });
  expect(await warnings(house)).toEqual([
    "2 devices have not reported for longer than maxAge allows: certificates 2, security 1",
  ]);
  const look = { width: 100, color: false, now: house.world.now() } as Parameters<typeof renderExplain>[1];
  const text = renderExplain(await viewExplanation(house.looking, "BUSY", undefined), look);
  expect(text).toContain("Overdue    certificates: never reported, at most 2 d (InventorySchedule/strict)");

  // Each is told when it begins, and not at every look.
  await overdue(house);
  expect(await told(house)).toEqual([
    ["BUSY", "certificates"],
    ["OFF", "certificates"],
    ["OFF", "security"],
  ]);

  off.goOnline();
  busy.faults.clear();
  await house.settle();
  await house.pass(2 * hour, hour);
  expect(await overdue(house)).toEqual({});
  expect(await warnings(house)).toEqual([]);
  expect(await told(house)).toHaveLength(3);
});

test.each(stores)("on $name a new enrollment, and one that has ended, is not overdue", async (stores) => {
  await using house = await install({
    stores,
    devices: members.slice(1, 2),
    files: files({ "inventory.yaml": schedules, "policy.yaml": policy("inventory: [strict]") }),
  });
  await house.enroll();
  await house.settle();
  house.device("OFF").goOffline();
  await house.pass(3 * day, 36 * hour);
  expect(await overdue(house)).toEqual({ OFF: ["certificates"] });

  house.device("OFF").goOnline();
  house.device("OFF").faults.add({ kind: "not-now", requestType: "CertificateList" });
  await house.enroll(undefined, { bound: true });
  await house.settle();
  expect(await overdue(house)).toEqual({});
  await house.pass(3 * day, 36 * hour);
  expect(await overdue(house)).toEqual({ OFF: ["certificates"] });
  await house.device("OFF").user.removeManagement();
  await house.settle();
  expect(await overdue(house)).toEqual({});
  expect(await warnings(house)).toEqual([]);
});

/** What is overdue by the look at all devices; what each device says of itself is the same. */
async function overdue(house: Installation): Promise<Record<string, readonly string[]>> {
  await noteOverdue(house.store, house.world.now());
  const rows = await house.store.query<{ serial: string; sections: string[] }>(
    `select d.serial, array_agg(o.section order by o.section) as sections
     from reeve.overdue o join reeve.device d on d.id = o.device group by 1`,
  );
  const found = Object.fromEntries(rows.map((row) => [row.serial, row.sections]));
  const devices = await listDevices(house.store, { limit: 10 });
  const live = devices.flatMap((row) => {
    const { overdue: sections } = viewDevice(house.looking, row);
    return sections === undefined ? [] : [[row.serial, sections.map((one) => one.section)] as const];
  });
  expect(Object.fromEntries(live)).toEqual(found);
  const { devices: listed } = await viewDevices(house.looking, { limit: 10, overdue: true }, {});
  expect(listed.map((one) => one.serial).sort()).toEqual(Object.keys(found).sort());
  return found;
}

async function warnings(house: Installation): Promise<readonly string[]> {
  const { warnings: all } = await viewStatus(house.looking, { source: "", warnings: [] });
  return all.map((one) => one.message).filter((one) => one.includes("maxAge"));
}

async function told(house: Installation): Promise<readonly (readonly string[])[]> {
  const events = await listEvents(house.store, { types: ["inventory.overdue"], limit: 50 });
  const rows = await listDevices(house.store, { limit: 10 });
  const serials = new Map(rows.map((row) => [row.id, row.serial ?? ""]));
  return events.map((one) => [serials.get(one.device ?? "") ?? "", one.subject ?? ""]).sort();
}
