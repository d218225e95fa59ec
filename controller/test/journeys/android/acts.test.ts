import { describe, expect, test } from "vitest";
import { viewRefusedActs } from "../../../loop/refused-acts.ts";
import { viewOperations } from "../../../loop/view-logs.ts";
import type { HowArrived } from "../../android-house.ts";
import { storesOfSuite } from "../../installation.ts";
import {
  acting,
  approve,
  canary,
  companyProfile,
  effects,
  fullyManaged,
  hour,
  issued,
  minute,
  one,
  outcomes,
  personal,
  told,
  withDevice,
} from "./test-acts.ts";

const stores = await storesOfSuite();
const anyone = {
  lock: "lock: {message: Please call}",
  password: "clearPasscode: {newPassword: '${secret:unlock/password}', requireEntry: true}",
  look: "audit: {}",
};

describe.each(["strict", "quirks"] as const)("in %s mode", (mode) => {
  test.each<[string, HowArrived, Readonly<Record<string, string>>, readonly string[]]>([
    [
      "a fully managed device",
      fullyManaged,
      { ...anyone, restart: "reboot: {}", lost: "lostMode: {message: Please call, footnote: us}" },
      ["locked", "lost-mode", "message", "password-reset", "rebooted"],
    ],
    [
      "a company's device with a work profile",
      companyProfile,
      { ...anyone, lost: "lostMode: {phoneNumber: '+49 30 1'}" },
      ["locked", "lost-mode", "message", "password-reset"],
    ],
    ["a person's device", personal, anyone, ["locked", "password-reset"]],
  ])("%s carries out what it has, each once", async (_, how, acts, expected) => {
    await using bed = await withDevice(how, {
      knobs: { mode, lostModeAfterResetMs: 0, reportEveryMs: hour },
    });
    const { house, device } = bed;
    house.commit(acting(acts));
    await house.settle();
    await house.pass(2 * hour, 20 * minute);
    const executed = Object.fromEntries(Object.keys(acts).map((name) => [name, "executed"]));
    expect(await outcomes(house)).toEqual({ ...executed, lock: "executed: message not delivered" });
    expect([...effects(device)].sort()).toEqual(expected);
    expect(issued(house)).toBe(Object.keys(acts).length - 1);
    expect(device.user.unlocksWith(canary)).toBe(true);
  });

  test.each<[string, HowArrived, number, Readonly<Record<string, readonly [string, string]>>]>([
    [
      "a person's device",
      personal,
      15,
      {
        restart: ["reboot: {}", "reboot is for fully managed devices, and not for work profiles on personal"],
        lost: ["lostMode: {message: x}", "lostMode is for fully managed devices and company-owned"],
        hand: ["relinquishOwnership: {}", "relinquishOwnership is for company-owned devices with a work"],
        erase: ["wipe: {scope: device}", "a personal device is never wiped whole"],
      },
    ],
    [
      "a fully managed device of Android 8",
      fullyManaged,
      8,
      {
        lost: ["lostMode: {message: x}", "lostMode needs Android 11, it has 8"],
        clear: ["clearAppData: {packages: [com.acme.mail]}", "clearAppData needs Android 9, it has 8"],
        hand: ["relinquishOwnership: {}", "relinquishOwnership is for company-owned devices with a work"],
        leave: ["unenroll: {}", "a fully managed device has nothing but work data"],
      },
    ],
    [
      "a company's work profile on Android 12",
      companyProfile,
      12,
      {
        restart: ["reboot: {}", "reboot is for fully managed devices, and not for company-owned"],
        lost: ["lostMode: {message: x}", "lostMode needs Android 13, it has 12"],
      },
    ],
  ])("%s is asked for nothing that it has not", async (_, how, android, refused) => {
    await using bed = await withDevice(how, { knobs: { mode }, android });
    const { house, device } = bed;
    house.commit(
      acting(Object.fromEntries(Object.entries(refused).map(([name, [act]]) => [name, act])), one),
    );
    await house.settle();
    const why = await told(house, "act.refused");
    for (const [name, [, reason]] of Object.entries(refused))
      expect(why[`Operation/${name}@1`], name).toContain(reason);
    const shown = await viewOperations(house.looking, { status: ["refused"], limit: 50 });
    expect(shown.map((one) => one.subject.split(/[/@]/)[1]).toSorted()).toEqual(
      Object.keys(refused).toSorted(),
    );
    expect(new Set(shown.map((one) => one.name)).size).toBe(1);
    for (const { refused: why } of await viewRefusedActs(house.looking))
      expect(why.startsWith(`${shown[0]?.name}: `), why).toBe(true);
    expect(shown[0]?.name).not.toMatch(/^d-/);
    expect([issued(house), effects(device)]).toEqual([0, []]);
  });

  test("what Google has as another's is not erased on anybody's word", async () => {
    await using bed = await withDevice(
      { ...personal, facts: { ownership: "company", mode: "fullyManaged" } },
      { knobs: { mode } },
    );
    const { house, device } = bed;
    house.commit(acting({ erase: "wipe: {}", restart: "reboot: {}" }, one));
    await house.settle();
    await approve(house);
    await house.settle();
    const found = await outcomes(house);
    const odd = "failed: its ownership is said to be company, and Google has it as personal";
    expect(found).toEqual({ erase: odd, restart: odd });
    expect([issued(house), effects(device)]).toEqual([0, []]);
  });
});

test.each(stores)("on $name a wipe waits for an approval and happens once", async (stores) => {
  await using bed = await withDevice(fullyManaged, { stores });
  const { house, device } = bed;
  const options = "keepResetProtection: true, wipeExternalStorage: true, message: Bye";
  house.commit(acting({ erase: `wipe: {${options}}` }, one));
  await house.settle();
  await house.pass(2 * hour, 20 * minute);
  expect([issued(house), effects(device), await outcomes(house)]).toEqual([0, [], { erase: "held" }]);

  await approve(house);
  await house.settle();
  await house.pass(10 * minute);
  expect(device.ledger.of("wiped")).toMatchObject([
    {
      by: "command",
      flags: ["PRESERVE_RESET_PROTECTION_DATA", "WIPE_EXTERNAL_STORAGE", "WIPE_ESIMS"],
    },
  ]);
  expect(issued(house)).toBe(1);
  // Nobody is told on a company's device.
  expect(device.ledger.of("message")).toEqual([]);
  expect(await outcomes(house)).toEqual({ erase: "executed: Google has it no more; message not delivered" });
  expect(Object.values(await told(house, "device.left"))).toEqual([
    "Google does not have it any more, as an act asked for",
  ]);
  expect((await house.view(device.serial)).enrollment).toBe("unenrolled");
});

test("a person is told why the work profile goes; a company's device that is given away keeps what is private", async () => {
  for (const [how, act, expected] of [
    [personal, "wipe: {message: You left us}", ["message", "work-profile-removed"]],
    [personal, "unenroll: {}", ["message", "work-profile-removed"]],
    [companyProfile, "relinquishOwnership: {}", ["work-profile-removed"]],
    [companyProfile, "wipe: {scope: work}", ["work-profile-removed"]],
  ] as const) {
    await using bed = await withDevice(how);
    const { house, device } = bed;
    house.commit(acting({ end: act }, one));
    await house.settle();
    await approve(house);
    await house.settle();
    await house.pass(5 * minute);
    expect(effects(device), act).toEqual(expected);
    expect(Object.keys(await told(house, "device.left"))).toHaveLength(1);
    expect(await outcomes(house)).toMatchObject({ end: expect.stringMatching(/^executed/) });
  }
});
