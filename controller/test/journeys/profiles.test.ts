import { expect, test } from "vitest";
import { viewDevices } from "../../loop/view-devices.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { listCommands } from "../../store/commands.ts";
import { listEvents } from "../../store/events.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { files, marker, policy, profile } from "../manifests.ts";
import { scepOf, scepPayload } from "../scep-payload.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const hour = 60 * minute;
const tablet = { serial: "SIM-1", platform: "ipados", name: "SIM-1" } as const;
const late = { serial: "SIM-2", platform: "ipados", name: "SIM-2" } as const;

test.each(stores)(
  "on $name a time-limited profile goes by itself, is told once, and comes back only with another content",
  async (store) => {
    const limited = (value: number) =>
      files({
        "event.yaml": marker("event", value, "removeAfter: 2h"),
        "policy.yaml": policy("profiles: [{name: event}]"),
      });
    await using house = await install({ stores: store, files: limited(1), devices: [tablet] });
    const device = house.device("SIM-1");
    await house.enroll();
    await house.settle();
    expect(shown(house)).toContain("reeve.profile.event");
    expect(await conditionOf(house)).toBe("Ready AsDeclared");

    // Who takes it away before its time meets the usual correction.
    device.user.removeProfile("reeve.profile.event", { force: true });
    await house.pass(80 * minute, 20 * minute);
    expect(shown(house)).toContain("reeve.profile.event");

    await house.pass(5 * hour, 30 * minute);
    expect(shown(house)).not.toContain("reeve.profile.event");
    expect(device.ledger.of("lapsed")).toHaveLength(1);
    expect(installations(house)).toBe(2);
    expect(await conditionOf(house)).toBe("Ready AsDeclared");
    expect(await eventsOf(house, "item.lapsed")).toHaveLength(1);
    const { items } = await viewExplanation(house.looking, "SIM-1", "Profile/event");
    expect(items).toMatchObject([{ state: "lapsed" }]);

    house.commit(limited(2));
    await house.pass(10 * minute, 10_000);
    expect(shown(house)).toContain("reeve.profile.event");
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)("on $name a profile with a date is not sent to who comes after it", async (store) => {
  const until = new Date(Date.UTC(2026, 0, 1)).getTime();
  await using house = await install({ stores: store, files: files({}), devices: [tablet, late] });
  const date = new Date(Math.max(until, house.world.now()) + 3 * hour).toISOString();
  house.commit(
    files({
      "event.yaml": marker("event", 1, `removeAt: ${date}`),
      "policy.yaml": policy("profiles: [{name: event}]"),
    }),
  );
  await house.enroll([house.device("SIM-1")]);
  await house.settle();
  expect(shown(house)).toContain("reeve.profile.event");

  await house.pass(5 * hour, 30 * minute);
  await house.enroll([house.device("SIM-2")]);
  await house.settle();
  expect(shown(house)).not.toContain("reeve.profile.event");
  expect(installations(house, "SIM-1")).toBe(1);
  expect(installations(house, "SIM-2")).toBe(0);
  expect(await conditionOf(house)).toBe("Ready AsDeclared,Ready AsDeclared");
});

test.each(stores)(
  "on $name an identity profile whose answer is lost costs one certificate",
  async (store) => {
    await using house = await install({ stores: store, files: files({}), devices: [tablet] });
    const device = house.device("SIM-1");
    await house.enroll();
    await house.settle();
    const before = device.ledger.of("command").length;
    device.faults.add({ kind: "lose-reply", requestType: "InstallProfile", next: "idle" });
    house.commit(
      files({
        "identity.yaml": profile("identity", scepPayload(await scepOf(house, 5))),
        "policy.yaml": policy("profiles: [{name: identity}]"),
      }),
    );
    await house.pass(20 * minute, 10_000);

    expect(await conditionOf(house)).toBe("Ready AsDeclared");
    const sent = device.ledger.of("command").slice(before);
    expect(sent.map((one) => one.requestType).slice(0, 3)).toEqual([
      "ProfileList",
      "InstallProfile",
      "ProfileList",
    ]);
    expect(sent.filter((one) => one.requestType === "InstallProfile")).toHaveLength(1);
    const [row] = await listCommands(house.store, { requestType: "InstallProfile", limit: 5 });
    expect(row).toMatchObject({ status: "unknown" });
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)("on $name a profile that fails names the payload and the reason", async (store) => {
  await using house = await install({ stores: store, files: files({}), devices: [tablet] });
  await house.enroll();
  const { url } = await scepOf(house, 5);
  house.commit(
    files({
      "identity.yaml": profile("identity", scepPayload({ url, challenge: "wrong" })),
      "policy.yaml": policy("profiles: [{name: identity}]"),
    }),
  );
  await house.pass(20 * minute, minute);

  const { items } = await viewExplanation(house.looking, "SIM-1", "Profile/identity");
  expect(items).toMatchObject([
    { state: "failed", detail: expect.stringMatching(/^payload com\.apple\.security\.scep: ./) },
  ]);
  expect(await conditionOf(house)).toBe("Stalled Failing");
});

test.each(stores)("on $name a new version takes the place of the old one without a gap", async (store) => {
  const version = (value: number) =>
    files({
      "settings.yaml": marker("settings", value),
      "policy.yaml": policy("profiles: [{name: settings}]"),
    });
  await using house = await install({ stores: store, files: version(1), devices: [tablet] });
  await house.enroll();
  await house.settle();
  const inner = () => innerUuids(house);
  const first = inner();
  house.commit(version(2));
  await house.settle();

  expect(inner()).toEqual(first);
  expect(first).not.toEqual([]);
  const effects = house
    .device("SIM-1")
    .ledger.of("executed")
    .map((one) => one.effect.split(" ")[0]);
  expect(effects).toEqual(["installed", "replaced"]);
});

function shown(house: Installation): readonly string[] {
  return house.fleet.devices.flatMap((device) => Object.keys(device.snapshot().profiles));
}

function installations(house: Installation, serial = "SIM-1"): number {
  const commands = house.device(serial).ledger.of("command");
  return commands.filter((one) => one.requestType === "InstallProfile").length;
}

async function conditionOf(house: Installation): Promise<string> {
  const { devices } = await viewDevices(house.looking, { limit: 10 }, {});
  return devices.map((one) => `${one.condition.type} ${one.condition.reason}`).join();
}

async function eventsOf(house: Installation, type: string) {
  return listEvents(house.store, { types: [type], limit: 50 });
}

/** Where identities come from here, and a challenge that is worth more than one. */
function innerUuids(house: Installation): readonly unknown[] {
  const { profiles } = house.device("SIM-1").snapshot();
  return (profiles["reeve.profile.settings"]?.payloads ?? []).map((one) => one.PayloadUUID);
}
