import { expect, test } from "vitest";
import { viewDevices } from "../../loop/view-devices.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { viewStatus } from "../../loop/view-status.ts";
import { authenticate, commandsTo, identityFor, say, tokenUpdate } from "../hand-made.ts";
import { type Installation, install, storesOfSuite, testTopic } from "../installation.ts";
import { baseline, device, group, marker, policy, profile } from "../manifests.ts";

const stores = await storesOfSuite();
const hour = 3_600_000;
const imei = "356938035643809";
const environment = { REEVE_SECRET_PSK: "s3cret" };

const secret = `apiVersion: reeve/v1
kind: Secret
metadata: {name: wifi}
spec: {provider: env, allow: [Profile/hidden], keys: {psk: REEVE_SECRET_PSK}}
`;
const files = {
  ...baseline,
  "cfo.yaml": [
    device(
      "cfo",
      "X",
      "alias: CFO-PHONE, owner: cfo@acme.example, ownership: company, tags: {board: yes}",
    ).replace("serial: X", `imei: "${imei}"`),
    group("board", "match: {tag.board: yes}"),
    secret,
    profile(
      "hidden",
      'type: com.apple.wifi.managed, content: {SSID_STR: acme, Password: "${secret:wifi/psk}"}',
    ),
    ...["tagged", "named", "owned"].map((name) => marker(name)),
  ].join("---\n"),
  "tagged.yaml": policy("profiles: [{name: tagged}, {name: hidden}]", "tagged", "groups: [board]"),
  "named.yaml": policy("profiles: [{name: named}]", "named", "devices: [cfo, CFO-PHONE]"),
  "owned.yaml": policy("profiles: [{name: owned}]", "owned", "users: [cfo@acme.example]"),
};

test.each(stores)(
  "on $name an IMEI that a device reports is its own word, and two words are none",
  async (store) => {
    await using house = await install({ stores: store, files, devices: [], environment });
    await house.settle();
    expect(house.looking.reconciler.sourceState().refused?.diagnostics).toBeUndefined();
    const first = await claimant(house, "UDID-1");
    await house.settle();
    await commandsTo(house, first, "UDID-1", { IMEI: "35 693803 564380 9" });
    await house.settle();
    expect(await granted(house, "UDID-1")).toEqual(["Profile/tagged"]);
    const told = await viewExplanation(house.looking, "UDID-1", "Profile/hidden");
    expect(JSON.stringify(told.items)).toContain("trustReported");
    const [row] = await house.store.query<{ named: string[]; alias: string }>(
      "select named, alias from reeve.device",
    );
    expect(row).toEqual({ named: [], alias: "CFO-PHONE" });

    const second = await claimant(house, "UDID-2");
    await house.settle();
    await commandsTo(house, second, "UDID-2", { IMEI: imei });
    await house.settle();
    // The newcomer gets nothing by it, and the one before keeps what it has and is told nothing new.
    expect(await granted(house, "UDID-2")).toEqual([]);
    expect(await granted(house, "UDID-1")).toEqual(["Profile/tagged"]);
    const { devices } = await viewDevices(house.looking, { limit: 5 }, {});
    const seen = devices.map(({ name, owner, tags }) => ({ name, owner, tags }));
    expect(seen).toHaveLength(2);
    for (const name of ["S-UDID-1", "S-UDID-2"])
      expect(seen).toContainEqual({ name, owner: undefined, tags: {} });
    for (const udid of ["UDID-1", "UDID-2"])
      expect((await viewExplanation(house.looking, udid, undefined)).doubts).toEqual([
        `imei ${imei} is claimed by another device too: manifests that match it mean neither`,
      ]);
    expect(await warnings(house)).toContainEqual(
      expect.stringMatching(`^imei ${imei} is claimed by d-\\w+, d-\\w+:`),
    );

    // Nobody else is that any more.
    await say(house, second, { MessageType: "CheckOut", Topic: testTopic, UDID: "UDID-2" });
    await house.pass(hour, 10 * 60_000);
    expect((await viewExplanation(house.looking, "UDID-1", undefined)).doubts).toEqual([]);
    expect(await warnings(house)).not.toContainEqual(expect.stringContaining("is claimed by"));
    const { devices: left } = await viewDevices(house.looking, { limit: 5 }, {});
    expect(left).toMatchObject([{ name: "CFO-PHONE", owner: "cfo@acme.example", tags: { board: "yes" } }]);
  },
);

async function claimant(house: Installation, udid: string) {
  const who = await identityFor(house);
  await authenticate(house, who, udid);
  await tokenUpdate(house, who, udid);
  return who;
}

async function granted(house: Installation, channel: string): Promise<string[]> {
  const row = await house.store.channels.read(channel);
  return (row?.granted?.body.items ?? [])
    .map((item) => item.key)
    .filter((key) => !key.endsWith("passcode") && key !== "App/slack");
}

async function warnings(house: Installation): Promise<readonly string[]> {
  const view = await viewStatus(house.looking, { source: "", warnings: [] });
  return view.warnings.map((one) => one.message);
}
