import { expect, test } from "vitest";
import { enrollmentProfile } from "../../loop/enroll.ts";
import { viewStatus } from "../../loop/view-status.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import { writePlist } from "../../simulator/plist.ts";
import { install, storesOfSuite } from "../installation.ts";
import { app, files, marker, passcode, policy, slackId } from "../manifests.ts";

const stores = await storesOfSuite();
const count = 50;
const everything = (length: number) =>
  files({
    "items.yaml": [passcode(length), marker("a"), marker("b"), app("slack", slackId)].join("---\n"),
    "inventory.yaml": `apiVersion: reeve/v1
kind: InventorySchedule
metadata: {name: daily}
spec: {collect: [device, security, restrictions, applications, profiles, certificates], every: 1d}
`,
    "policy.yaml": policy(
      "profiles: [{name: passcode}, {name: a}, {name: b}]\napps: [{name: slack}]\ninventory: [daily]",
    ),
  });

test.each(stores)(
  "on $name a report costs two statements at most, and a contact without news one",
  async (store) => {
    await using house = await install({
      stores: store,
      files: everything(6),
      devices: [{ serial: "SIM-1", platform: "ipados", name: "SIM-1" }],
    });
    const device = house.device("SIM-1");
    const profile = await enrollmentProfile(
      house.controller.enroll,
      { uses: 1, expiresAt: house.world.now() + 60_000, by: "test" },
      true,
    );
    expect(await device.enroll(profile, { connect: false })).toEqual({ ok: true });
    for (let ticks = 0; ticks < 3; ticks++) {
      await house.controller.reconciler.poll();
      await house.controller.reconciler.tick();
      const before = { statements: house.store.statements(), messages: messages(device) };
      await device.connect();
      const sent = messages(device) - before.messages;
      expect(house.store.statements() - before.statements).toBeLessThanOrEqual(2 * sent);
    }
    expect(messages(device)).toBeGreaterThan(14);
    expect(Object.keys(device.snapshot().profiles)).toContain("reeve.profile.passcode");

    await house.pass(60_000, 2_000);
    await device.connect();
    const quiet = house.store.statements();
    const idle = device.prepareRaw({
      channel: "command",
      body: writePlist({ Status: "Idle", UDID: device.udid }),
    });
    for (let times = 0; times < 10; times++) expect((await house.transport(idle)).body.length).toBe(0);
    expect(house.store.statements() - quiet).toBe(10);
    await house.store.flush();
    expect(house.store.statements() - quiet).toBe(11);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name fifty devices that come at once are all served, in shared statements",
  async (store) => {
    await using house = await install({
      stores: store,
      files: everything(6),
      devices: Array.from({ length: count }, (_, index) => {
        const serial = `SIM-${index + 1}`;
        return { serial, platform: "ipados", name: serial, ownApps: 2 } as const;
      }),
    });
    const invitation = { uses: count, expiresAt: house.world.now() + 3_600_000, by: "test" };
    const profile = await enrollmentProfile(house.controller.enroll, invitation, true);
    const results = await house.fleet.enrollAll(profile, { concurrency: count });
    expect([...results.values()].filter((one) => !one.ok)).toEqual([]);
    await house.settle();
    await house.pass(10_000, 1_000);
    const status = await viewStatus(house.looking, { source: "memory", warnings: [] });
    expect(status.total).toMatchObject({ total: count, ready: count });

    house.commit(everything(9));
    await house.controller.reconciler.poll();
    while (!(await house.controller.reconciler.tick()));
    const statements = house.store.statements();
    const before = sum(house.fleet.devices);
    await Promise.all(house.fleet.devices.map((device) => device.connect()));
    const reports = sum(house.fleet.devices) - before;
    expect(reports).toBeGreaterThanOrEqual(3 * count);
    expect(house.store.statements() - statements).toBeLessThan(reports);
    for (const device of house.fleet.devices)
      expect(device.snapshot().profiles["reeve.profile.passcode"]?.payloads[0]).toMatchObject({
        minLength: 9,
      });

    // The same device many times at once, as a client that has gone mad would come.
    const [mad] = house.fleet.devices;
    const idle = mad?.prepareRaw({
      channel: "command",
      body: writePlist({ Status: "Idle", UDID: mad.udid }),
    });
    if (idle === undefined) throw new Error("no device");
    const answers = await Promise.all(Array.from({ length: count }, () => house.transport(idle)));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    expect(house.fleet.violations()).toEqual([]);
  },
);

/** Messages on the command channel: one for each connection and one for each answer. */
function messages(device: AppleDevice): number {
  return device.ledger.of("connected").length + device.ledger.of("answered").length;
}

function sum(devices: readonly AppleDevice[]): number {
  return devices.reduce((total, device) => total + messages(device), 0);
}
