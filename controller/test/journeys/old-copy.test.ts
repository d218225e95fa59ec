import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { approveHold, resume } from "../../loop/control.ts";
import type { Looking } from "../../loop/view-devices.ts";
import { viewHolds } from "../../loop/view-holds.ts";
import { engagedLatches } from "../../store/control.ts";
import { openEmbedded } from "../../store/embedded.ts";
import { listEvents } from "../../store/events.ts";
import { memoryOf, oldCopy, recognise } from "../../store/memory.ts";
import { openStore, type Store } from "../../store/open.ts";
import { listActs } from "../../store/test-acts.ts";
import { pglite, testKey } from "../../store/test-stores.ts";
import { androidHouse } from "../android-house.ts";
import { type Installation, install } from "../installation.ts";
import { baseline, device, operation } from "../manifests.ts";
import { fullyManaged, quiet } from "./android/test-acts.ts";

const minute = 60_000;
const hour = 60 * minute;
const boss = { name: "it-duty" };

/** A backup of a store as it is now; opening it gives the old copy, as a daemon does that remembers what came later. */
async function backUp(house: Pick<Installation, "store" | "world">) {
  const folder = await mkdtemp(join(tmpdir(), "reeve-copy-"));
  const file = join(folder, "snapshot.tar");
  // As the daemon does at its start and from then on.
  await memoryOf(house.store);
  await house.store.snapshot(file);
  const copy = await readFile(file);
  await rm(folder, { recursive: true });
  return async (): Promise<Store> => {
    const embedded = await openEmbedded(undefined, copy);
    const options = { key: testKey, now: house.world.now };
    const old = await openStore({ embedded }, options);
    expect(await recognise(old, await memoryOf(house.store))).toContain("this database ends with event");
    return old;
  };
}

async function statuses(store: Store) {
  const acts = await listActs(store, 9);
  return Object.fromEntries(acts.map(({ name, statuses: of }) => [name, Object.keys(of).join()]));
}

test("an old copy of the database replays nothing to Apple devices, also when it is resumed, and an answer to what waits there ends that", async () => {
  const owned = ["ONE", "TWO"].map((serial) => device(serial.toLowerCase(), serial, "ownership: company"));
  const files = { ...baseline, "devices.yaml": owned.join("---\n") };
  await using house = await install({
    stores: pglite,
    files,
    devices: ["ONE", "TWO"].map((serial) => ({ serial, platform: "ipados", name: serial }) as const),
    disruptive: 0,
  });
  await house.enroll();
  await house.settle();
  const [first, second] = [house.device("ONE"), house.device("TWO")];
  const did = () =>
    [first, second].map(({ ledger }) => ledger.of("executed").map((each) => each.requestType));
  const acts = () =>
    did().map((types) => types.filter((type) => type === "DeviceLock" || type === "EraseDevice"));
  house.commit({
    ...files,
    "lock.yaml": operation("lock", "devices: [one]", "lock: {message: Call}", "  expectedDevices: 1"),
    "wipe.yaml": operation("wipe", "devices: [two]", "wipe: {}", "  expectedDevices: 1"),
  });
  second.goOffline();
  await house.settle();
  const digestOf = async (act: string, looking: Looking) =>
    (await viewHolds(looking)).find((each) => each.act === act)?.digest ?? "";
  await approveHold(house.looking, await digestOf("Operation/wipe@1", house.looking), boss, undefined);
  expect(await statuses(house.store)).toEqual({ "Operation/lock@1": "held", "Operation/wipe@1": "ready" });
  const restore = await backUp(house);

  // After the backup: both are carried out, and what the first answers is lost on its way.
  first.faults.add({ kind: "lose-reply", requestType: "DeviceLock", next: "repeat", reconnectMs: 3 * hour });
  second.goOnline();
  await approveHold(house.looking, await digestOf("Operation/lock@1", house.looking), boss, undefined);
  await house.pass(minute, 20_000);
  expect(acts()).toEqual([["DeviceLock"], ["EraseDevice"]]);

  await using old = await restore();
  await house.replace({ store: old });
  const looking = { ...house.looking, store: old };
  await first.connect();
  expect(await statuses(old)).toEqual({ "Operation/lock@1": "executed", "Operation/wipe@1": "ready" });
  expect((await viewHolds(looking)).map(({ act }) => act)).toEqual([]);
  const told = await listEvents(old, { types: ["store.", "act.executed"], limit: 9 });
  expect(told.map(({ type, subject }) => [type, subject])).toContainEqual([
    "store.behind",
    "Operation/lock@1",
  ]);
  await house.enroll([second], { bound: true });
  await house.pass(hour, 10 * minute);
  expect((await engagedLatches(old)).map(({ name }) => name)).toEqual([oldCopy]);

  await resume(looking, "restored", undefined, boss);
  await house.pass(2 * hour, 10 * minute);
  expect(acts()).toEqual([["DeviceLock"], ["EraseDevice"]]);
  expect(await statuses(old)).toEqual({ "Operation/lock@1": "executed", "Operation/wipe@1": "cancelled" });
  expect(house.fleet.violations()).toEqual([]);
});

test("an old copy of the database replays nothing to Android devices, also when it is resumed", async () => {
  await using house = await androidHouse({ stores: pglite, files: quiet });
  const [erased, later] = await house.arrive([{ android: 15 }, { android: 15 }], fullyManaged);
  if (erased === undefined || later === undefined) throw new Error("nobody arrived");
  const all = await house.list();
  const idOf = (serial: string) => all.devices.find((each) => each.serial === serial)?.id ?? "";
  const wipe = (name: string, serial: string) =>
    operation(name, `devices: ["${idOf(serial)}"]`, "wipe: {}", "  expectedDevices: 1");
  house.commit({
    ...quiet,
    "first.yaml": wipe("first", erased.serial),
    "later.yaml": wipe("later", later.serial),
  });
  for (const each of [erased, later]) each.goOffline();
  await house.settle();
  const holds = await viewHolds(house.looking);
  const digestOf = (act: string) => holds.find((each) => each.act === act)?.digest ?? "";
  await approveHold(house.looking, digestOf("Operation/first@1"), boss, undefined);
  const restore = await backUp(house);

  await approveHold(house.looking, digestOf("Operation/later@1"), { name: "carol" }, undefined);
  for (const each of [erased, later]) each.goOnline();
  await house.pass(10 * minute, minute);
  const wiped = () => [erased, later].map(({ ledger }) => ledger.of("wiped").length);
  const issued = () => house.amapi.requests.count("enterprises.devices.issueCommand");
  expect([wiped(), issued()]).toEqual([[1, 1], 2]);

  await using old = await restore();
  expect(await statuses(old)).toEqual({ "Operation/first@1": "ready", "Operation/later@1": "held" });
  await house.restart({ store: old });
  const looking = { ...house.looking, store: old };
  await house.pass(hour, 10 * minute);
  await house.arrive([], { ...fullyManaged, again: [erased, later] });
  await house.pass(hour, 10 * minute);
  expect((await engagedLatches(old)).map(({ name }) => name)).toEqual([oldCopy]);
  await resume(looking, "restored", undefined, boss);
  await house.pass(2 * hour, 10 * minute);
  expect([wiped(), issued()]).toEqual([[1, 1], 2]);
  expect(await statuses(old)).toEqual({ "Operation/first@1": "cancelled", "Operation/later@1": "cancelled" });
  expect(await viewHolds(looking)).toEqual([]);
});
