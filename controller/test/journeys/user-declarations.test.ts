import { expect, test } from "vitest";
import { legacyIdentifier } from "../../core/declared-identifier.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { viewStatus } from "../../loop/view-status.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { marker } from "../manifests.ts";
import { declared, echo, forUsers, policySet, wrapped } from "./declared-files.ts";

const stores = await storesOfSuite();
const mac = { serial: "MAC-1", platform: "macos", name: "MAC-1" } as const;
const ipad = { serial: "PAD-1", platform: "ipados", name: "PAD-1", shared: true } as const;
const alice = { id: "A1B2C3D4-0000-4000-8000-000000000001", shortName: "alice" };
const bob = { id: "A1B2C3D4-0000-4000-8000-000000000002", shortName: "bob" };
const shared = "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF";
const hello = "reeve.profile.hello:test";
const own = "reeve.profile.wrapped";

const greeting = (text: string, more = "") =>
  ["hello", forUsers(declared("hello", echo(text, more)))] as const;
const wrapping = (value: number, delivery: "declaration" | "profile" = "declaration") =>
  ["wrapped", forUsers(wrapped(value, delivery))] as const;

/** The states of what a user has, by the name of the user and the item. */
async function statesOf(house: Installation, serial: string): Promise<Readonly<Record<string, string>>> {
  const { users } = await viewExplanation(house.looking, serial, undefined);
  return Object.fromEntries(
    users.flatMap(({ name, items }) => items.map((one) => [`${name} ${one.key}`, one.state])),
  );
}

function commandsOf(device: AppleDevice, whose: string | undefined): readonly string[] {
  return device.ledger
    .of("command")
    .filter((one) => one.whose === whose)
    .map((one) => one.requestType);
}

function fetchedBy(device: AppleDevice, whose: string): readonly string[] | undefined {
  return device.ledger
    .of("declarations")
    .filter((one) => one.whose === whose)
    .at(-1)?.fetched;
}

