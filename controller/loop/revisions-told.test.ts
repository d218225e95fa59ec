import { expect, test } from "vitest";
import { engagedLatches, listControls } from "../store/control.ts";
import { listDevices } from "../store/devices.ts";
import { listEvents } from "../store/events.ts";
import { pglite } from "../store/test-stores.ts";
import { type Installation, install, testReviser } from "../test/installation.ts";
import { baseline, passcode } from "../test/manifests.ts";
import { halt, suspend } from "./control.ts";
import { noLatches } from "./latches.ts";
import { createReconciler, type Reconciler } from "./reconciler.ts";
import { viewStatus } from "./view-status.ts";

const broken = { ...baseline, "passcode.yaml": "kind: [" };

test("what was refused is told by a process that did not see it, until the repository is mended", async () => {
  await using house = await install({ stores: pglite, files: baseline, devices: [] });
  await house.settle();
  house.commit(broken);
  await house.settle();
  const stranger = another(house);
  const told = await viewStatus({ ...house.looking, reconciler: stranger }, { source: "", warnings: [] });
  expect(told).toMatchObject({ refused: { revision: "r2" }, inForce: { revision: "r1" } });
  expect(told.refused?.diagnostics.map((one) => one.origin.file)).toContain("passcode.yaml");
  house.commit({ ...baseline, "passcode.yaml": passcode(7) });
  await house.settle();
  const mended = await viewStatus({ ...house.looking, reconciler: stranger }, { source: "", warnings: [] });
  expect(mended.refused).toBeUndefined();
});

test("a restart does not make a revision newer, and does not tell it again", async () => {
  await using house = await install({ stores: pglite, files: baseline, devices: [] });
  await house.settle();
  const before = await viewStatus(house.looking, { source: "", warnings: [] });
  await house.controller.close();
  await house.world.advance(3_600_000);
  const again = another(house);
  await again.poll();
  await again.tick();
  const after = await viewStatus({ ...house.looking, reconciler: again }, { source: "", warnings: [] });
  expect(after.inForce).toEqual(before.inForce);
  const events = await listEvents(house.store, { limit: 50 });
  expect(events.filter((one) => one.type === "revision.in-force")).toHaveLength(1);
  await again.close();
});

test("what comes into force is told, also where that could not be written at first", async () => {
  await using house = await install({ stores: pglite, files: baseline, devices: [] });
  await house.settle();
  const rename = (from: string, to: string) =>
    house.store.query(`alter table reeve.event rename column ${from} to ${to}`);
  house.commit({ ...baseline, "passcode.yaml": passcode(7) });
  await rename("revision", "away");
  await house.controller.reconciler.poll().catch(() => {});
  await rename("away", "revision");
  await house.settle();
  const events = await listEvents(house.store, { types: ["revision.in-force"], limit: 50 });
  expect(events.map((one) => one.revision)).toEqual(["r2", "r1"]);
});

test("what a person stops is told, or is not stopped", async () => {
  const tablet = { serial: "SIM-1", platform: "ipados", name: "IPAD-1" } as const;
  await using house = await install({ stores: pglite, files: baseline, devices: [tablet] });
  await house.enroll();
  await house.settle();
  const rename = (from: string, to: string) =>
    house.store.query(`alter table reeve.event rename column ${from} to ${to}`);
  const by = { name: "ada" };
  const stops = () => [
    () => suspend(house.looking, "device", "SIM-1", "in court", by),
    () => suspend(house.looking, "all", undefined, "in doubt", by),
    () => halt(house.looking, "in alarm", by),
  ];
  await rename("revision", "away");
  for (const stop of stops()) await expect(stop()).rejects.toThrow();
  await rename("away", "revision");
  const standing = async () => [
    (await listDevices(house.store, { limit: 1 }))[0]?.suspended,
    (await listControls(house.store)).some((one) => one.name === "suspended"),
    (await engagedLatches(house.store)).length,
  ];
  expect(await standing()).toEqual([undefined, false, 0]);
  for (const stop of stops()) await stop();
  expect(await standing()).toEqual(["in court", true, 1]);
  const events = await listEvents(house.store, { types: ["suspended", "halted"], limit: 50 });
  expect(events.map((one) => one.message)).toEqual(["in alarm", "all: in doubt", "device SIM-1: in court"]);
});

test("a program that refuses what is in force leaves it in force", async () => {
  await using house = await install({ stores: pglite, files: baseline, devices: [] });
  await house.settle();
  await house.controller.close();
  const files = { "passcode.yaml": Buffer.from(broken["passcode.yaml"]) };
  const stricter = another(house, files);
  await stricter.poll();
  const status = await viewStatus({ ...house.looking, reconciler: stricter }, { source: "", warnings: [] });
  expect(status).toMatchObject({ inForce: { revision: "r1" }, refused: { revision: "r1" } });
  await stricter.close();
});

/** Another process over the same store and, unless it is given other files, the same repository. */
function another(house: Installation, files?: Readonly<Record<string, Buffer>>): Reconciler {
  const { world, store } = house;
  const about = {
    author: "it-lead@acme.example",
    authorEmail: "it-lead@acme.example",
    message: "change 1",
    rewritten: false,
  };
  const contents =
    files ?? Object.fromEntries(Object.entries(baseline).map(([path, text]) => [path, Buffer.from(text)]));
  const entries = new Map(
    Object.entries(contents).map(([path, bytes]) => [path, { type: "file", bytes } as const]),
  );
  return createReconciler({
    store,
    clock: world.now,
    reviser: testReviser,
    latches: noLatches,
    settings: {
      driftCheckMs: 3_600_000,
      removalCeiling: { devices: 1_000, share: 0.1 },
      environment: {},
      folder: undefined,
      fingerprintKey: Buffer.alloc(32, 1),
    },
    observeFirst: false,
    approvals: 1,
    disruptive: 10,
    source: {
      describe: () => "memory",
      poll: async () => ({
        ...about,
        revision: "r1",
        at: world.now(),
        tree: async () => ({ revision: "r1", entries }),
      }),
      async *changes() {},
      nudge: () => {},
      lookUp: async () => undefined,
      close: async () => {},
    },
  });
}
