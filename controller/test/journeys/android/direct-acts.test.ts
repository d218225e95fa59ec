import { expect, test } from "vitest";
import { approveHold } from "../../../loop/control.ts";
import { actDirectly, type DirectWish } from "../../../loop/direct-act.ts";
import { withdrawDirectly } from "../../../loop/withdraw-act.ts";
import { listActs } from "../../../store/test-acts.ts";
import { effects, fullyManaged, hour, issued, minute, withDevice } from "./test-acts.ts";

const duty = { name: "it-lead" };

test("a person locks an Android device at once, and wipes it when somebody else agrees", async () => {
  await using bed = await withDevice(fullyManaged);
  const { house, device } = bed;
  const ask = (key: number, act: DirectWish["act"]) =>
    actDirectly(
      house.looking,
      device.serial,
      { act, reason: "case 4711", expiresInMs: hour, key: String(key).padStart(16, "0") },
      duty,
    );
  expect(await ask(1, { lock: { message: "Back to IT" } })).toMatchObject({ status: "ready", verb: "lock" });
  await house.settle();
  await house.pass(10 * minute, minute);
  expect([issued(house), effects(device)]).toEqual([1, ["locked"]]);

  const held = await ask(2, { wipe: {} });
  expect(held).toMatchObject({ status: "held", verb: "wipe" });
  await house.pass(20 * minute, 5 * minute);
  expect(effects(device)).toEqual(["locked"]);
  await approveHold(house.looking, held.digest ?? "", { name: "it-duty" }, undefined);
  await house.settle();
  await house.pass(10 * minute, minute);
  expect(effects(device)).toContain("wiped");
  expect(issued(house)).toBe(2);
  await expect(ask(3, { shutdown: {} })).rejects.toThrow(/is not managed now|no device/);
});

test("what Google never heard of goes again where a person says so; withdrawn, Google drops what the device has not fetched", async () => {
  await using bed = await withDevice(fullyManaged);
  const { house, device } = bed;
  const ask = (key: number, act: DirectWish["act"], more: Partial<DirectWish> = {}) =>
    actDirectly(
      house.looking,
      device.serial,
      { act, reason: "x", expiresInMs: 24 * hour, key: String(key).padStart(16, "0"), ...more },
      duty,
    );
  house.amapi.fail({ method: "enterprises.devices.issueCommand", drop: "before-commit" });
  await ask(1, { reboot: {} }, { delivery: "untilAcknowledged" });
  await house.settle();
  await house.pass(2 * hour, 10 * minute);
  expect([house.amapi.requests.count("enterprises.devices.issueCommand"), effects(device)]).toEqual([
    2,
    ["rebooted"],
  ]);

  house.amapi.device({ serial: device.serial }).goOffline();
  const wipe = await ask(2, { wipe: {} });
  await approveHold(house.looking, wipe.digest ?? "", { name: "it-duty" }, undefined);
  await house.settle();
  await house.pass(10 * minute, minute);
  expect(house.amapi.requests.count("enterprises.devices.issueCommand")).toBe(3);
  expect(await withdrawDirectly(house.looking, wipe.act, "found again", duty)).toMatchObject({ sent: 1 });
  await house.pass(10 * minute, minute);
  house.amapi.device({ serial: device.serial }).goOnline();
  await house.pass(2 * hour, 10 * minute);
  expect(effects(device)).toEqual(["rebooted"]);
  expect(await listActs(house.store, 1)).toMatchObject([{ name: wipe.act, statuses: { cancelled: 1 } }]);
});