test.each(stores)(
  "on $name what is declared for users comes, changes and goes on the channel of each",
  async (store) => {
    const machine = ["machine", declared("machine", echo("of the Mac"))] as const;
    await using house = await install({
      stores: store,
      files: policySet(machine, greeting("one"), wrapping(1)),
      devices: [mac],
    });
    await house.enroll();
    await house.settle();
    const device = house.device("MAC-1");
    const first = await device.login(alice);
    await house.settle();

    expect(first.declarations()[hello]).toMatchObject({ payload: { Echo: "one" }, active: true });
    expect(first.profiles()[own]?.payloads[0]).toMatchObject({ reeveTest: "1" });
    expect(first.declarations()["reeve.status"]?.payload).toEqual({
      StatusItems: [
        { Name: "device.operating-system.build-version" },
        { Name: "device.operating-system.version" },
        { Name: "mdm.app" },
        { Name: "passcode.is-compliant" },
        { Name: "passcode.is-present" },
      ],
    });
    const { declarations, profiles } = device.snapshot();
    expect(Object.keys(declarations).filter((name) => name.startsWith("reeve.profile."))).toEqual([
      "reeve.profile.machine::activation",
      "reeve.profile.machine:test",
    ]);
    expect(profiles[own]).toBeUndefined();
    expect(await statesOf(house, "MAC-1")).toEqual({
      "alice Profile/hello": "verified",
      "alice Profile/wrapped": "verified",
    });
    expect(commandsOf(device, "alice")).toEqual(["DeclarativeManagement"]);

    house.commit(policySet(machine, greeting("two"), wrapping(1)));
    await house.settle();
    expect(fetchedBy(device, "alice")).toEqual([hello]);
    const second = await device.login(bob);
    await house.settle();
    for (const user of [first, second]) {
      expect(user.declarations()[hello]).toMatchObject({ payload: { Echo: "two" }, valid: "valid" });
      expect(Object.keys(user.profiles())).toEqual([own]);
    }
    expect(Object.values(await statesOf(house, "MAC-1"))).toEqual(Array(4).fill("verified"));

    house.commit(policySet(machine, greeting("two")));
    await house.settle();
    expect([first.profiles(), second.profiles()]).toEqual([{}, {}]);
    expect(first.declarations()[legacyIdentifier(own)]).toBeUndefined();
    house.commit(policySet(machine));
    await house.settle();
    expect([first.declarations(), second.declarations()]).toEqual([{}, {}]);
    expect(device.snapshot().declarations["reeve.profile.machine:test"]).toMatchObject({ active: true });
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name a user's profile moves under a declaration without a gap, and back",
  async (store) => {
    // One that is delivered as reeve sees fit stays a profile for users.
    const auto = ["auto", forUsers(marker("auto"))] as const;
    await using house = await install({
      stores: store,
      files: policySet(auto, wrapping(1, "profile")),
      devices: [mac],
    });
    await house.enroll();
    await house.settle();
    const device = house.device("MAC-1");
    const user = await device.login(alice);
    await house.settle();
    expect(commandsOf(device, "alice").filter((one) => one === "InstallProfile")).toHaveLength(2);

    house.commit(policySet(auto, wrapping(1)));
    await house.settle();
    expect(user.declarations()[legacyIdentifier(own)]).toMatchObject({ active: true });
    await house.pass(3 * 3_600_000, 1_200_000);
    expect(Object.keys(user.profiles()).sort()).toEqual(["reeve.profile.auto", own]);
    expect(commandsOf(device, "alice")).not.toContain("RemoveProfile");
    expect(await statesOf(house, "MAC-1")).toMatchObject({ "alice Profile/wrapped": "verified" });

    house.commit(policySet(auto, wrapping(1, "profile")));
    await house.settle();
    expect(user.declarations()).toEqual({});
    expect(Object.keys(user.profiles()).sort()).toEqual(["reeve.profile.auto", own]);
    expect(commandsOf(device, "alice").filter((one) => one === "InstallProfile")).toHaveLength(3);
    expect(await statesOf(house, "MAC-1")).toMatchObject({ "alice Profile/wrapped": "verified" });
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name users of a Shared iPad get what exists for them, and lose it with the enrollment",
  async (store) => {
    const calendar = [
      "calendar",
      forUsers(
        declared(
          "calendar",
          'type: com.apple.configuration.account.caldav, content: {VisibleName: "Acme", HostName: "dav.acme.example"}',
        ),
      ),
    ] as const;
    const passcode = [
      "passcode",
      forUsers(
        declared("passcode", "type: com.apple.configuration.passcode.settings, content: {MinimumLength: 8}"),
      ),
    ] as const;
    await using house = await install({
      stores: store,
      files: policySet(calendar, passcode, greeting("one")),
      devices: [ipad],
    });
    await house.enroll();
    await house.settle();
    const device = house.device("PAD-1");
    const bea = await device.login({ id: shared, shortName: "bea@acme.example", awaiting: true });
    await house.settle();
    expect(bea.isAwaiting()).toBe(false);
    expect(bea.declarations()["reeve.profile.calendar:caldav"]).toMatchObject({
      active: true,
      valid: "valid",
    });
    const { users } = await viewExplanation(house.looking, "PAD-1", undefined);
    expect(users[0]?.items).toMatchObject([
      { key: "Profile/calendar", state: "verified" },
      { key: "Profile/hello", state: "verified" },
      { key: "Profile/passcode", state: "unsupported", because: expect.stringContaining("not for users") },
    ]);

    device.erase();
    await house.enroll([device], { bound: true });
    await house.settle();
    expect(bea.declarations()).toEqual({});
    const again = await device.login({ id: shared, shortName: "bea@acme.example" });
    await house.settle();
    expect(again.declarations()[hello]).toMatchObject({ active: true });
    expect(Object.values(await statesOf(house, "PAD-1"))).toContain("verified");
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name a Mac that is too old for what its users are to have is looked at until it is not",
  async (store) => {
    const type = "com.apple.configuration.account.subscribed-calendar";
    const content = '{VisibleName: Holidays, CalendarURL: "https://acme.example/days.ics"}';
    const holidays = ["days", forUsers(declared("days", `type: ${type}, content: ${content}`))] as const;
    await using house = await install({
      stores: store,
      files: policySet(holidays),
      devices: [{ ...mac, osVersion: "13.6" }],
    });
    await house.enroll();
    await house.settle();
    const device = house.device("MAC-1");
    const user = await device.login(alice);
    await house.settle();
    expect(commandsOf(device, "alice")).toEqual([]);
    const { users } = await viewExplanation(house.looking, "MAC-1", undefined);
    expect(users[0]?.items).toMatchObject([
      { state: "unsupported", because: expect.stringContaining("needs macOS 14.0") },
    ]);

    device.updateOs("26.1");
    await house.pass(3 * 3_600_000, 1_200_000);
    expect(user.declarations()["reeve.profile.days:subscribed-calendar"]).toMatchObject({
      active: true,
      valid: "valid",
    });
    expect(house.fleet.violations()).toEqual([]);
  },
);

const endpoints = ["tokens", "declaration-items", "declaration", "profile", "status"] as const;

test.each(stores)(
  "on $name whatever answer is lost, a user has what is declared, and what is invalid says why",
  async (store) => {
    await using house = await install({
      stores: store,
      files: policySet(greeting("0"), wrapping(0)),
      devices: [mac],
    });
    await house.enroll();
    await house.settle();
    const device = house.device("MAC-1");
    const user = await device.login(alice);
    await house.settle();
    for (const [index, endpoint] of endpoints.entries()) {
      const value = index + 1;
      device.faults.add({ kind: "lose-answer", requestType: `DeclarativeManagement/${endpoint}`, times: 2 });
      device.faults.add({ kind: "lose-reply", requestType: "DeclarativeManagement", next: "idle" });
      house.commit(policySet(greeting(String(value)), wrapping(value)));
      await house.settle();
      await house.pass(120_000, 20_000);
      device.faults.clear();
      await house.settle();
      expect(user.declarations()[hello]?.payload, endpoint).toEqual({ Echo: String(value) });
      expect(user.profiles()[own]?.payloads[0], endpoint).toMatchObject({ reeveTest: String(value) });
      expect(Object.values(await statesOf(house, "MAC-1")), endpoint).toEqual(["verified", "verified"]);
    }

    house.commit(policySet(greeting("broken", ", ReturnStatus: Failed"), wrapping(9)));
    await house.settle();
    const { users } = await viewExplanation(house.looking, "MAC-1", "Profile/hello");
    expect(users[0]?.items).toMatchObject([
      { state: "failed", detail: expect.stringContaining("Error.ConfigurationCannotBeApplied") },
    ]);
    expect(user.profiles()[own]?.payloads[0]).toMatchObject({ reeveTest: "9" });
    expect((await viewStatus(house.looking, { source: "memory", warnings: [] })).warnings).toEqual([
      {
        message: "1 user has a profile that fails on their channel: alice on MAC-1",
        hint: "reeve explain MAC-1",
      },
    ]);
    expect(house.fleet.violations()).toEqual([]);
  },
);
