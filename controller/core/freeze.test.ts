import { describe, expect, test } from "vitest";
import type { CompiledAct } from "./compiled.ts";
import type { Facts } from "./facts.ts";
import { type DisruptionRoom, type Freeze, freeze, type TargetedDevice } from "./freeze.ts";

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

/** So many of 12 devices an hour. */
function roomFor(left: number): DisruptionRoom {
  return { most: Math.max(12, left), left, windowMs: 3_600_000 };
}

function frozenFor(act: CompiledAct, devices: readonly TargetedDevice[], now: number, room = 10): Freeze {
  return freeze(act, devices, now, roomFor(room));
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

  test("that waits for want of room says how much there is, and what it takes", () => {
    const because = (room: DisruptionRoom, count = 1) => {
      const devices = ["d1", "d2"].slice(0, count).map((one) => company(one));
      return freeze({ ...act, verb: "lock", expectedDevices: count }, devices, 0, room).because;
    };
    const an = "may be disrupted without an approval";
    const hour = 3_600_000;
    expect([
      because({ most: 10, left: 0, windowMs: hour }),
      because({ most: 2, left: 1, windowMs: hour }, 2),
      because({ most: 1, left: 1, windowMs: hour / 3 }, 2),
    ]).toEqual([
      `10 devices an hour ${an}, 10 are used up, and it disrupts 1 device`,
      `2 devices an hour ${an}, 1 is used up, and it disrupts 2 devices`,
      `1 device in 20 minutes ${an}, and it disrupts 2 devices`,
    ]);
  });

  test("that locks with a PIN is held, however few it locks; without one it is not", () => {
    const two = [company("d1"), company("d2")];
    const lock = { ...act, verb: "lock" as const };
    expect(frozenFor({ ...lock, parameters: { pin: "123456" } }, two, 0).status).toBe("held");
    expect(frozenFor(lock, two, 0).status).toBe("ready");
    expect(frozenFor({ ...act, verb: "reboot", parameters: { pin: "1" } }, two, 0).status).toBe("ready");
  });

  const { expectedDevices: _none, ...uncounted } = act;
  const reasons = (frozen: Freeze) => frozen.refusals.map(({ reason }) => reason);

  test("on more than ten devices says how many, unless it only looks", () => {
    const of = (verb: "lock" | "audit", count: number, said: object = {}) =>
      frozenFor(
        { ...uncounted, verb, ...said } as CompiledAct,
        Array.from({ length: count }, (_, index) => company(`d${index}`)),
        0,
        100,
      );
    expect(of("lock", 10)).toMatchObject({ status: "ready", refusals: [] });
    expect(reasons(of("lock", 11))).toEqual(["it would hit 11 devices, and expectedDevices is missing"]);
    expect([of("lock", 11, { expectedDevices: 11 }).status, of("audit", 11).status]).toEqual([
      "ready",
      "ready",
    ]);
    expect(reasons(of("lock", 0))).toEqual([
      "its target contains no enrolled device, and who enrolls later is not hit",
    ]);
  });

  test("that goes until it is answered is for one device", () => {
    const lock = {
      ...uncounted,
      verb: "lock",
      parameters: { delivery: "untilAcknowledged" },
    } as unknown as CompiledAct;
    expect(frozenFor(lock, [company("d1")], 0).status).toBe("ready");
    expect(reasons(frozenFor(lock, [company("d1"), company("d2")], 0))).toEqual([
      "untilAcknowledged is for one device, and it would hit 2",
    ]);
  });

  test("ends nobody's Lost Mode by erasing, unless it says so; what is away is not sent anything", () => {
    const one = (verb: "wipe" | "lock", device: object, parameters = {}) =>
      freeze(
        { ...act, verb, parameters, expectedDevices: 1 },
        [{ ...company("d1"), ...device }],
        0,
        roomFor(10),
        (_verb, _parameters, facts) => (facts.model === undefined ? undefined : "not on this model"),
      );
    const lost = { lost: true };
    expect(reasons(one("wipe", lost))).toEqual([
      "it is in Lost Mode: end that first, or say evenIfLost: true",
    ]);
    expect(one("wipe", lost, { evenIfLost: true }).status).toBe("held");
    expect([one("lock", lost).status, one("wipe", { lost: false }).status]).toEqual(["ready", "held"]);
    expect(one("wipe", { lost: true, away: true }).status).toBe("held");
    const { facts } = company("d1");
    const model = { facts: { ...facts, model: { value: "old", source: "reported" } } };
    expect(reasons(one("lock", model))).toEqual(["not on this model"]);
    expect(one("lock", model).status).toBe("refused");
    expect(one("lock", { ...model, away: true }).status).toBe("ready");
    expect(one("lock", { ...model, away: false }).status).toBe("refused");
  });

  test("does to whom it belongs what it says, and only what somebody asserts counts", () => {
    const owned = (value: string, source: "asserted" | "reported" = "asserted") =>
      frozenFor(
        { ...act, verb: { company: "wipe" }, expectedDevices: 1 } as CompiledAct,
        [{ device: "d1", epoch: 1, facts: { ownership: { value, source } } }],
        0,
      );
    expect(owned("company").targets.map(({ verb }) => verb)).toEqual(["wipe"]);
    expect(reasons(owned("personal"))).toEqual(["a personal device is never wiped whole"]);
    expect(reasons(owned("company", "reported"))).toEqual([
      "its ownership is only reported by the device itself",
    ]);
    const personal = {
      device: "d2",
      epoch: 1,
      facts: { ownership: { value: "personal", source: "asserted" } },
    } as const;
    const both = frozenFor(act, [company("d1"), personal], 0);
    expect(both.targets.map(({ verb }) => verb)).toEqual(["wipe", "unenroll"]);
  });

  test("is as severe as the worst that it does", () => {
    const personal = {
      device: "d2",
      epoch: 1,
      facts: { ownership: { value: "personal", source: "asserted" } },
    } as const;
    const mixed = (company_: "wipe" | "lock", parameters = {}) =>
      frozenFor(
        { ...act, verb: { company: company_, personal: "reboot" }, parameters },
        [company("d1"), personal],
        0,
      );
    const wipes = { ...act, verb: { company: "wipe", personal: "reboot" } } as const;
    const held = frozenFor(wipes, [company("d1"), personal], 0, 0);
    expect(held.status).toBe("held");
    // That it also disrupts is not why.
    expect(held).not.toHaveProperty("because");
    expect(mixed("wipe").status).toBe("held");
    expect(mixed("lock", { pin: "1" }).because).toBe("it locks with a PIN");
    expect(mixed("lock")).not.toHaveProperty("because");
    expect(
      frozenFor({ ...act, verb: "setFirmwarePassword" }, [company("d1"), company("d2")], 0),
    ).toMatchObject({
      status: "held",
      because: "it sets a firmware password",
    });
  });

  test("that destroys nothing goes on without the devices that it may not do it to", () => {
    const refusing = freeze(
      { ...act, verb: "lock" },
      [company("d1"), { ...company("d2"), lost: true }],
      0,
      roomFor(10),
      (_v, _p, facts) => (facts.ownership === undefined ? "no" : undefined),
    );
    expect(refusing.status).toBe("ready");
    const partly = freeze(
      { ...act, verb: "lock" },
      [company("d1"), { device: "d2", epoch: 1, facts: {} }],
      0,
      roomFor(10),
      (_v, _p, facts) => (facts.ownership === undefined ? "no" : undefined),
    );
    expect(partly).toMatchObject({
      status: "ready",
      targets: [{ device: "d1" }],
      refusals: [{ device: "d2" }],
    });
  });
});
