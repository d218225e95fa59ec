import { expect, test } from "vitest";
import { resume } from "../../loop/control.ts";
import { viewDevices } from "../../loop/view-devices.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { baseline, slackId } from "../manifests.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const phone = (name: string, prompts: "accept" | "ignore" | "reject") =>
  ({
    serial: name,
    platform: "ios",
    name,
    supervised: false,
    user: { prompts, promptMs: [500, 2_500] },
  }) as const;

test.each(stores)("on $name users are asked, may ignore or refuse, and are not nagged", async (store) => {
  await using house = await install({
    stores: store,
    files: baseline,
    devices: [phone("YES", "accept"), phone("LATER", "ignore"), phone("NO", "reject")],
  });
  await house.enroll();
  await house.settle();
  await house.pass(2 * minute, 2_000);
  expect(house.device("YES").snapshot().managedApps).toEqual({ [slackId]: "Managed" });
  expect(house.device("LATER").snapshot().managedApps).toEqual({ [slackId]: "Prompting" });
  expect(house.device("NO").snapshot().apps[slackId]).toBeUndefined();
  expect(await conditions(house)).toEqual({
    YES: "Ready AsDeclared",
    LATER: "Reconciling ItemsUnderWay",
    NO: "Stalled Rejected",
  });

  await house.pass(3 * day, hour);
  expect(asked(house, "YES")).toBe(1);
  expect(asked(house, "LATER")).toBe(1);
  expect(asked(house, "NO")).toBeGreaterThanOrEqual(2);
  expect(asked(house, "NO")).toBeLessThanOrEqual(3);
  const looked = house
    .device("LATER")
    .ledger.of("command")
    .filter((one) => one.requestType === "ManagedApplicationList");
  expect(looked.length).toBeLessThan(120);

  house.device("LATER").user.answerPrompt(slackId, "accept");
  house.device("NO").user.behave({ prompts: "accept", promptMs: [500, 2_500] });
  await house.pass(8 * day, 4 * hour);
  expect(await conditions(house)).toEqual({
    YES: "Ready AsDeclared",
    LATER: "Ready AsDeclared",
    NO: "Ready AsDeclared",
  });
  expect(house.fleet.violations()).toEqual([]);
});

test.each(stores)(
  "on $name a device whose user removes the management is noticed, told or by its silence",
  async (store) => {
    await using house = await install({
      stores: store,
      files: baseline,
      devices: [phone("TELLS", "accept"), phone("SILENT", "accept")],
    });
    await house.enroll();
    await house.settle();
    await house.device("TELLS").user.removeManagement();
    await house.device("SILENT").user.removeManagement({ silently: true });
    const pushes = house.push.count();
    await house.pass(2 * day, hour);

    const views = await viewDevices(house.looking, { limit: 10 }, { enrollment: "all" });
    const shown = Object.fromEntries(
      views.devices.map((one) => [one.name, [one.enrollment, one.condition.type, one.condition.reason]]),
    );
    expect(shown).toEqual({
      TELLS: ["unenrolled", "Unreachable", "Left"],
      SILENT: ["enrolled", "Unreachable", "Silent"],
    });
    expect(house.push.count() - pushes).toBeLessThan(5);
    for (const name of ["TELLS", "SILENT"])
      expect(house.device(name).snapshot()).toMatchObject({ enrolled: false, managedApps: {} });

    await house.enroll();
    await house.settle();
    await house.pass(minute, 2_000);
    // Of the silent one nobody knows that its enrollment had ended: a person says that it is the same device.
    expect(await conditions(house)).toEqual({ TELLS: "Ready AsDeclared", SILENT: "Held Quarantined" });
    await resume(house.looking, "device", "SILENT", { name: "it-duty" });
    await house.settle();
    await house.pass(minute, 2_000);
    expect(await conditions(house)).toEqual({ TELLS: "Ready AsDeclared", SILENT: "Ready AsDeclared" });
    const back = await viewDevices(house.looking, { limit: 10 }, {});
    expect(back.devices.map((one) => one.epoch)).toEqual([2, 2]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

function asked(house: Installation, name: string): number {
  const commands = house.device(name).ledger.of("command");
  return commands.filter((one) => one.requestType === "InstallApplication").length;
}

async function conditions(house: Installation): Promise<Readonly<Record<string, string>>> {
  const { devices } = await viewDevices(house.looking, { limit: 10 }, {});
  return Object.fromEntries(
    devices.map((one) => [one.name, `${one.condition.type} ${one.condition.reason}`]),
  );
}
