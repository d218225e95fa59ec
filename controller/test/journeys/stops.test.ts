import { expect, test } from "vitest";
import { resume, suspend } from "../../loop/control.ts";
import { viewDevices } from "../../loop/view-devices.ts";
import { viewStatus } from "../../loop/view-status.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { baseline, device, files, group, marker, passcode, policy } from "../manifests.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const hour = 60 * minute;
const by = { name: "it-duty" };
const lab = `apiVersion: reeve/v1
kind: DeviceGroup
metadata: {name: lab}
spec: {devices: [two]}
`;
const quiet = {
  ...baseline,
  "devices.yaml": [device("two", "SIM-2"), lab].join("---\n"),
};
const three = ["SIM-1", "SIM-2", "SIM-3"].map(
  (serial) => ({ serial, platform: "ipados", name: serial }) as const,
);

test.each(stores)(
  "on $name a suspended device, group or fleet is only asked questions until it is resumed",
  async (store) => {
    await using house = await install({ stores: store, files: quiet, devices: three });
    await house.enroll();
    await house.settle();
    const change = async (length: number): Promise<readonly (number | undefined)[]> => {
      house.commit({ ...quiet, "passcode.yaml": passcode(length) });
      await house.settle();
      await house.pass(90 * minute, 10 * minute);
      return lengths(house);
    };

    await suspend(house.looking, "device", "SIM-1", "in the workshop", by);
    expect(await change(7)).toEqual([6, 7, 7]);
    await suspend(house.looking, "group", "lab", "an experiment", by);
    expect(await change(8)).toEqual([6, 7, 8]);
    await suspend(house.looking, "all", undefined, "a holiday", by);
    const before = house.fleet.devices.map((one) => one.ledger.entries.length);
    expect(await change(9)).toEqual([6, 7, 8]);
    for (const [index, one] of house.fleet.devices.entries())
      expect(changing(one, before[index] ?? 0)).toEqual([]);
    expect((await viewDevices(house.looking, { limit: 10 }, { condition: "held" })).devices).toHaveLength(3);

    await resume(house.looking, "all", undefined, by);
    await house.settle();
    expect(lengths(house)).toEqual([6, 7, 9]);
    await resume(house.looking, "group", "lab", by);
    await resume(house.looking, "device", "SIM-1", by);
    await house.settle();
    expect(lengths(house)).toEqual([9, 9, 9]);
    expect((await status(house)).total).toMatchObject({ ready: 3 });
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)("on $name the first synchronisation only watches until a person resumes", async (store) => {
  await using house = await install({
    stores: store,
    files: quiet,
    devices: three,
    parts: { observeFirst: true },
  });
  await house.enroll();
  await house.settle();
  await house.pass(2 * hour, 10 * minute);
  for (const one of house.fleet.devices) expect(changing(one, 0)).toEqual([]);
  const shown = await status(house);
  expect(shown.total).toMatchObject({ total: 3, held: 3 });
  expect(shown.latches.map((one) => one.name)).toEqual(["observe"]);

  await resume(house.looking, "observe", undefined, by);
  await house.settle();
  await house.pass(5_000, 1_000);
  expect(lengths(house)).toEqual([6, 6, 6]);
  house.commit({ ...quiet, "passcode.yaml": passcode(7) });
  await house.settle();
  expect(lengths(house)).toEqual([7, 7, 7]);
  expect((await status(house)).latches).toEqual([]);
  expect(house.fleet.violations()).toEqual([]);
});

function status(house: Installation) {
  return viewStatus(house.looking, { source: "memory", warnings: [] });
}

function lengths(house: Installation): readonly (number | undefined)[] {
  return house.fleet.devices.map((one) => {
    const payload = one.snapshot().profiles["reeve.profile.passcode"]?.payloads[0];
    return payload?.minLength as number | undefined;
  });
}

/** What a device was told to change since a place in its ledger. */
function changing(one: AppleDevice, after: number): string[] {
  return one.ledger
    .of("command")
    .filter((command) => command.seq > after && /Install(?!ed)|Remove|Lock|Erase/.test(command.requestType))
    .map((command) => command.requestType);
}

test.each(stores)(
  "on $name no commit ends the suspension of a group, by another name or by other members",
  async (store) => {
    const set = (value: number, name: string, selector = "match: {platform: ipados}") =>
      files({
        "a.yaml": marker("a", value),
        "group.yaml": group(name, selector),
        "policy.yaml": policy("profiles: [{name: a}]"),
      });
    await using house = await install({
      stores: store,
      files: set(1, "pads"),
      devices: [{ serial: "SIM-1", platform: "ipados", name: "IPAD-1" }],
    });
    await house.enroll();
    await house.settle();
    const version = () =>
      house.device("SIM-1").snapshot().profiles["reeve.profile.a"]?.payloads[0]?.reeveTest;

    await suspend(house.looking, "group", "pads", "case 4711", by);
    house.commit(set(2, "tablets"));
    await house.settle();
    house.commit(set(3, "pads", "match: {platform: macos}"));
    await house.settle();
    await house.pass(2 * 3_600_000, 600_000);
    expect(version()).toBe("1");

    await resume(house.looking, "group", "pads", by);
    await house.settle();
    expect(version()).toBe("3");
  },
);
