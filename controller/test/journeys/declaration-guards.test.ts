import { expect, test } from "vitest";
import { renderDevice } from "../../cli/render/device.ts";
import { halt, resume, suspend, unhalt } from "../../loop/control.ts";
import { viewDeviceDetail, viewDevices } from "../../loop/view-devices.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { viewStatus } from "../../loop/view-status.ts";
import { listQuarantine } from "../../store/quarantine.ts";
import { asks, fetches } from "../ask-declarations.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { files, marker, policy, profile } from "../manifests.ts";
import { declared, echo, iphone, policySet, wrapped } from "./declared-files.ts";

const stores = await storesOfSuite();

const updates = `apiVersion: reeve/v1
kind: Profile
metadata: {name: updates}
spec:
  settings:
    osUpdate:
      defer: 14d
      automatic: true
      enforce:
        - {platform: ios, version: "26.2", by: "2027-01-31T18:00:00", detailsUrl: "https://acme.example/update"}
        - {platform: macos, version: "26.2", by: "2027-01-31T18:00:00"}
`;

const stateOf = async (house: Installation, serial: string) =>
  (await viewExplanation(house.looking, serial, "Profile/updates")).items[0];

test.each(stores)(
  "on $name software updates are declared where the system knows them, and refused where not",
  async (store) => {
    await using house = await install({
      stores: store,
      files: policySet(["updates", updates]),
      devices: [
        iphone,
        { serial: "SIM-2", platform: "macos", name: "MAC-2" },
        { serial: "SIM-3", platform: "ios", name: "OLD-3", supervised: true, osVersion: "16.7" },
        { serial: "SIM-4", platform: "tvos", name: "TV-4", supervised: true },
      ],
    });
    await house.enroll();
    await house.settle();

    const declarations = house.device("SIM-1").snapshot().declarations;
    expect(declarations["reeve.profile.updates:os-update-ios"]).toMatchObject({
      active: true,
      payload: {
        TargetOSVersion: "26.2",
        TargetLocalDateTime: "2027-01-31T18:00:00",
        DetailsURL: "https://acme.example/update",
      },
    });
    expect(declarations["reeve.profile.updates:os-update-settings-other"]?.payload).toEqual({
      Deferrals: { CombinedPeriodInDays: 14 },
      AutomaticActions: { Download: "AlwaysOn", InstallOSUpdates: "AlwaysOn" },
    });
    expect(declarations["reeve.profile.updates:os-update-macos"]).toBeUndefined();
    const mac = house.device("SIM-2").snapshot().declarations;
    expect(mac["reeve.profile.updates:os-update-settings-mac"]?.payload).toMatchObject({
      Deferrals: { MajorPeriodInDays: 14, MinorPeriodInDays: 14, SystemPeriodInDays: 14 },
    });
    expect(await stateOf(house, "SIM-1")).toMatchObject({ state: "verified" });
    expect(await stateOf(house, "SIM-3")).toMatchObject({ state: "unsupported" });
    expect((await stateOf(house, "SIM-3"))?.because).toContain("needs iOS 17.0");
    expect((await stateOf(house, "SIM-4"))?.because).toContain("does not exist on tvOS");

    house.device("SIM-3").updateOs("26.1");
    await house.pass(4 * 3_600_000, 1_200_000);
    expect(await stateOf(house, "SIM-3")).toMatchObject({ state: "verified" });

    const shown = renderDevice(await viewDeviceDetail(house.looking, "SIM-1"), {
      now: house.world.now(),
      width: 120,
      color: false,
    });
    expect(shown).toContain("softwareupdate.install-state");
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name a channel gets its own declarations and nothing else, and hostile reports change nothing",
  async (store) => {
    await using house = await install({
      stores: store,
      files: policySet(["hello", declared("hello", echo("one"))], ["wrapped", wrapped(1, "declaration")]),
      devices: [iphone, { serial: "SIM-2", platform: "ios", name: "IPHONE-2", supervised: true }],
    });
    await house.enroll();
    await house.settle();
    const [one, two] = [house.device("SIM-1"), house.device("SIM-2")];
    const legacy = one.snapshot().declarations["reeve.profile.wrapped:profile"]?.payload.ProfileURL;
    const path = String(legacy).slice("https://mdm.test".length);

    expect(await fetches(house, one, path)).toBe(200);
    expect(await fetches(house, two, path)).toBe(403);
    expect(await fetches(house, one, path.replace(/[0-9a-f]{64}/, "0".repeat(64)))).toBe(404);
    expect((await house.controller.devicePlane.app.inject({ method: "GET", url: path })).statusCode).toBe(
      403,
    );

    const hello = "declaration/configuration/reeve.profile.hello:test";
    expect((await asks(house, one, hello)).statusCode).toBe(200);
    await halt(house.looking, "case 4711", { name: "it-duty" });
    expect([await fetches(house, one, path), (await asks(house, one, hello)).statusCode]).toEqual([503, 503]);
    await unhalt(house.looking, "over", { name: "it-duty" });
    expect((await asks(house, one, "declaration/asset/reeve.profile.hello:test")).statusCode).toBe(404);
    expect((await asks(house, one, "declaration/configuration/../secrets")).statusCode).toBe(404);
    expect((await asks(house, one, "everything")).statusCode).toBe(404);

    const deep = "[".repeat(50_000) + "]".repeat(50_000);
    const reports = [
      "{",
      "[]",
      "null",
      '{"StatusItems": 1}',
      `{"StatusItems": ${deep}}`,
      `{"StatusItems": {"device": {"operating-system": {"version": ${deep}}}}}`,
      '{"StatusItems": {"__proto__": {"polluted": true}, "management": {"declarations": {"configurations": [{"identifier": "x"}, 3, null]}}}}',
      '{"StatusItems": {"device": {"operating-system": {"version": "\\u0000; drop table"}}}}',
    ];
    for (const report of reports)
      expect((await asks(house, one, "status", { data: Buffer.from(report) })).statusCode).toBe(200);
    expect((await listQuarantine(house.store, { limit: 20 })).length).toBeGreaterThan(0);
    const view = await viewExplanation(house.looking, "SIM-1", undefined);
    expect(view.items.map((item) => item.state)).toEqual(["verified", "verified"]);
    expect(view.device.osVersion).toBe("26.1");
    const { Declarations } = JSON.parse((await asks(house, one, "declaration-items")).body);
    const events = async () => (await house.store.query("select seq from reeve.event")).length;
    const before = await events();
    for (let turn = 0; turn < 180; turn++) {
      const configurations = Declarations.Configurations.map((part: Record<string, string>) => ({
        identifier: part.Identifier,
        "server-token": part.ServerToken,
        active: true,
        valid: "invalid",
        reasons: [{ code: "x", description: `${turn}` }],
      }));
      const StatusItems = { management: { declarations: { configurations } } };
      await asks(house, one, "status", { data: Buffer.from(JSON.stringify({ StatusItems })) });
    }
    // Two items fail anew with each report: the history ends at its room for an hour, what was said last counts.
    expect((await events()) - before).toBeLessThanOrEqual(300);
    expect((await viewExplanation(house.looking, "SIM-1", undefined)).items[0]?.detail).toContain("179");
  },
);

test.each(stores)(
  "on $name nothing is taken from a suspended device, also when it asks by itself",
  async (store) => {
    const both = policySet(
      ["hello", declared("hello", echo("one"))],
      ["more", declared("more", echo("two"))],
    );
    await using house = await install({ stores: store, files: both, devices: [iphone] });
    await house.enroll();
    await house.settle();
    const device = house.device("SIM-1");
    const items = async () => JSON.parse((await asks(house, device, "declaration-items")).body);
    const before = await items();

    await suspend(house.looking, "device", "SIM-1", "in the workshop", { name: "it-duty" });
    house.commit(policySet(["hello", declared("hello", echo("one"))]));
    await house.settle();
    expect(await items()).toEqual(before);

    await resume(house.looking, "device", "SIM-1", { name: "it-duty" });
    await house.settle();
    expect((await items()).DeclarationsToken).not.toBe(before.DeclarationsToken);
    expect(device.snapshot().declarations["reeve.profile.more:test"]).toBeUndefined();
  },
);

test.each(stores)(
  "on $name what a declared Wi-Fi waits for in vain is told alike of the device and of the fleet",
  async (store) => {
    const wifi = (name: string) =>
      profile(name, `type: com.apple.wifi.managed, content: {SSID_STR: ${name}, Password: secret}`);
    const declaredly = (text: string) => text.replace("delivery: profile", "delivery: declaration");
    const given = (old: string, uses: string) =>
      files({
        "items.yaml": [old, wifi("other")].join("---\n"),
        "policy.yaml": policy(`profiles: [${uses}{name: other, drift: ignore}]`),
      });
    const both = "{name: old}, ";
    await using house = await install({
      stores: store,
      files: given(declaredly(wifi("old")), both),
      devices: [iphone],
    });
    const device = house.device("SIM-1");
    await house.enroll();
    await house.settle();
    expect(device.user.removeProfile("reeve.profile.other", { force: true })).toBe(true);
    await house.pass(3 * 3_600_000, 600_000);

    const why = "until Profile/other is there; its user has removed it, and that is left so";
    const expectHeld = async (verb: string, item: Record<string, unknown>) => {
      await house.pass(3_600_000, 600_000);
      expect(device.snapshot().profiles["reeve.profile.old"]?.payloads[0]).toMatchObject({ SSID_STR: "old" });
      const message = `Profile/old ${verb} ${why}`;
      const { devices } = await viewDevices(house.looking, { limit: 10 }, { condition: "Held" });
      expect(devices).toMatchObject([{ condition: { type: "Held", reason: "RemovalHeld", message } }]);
      const { items, awaited } = await viewExplanation(house.looking, "SIM-1", "Profile/old");
      expect([items, awaited]).toMatchObject([[item], undefined]);
      const { total, held } = await viewStatus(house.looking, { source: "memory", warnings: [] });
      expect([total.held, held]).toMatchObject([1, [{ reason: message, devices: 1, name: "SIM-1" }]]);
    };
    house.commit(given(declaredly(marker("old")), both));
    const waits = "waits until Profile/other is there: it takes the place of a network or of certificates";
    await expectHeld("waits", { state: "waiting", detail: waits });
    house.commit(given(declaredly(wifi("old")), ""));
    await expectHeld("stays", { state: "leaving", because: "stays until Profile/other is there" });
    expect(house.fleet.violations()).toEqual([]);
  },
);
