import { describe, expect, test } from "vitest";
import type { CompiledAct } from "./compiled.ts";
import type { Facts } from "./facts.ts";
import { type Freeze, freeze, type TargetedDevice } from "./freeze.ts";

const act: CompiledAct = {
  name: "Deprovision/lost@1",
  formerly: [],
  target: {
    all: false,
    groups: [],
    devices: new Set(),
    users: new Set(),
    userGroups: new Set(),
    exclude: undefined,
  },
  verb: { company: "wipe", personal: "unenroll" },
  parameters: {},
  reason: "stolen",
  expectedDevices: 2,
  expiresAt: 1_000,
  origin: { file: "p.yaml", line: 1, column: 1 },
};

function company(device: string, epoch = 1) {
  const facts: Facts = { ownership: { value: "company", source: "asserted" } };
  return { device, epoch, facts };
}

function frozenFor(act: CompiledAct, devices: readonly TargetedDevice[], now: number, room = 10): Freeze {
  return freeze(act, devices, now, room);
}

describe("an act", () => {
  test.each([
    [1, /expected 2 devices, found 1/],
    [3, /expected 2 devices, found 3/],
  ])("that says two devices and would hit %i is refused whole", (count, reason) => {
    const devices = Array.from({ length: count }, (_, index) => company(`d${index}`));
    const { status, targets, refusals } = frozenFor(act, devices, 0);
    expect([status, targets, refusals.length]).toEqual(["refused", [], 1]);
    expect(refusals[0]?.reason).toMatch(reason);
  });

  test("that destroys nothing is held to its number as well", () => {
    const lock = { ...act, verb: "lock" as const };
    expect(frozenFor(lock, [company("d1")], 0).status).toBe("refused");
    expect(frozenFor(lock, [company("d1"), company("d2")], 0).status).toBe("ready");
  });

  test("is in time until it expires, and not at that moment", () => {
    const two = [company("d1"), company("d2")];
    expect([frozenFor(act, two, 999).status, frozenFor(act, two, 1_000).status]).toEqual(["held", "refused"]);
  });

  test("names devices with the epochs they are in, in one order whatever order they came in", () => {
    const frozen = frozenFor(act, [company("d2", 7), company("d1", 3)], 0);
    expect(frozen.targets.map(({ device, epoch }) => [device, epoch])).toEqual([
      ["d1", 3],
      ["d2", 7],
    ]);
  });

  test.each(["wipe", "unenroll", "relinquishOwnership", "clearAppData"] as const)(
    "that does %s is held",
    (verb) => {
      const frozen = frozenFor({ ...act, verb }, [company("d1"), company("d2")], 0);
      expect([frozen.status, frozen.targets.every((one) => one.destructive)]).toEqual(["held", true]);
      const { expectedDevices: _none, ...uncounted } = { ...act, verb };
      expect(frozenFor(uncounted as CompiledAct, [company("d1")], 0).refusals[0]?.reason).toMatch(
        /expectedDevices/,
      );
    },
  );

  test("that destroys and finds one device it may not is refused with that device's name, and hits no other", () => {
    const frozen = frozenFor(act, [company("d1"), { device: "d2", epoch: 1, facts: {} }], 0);
    expect(frozen).toMatchObject({ status: "refused", targets: [], refusals: [{ device: "d2" }] });
  });

  test.each([
    ["reboot", 2, "ready"],
    ["reboot", 1, "held"],
    ["locate", 1, "held"],
    ["audit", 0, "ready"],
  ] as const)("that does %s on two devices, where %i may be disrupted, is %s", (verb, room, status) => {
    const frozen = frozenFor({ ...act, verb }, [company("d1"), company("d2")], 0, room);
    expect([frozen.status, frozen.because === undefined]).toEqual([status, status === "ready"]);
  });

  test("that locks with a PIN is held, however few it locks; without one it is not", () => {
    const two = [company("d1"), company("d2")];
    const lock = { ...act, verb: "lock" as const };
    expect(frozenFor({ ...lock, parameters: { pin: "123456" } }, two, 0).status).toBe("held");
    expect(frozenFor(lock, two, 0).status).toBe("ready");
    expect(frozenFor({ ...act, verb: "reboot", parameters: { pin: "1" } }, two, 0).status).toBe("ready");
  });
});
