import { expect, test } from "vitest";
import { approveHold } from "../../../loop/control.ts";
import { actDirectly, type DirectWish } from "../../../loop/direct-act.ts";
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
