import { expect, test } from "vitest";
import { resume, suspend } from "../../../loop/control.ts";
import { viewOperations } from "../../../loop/view-logs.ts";
import {
  acting,
  approve,
  effects,
  fullyManaged,
  hour,
  issued,
  minute,
  one,
  outcomes,
  quiet,
  withDevice,
} from "./test-acts.ts";

const admin = { name: "it-duty" };

test("a suspended or watched device is given nothing, and then what is still wanted; an exempt one obeys", async () => {
  await using bed = await withDevice(fullyManaged);
  const { house, device } = bed;
  const idle = async () => {
    await house.settle();
    await house.pass(20 * minute, 10 * minute);
    expect([issued(house), effects(device)]).toEqual([0, []]);
  };
  await suspend(house.looking, "device", device.serial, "at the lawyer's", admin);
  const erase = acting({ erase: "wipe: {}" }, one);
  house.commit({ ...erase, ...acting({ lock: "lock: {}" }) });
  await house.settle();
  await approve(house);
  await idle();
  // Everything, and not this device alone.
  await suspend(house.looking, "all", undefined, "a fair", admin);
  await resume(house.looking, "device", device.serial, admin);
  await idle();
  // An organization that only watches.
  const watching = { "org.yaml": `${quiet["org.yaml"]}`.replace("spec: {", "spec: {mode: observe, ") };
  house.commit({ ...erase, ...acting({ lock: "lock: {}" }), ...watching });
  await house.settle();
  await resume(house.looking, "all", undefined, admin);
  await idle();
  expect(await outcomes(house)).toEqual({ erase: "ready", lock: "ready" });

  // An exemption lifts what a policy gives, and no act.
  const exempt = {
    "trip.yaml": `apiVersion: reeve/v1
kind: Exemption
metadata: {name: trip}
spec: {target: {groups: [phones]}, lift: [Profile/camera], until: ${new Date(house.world.now() + 24 * hour).toISOString()}, reason: A trip}
`,
  };
  house.commit({ ...acting({ lock: "lock: {}" }), ...exempt });
  await house.settle();
  await house.pass(10 * minute, minute);
  expect(await outcomes(house)).toMatchObject({ lock: "executed" });
  expect((await outcomes(house)).erase).toMatch(/^cancelled/);
  expect([effects(device), issued(house)]).toEqual([["locked"], 1]);
});

test("what waits, what is with the device and how it ended stand in the log, per device and in total", async () => {
  await using bed = await withDevice(fullyManaged);
  const { house, device } = bed;
  const [known] = (await house.list()).devices;
  const log = (filter: object = {}) =>
    viewOperations(house.looking, { device: known?.id, limit: 20, ...filter } as never);
  device.goOffline();
  house.commit(
    acting(
      { restart: "reboot: {}", again: "reboot: {}", data: "clearAppData: {packages: [com.acme.none]}" },
      one,
    ),
  );
  await house.settle();
  await approve(house);
  await house.settle();
  const shown = (await log()).filter((entry) => entry.subject.startsWith("Operation/"));
  expect(shown.map(({ type, status, information }) => [type, status, information]).sort()).toEqual([
    ["CLEAR_APP_DATA", "sent", ""],
    ["REBOOT", "sent", ""],
    ["REBOOT", "waiting", "another command of its type is with the device"],
  ]);
  const waiting = await viewOperations(house.looking, { status: ["waiting"], limit: 20 });
  expect(waiting.map(({ name, type, status }) => [name, type, status])).toEqual([
    [device.serial, "REBOOT", "waiting"],
  ]);

  device.goOnline();
  await house.pass(30 * minute, 5 * minute);
  expect(device.ledger.of("rebooted")).toHaveLength(2);
  expect(await viewOperations(house.looking, { status: ["waiting"], limit: 20 })).toEqual([]);
  const ended = (await log()).filter((entry) => entry.subject.startsWith("Operation/"));
  expect(
    ended.map(({ type, status, information, advice }) => [type, status, information, advice]).sort(),
  ).toEqual([
    [
      "CLEAR_APP_DATA",
      "failed",
      "com.acme.none: APP_NOT_FOUND",
      "an act is done once: if it is still wanted, raise its generation",
    ],
    ["REBOOT", "executed", "", undefined],
    ["REBOOT", "executed", "", undefined],
  ]);
});
