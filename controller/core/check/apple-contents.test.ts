import { expect, test } from "vitest";
import { readProfileFile } from "../../apple/profile-file.ts";
import { loadPolicySet } from "../../manifests/load-policy-set.ts";

const now = Date.parse("2026-11-20T12:00:00Z");

/** Rule, severity, line and column, and message of everything that is said of Apple's keys. */
function check(files: Readonly<Record<string, string>>): readonly string[] {
  const entries = Object.entries(files).map(
    ([path, text]) => [path, { type: "file", bytes: Buffer.from(text) }] as const,
  );
  const { diagnostics } = loadPolicySet(
    { revision: "r", entries: new Map(entries) },
    { now, readProfileFile },
  );
  return diagnostics
    .filter(({ rule }) => rule.startsWith("apple-"))
    .map(({ rule, severity, origin, message }) => `${severity} ${rule} ${origin.line} ${message}`);
}

function profile(type: string, content: string): string {
  return `apiVersion: reeve/v1\nkind: Profile\nmetadata: {name: p}\nspec:\n  apple:\n    payloads:\n      - type: ${type}\n        content: ${content}\n`;
}

function policy(...selectors: readonly string[]): string {
  const groups = selectors.map(
    (selector, index) =>
      `apiVersion: reeve/v1\nkind: DeviceGroup\nmetadata: {name: g${index}}\nspec: {selector: ${selector}}\n---\n`,
  );
  const names = selectors.map((_, index) => `g${index}`).join();
  return `${groups.join("")}apiVersion: reeve/v1\nkind: Policy\nmetadata: {name: q}\nspec: {target: {groups: [${names}]}, profiles: [{name: p}]}\n`;
}

const restrictions = profile("com.apple.applicationaccess", "{allowCamera: false, allowAppRemoval: false}");

test("a supervised-only key is a warning for a group that has others too, and an error where nobody has it", () => {
  const supervised = "{match: {platform: ios, mode: supervised}}";
  const unsupervised = "{match: {platform: ios, mode: unsupervised}}";
  expect(check({ "p.yaml": restrictions, "q.yaml": policy(supervised) })).toEqual([]);
  expect(check({ "p.yaml": restrictions, "q.yaml": policy(supervised, unsupervised) })).toContain(
    "warning apple-ignored 8 allowAppRemoval is not supported by all devices of g1",
  );
  expect(check({ "p.yaml": restrictions, "q.yaml": policy(unsupervised) })).toContain(
    "error apple-unusable 8 no targeted device can use allowAppRemoval",
  );
  expect(check({ "p.yaml": restrictions, "q.yaml": policy("{match: {platform: ios}}") })).toEqual([]);
});

test("versions that a group admits decide what they will ignore", () => {
  const text = profile("com.apple.applicationaccess", "{allowRCSMessaging: false}");
  const below = (version: string): string =>
    policy(
      `{match: {platform: ios}, expressions: [{key: osVersion, operator: VersionBelow, values: ["${version}"]}]}`,
    );
  expect(check({ "p.yaml": text, "q.yaml": below("18") })).toEqual([
    "error apple-unusable 8 no targeted device can use allowRCSMessaging",
  ]);
  expect(check({ "p.yaml": text, "q.yaml": below("19") })).toEqual([]);
});

test("a value that only ignoring devices could miss is no matter", () => {
  const off = profile("com.apple.wifi.managed", "{SSID_STR: A, DisableAssociationMACRandomization: false}");
  const on = profile("com.apple.wifi.managed", "{SSID_STR: A, DisableAssociationMACRandomization: true}");
  const old = policy(
    '{match: {platform: ios}, expressions: [{key: osVersion, operator: VersionBelow, values: ["14"]}]}',
  );
  const said = [off, on].map((text) => check({ "p.yaml": text, "q.yaml": old }).length);
  expect(said).toEqual([0, 1]);
});

test("elements of a list are held against the form they have, also inside themselves", () => {
  const icons =
    "{Pages: [[{Type: Folder, DisplayName: A, Pages: [[{Type: App}]]}, {Type: Nothing}]], Dock: 1}";
  expect(check({ "p.yaml": profile("com.apple.homescreenlayout", icons) })).toEqual([
    expect.stringMatching(/^error apple-bad-value 8 Pages\[0\]\[1\]\.Type has a value/),
    "error apple-wrong-type 8 Dock is an integer",
  ]);
});

test("what the schema requires and its text does not is not asked for", () => {
  const service = (keys: string): string =>
    profile(
      "com.apple.TCC.configuration-profile-policy",
      `{Services: {Camera: [{Identifier: a, IdentifierType: bundleID, CodeRequirement: b, ${keys}}]}}`,
    );
  expect(check({ "p.yaml": service("Authorization: Deny") })).toEqual([]);
  expect(check({ "p.yaml": service("Authorization: Deny, Allowed: false") })).toEqual([
    "error apple-contradiction 8 Services.Camera[0].Authorization: Allowed and Authorization exclude each other",
  ]);
  const scep = "{PayloadContent: {URL: 'https://a.example', SubjectAltName: {dNSName: [a, b]}}}";
  expect(check({ "p.yaml": profile("com.apple.security.scep", scep) })).toEqual([]);
});

test("a dictionary stays one with a key that JavaScript knows, too", () => {
  const vpn =
    "{VPNType: VPN, VPNSubType: a.b, UserDefinedName: A, VPN: {AuthenticationMethod: Password}, VendorConfig: {constructor: a}}";
  expect(check({ "p.yaml": profile("com.apple.vpn.managed", vpn) })).toEqual([
    "warning apple-unknown-key 8 unknown key VendorConfig.constructor",
  ]);
});

test("a hardware-bound key is not RSA", () => {
  const acme = (type: string): string =>
    `{DirectoryURL: 'https://a.example', ClientIdentifier: a, KeySize: 384, KeyType: ${type}, HardwareBound: true, Subject: [[[CN, a]]]}`;
  expect(check({ "p.yaml": profile("com.apple.security.acme", acme("ECSECPrimeRandom")) })).toEqual([]);
  expect(check({ "p.yaml": profile("com.apple.security.acme", acme("RSA")) })).toEqual([
    "error apple-contradiction 8 KeySize: an RSA key has 1024 to 4096 bits, in steps of 8",
    "error apple-contradiction 8 KeyType: a key that is bound to hardware is ECSECPrimeRandom",
  ]);
});

test("conditions stand anything that a payload may hold", () => {
  const types = [
    "relay.managed",
    "TCC.configuration-profile-policy",
    "vpn.managed",
    "dnsSettings.managed",
    "homescreenlayout",
  ];
  for (const type of types)
    for (const content of [
      "{Relays: [1, x, {}]}",
      "{Services: {Camera: [1]}}",
      "{VPNType: [1], IKEv2: 3}",
      "{Pages: 1, DNSSettings: []}",
    ])
      expect(() => check({ "p.yaml": profile(`com.apple.${type}`, content) })).not.toThrow();
});

const file = (inner: string): string => `<?xml version="1.0"?><plist version="1.0"><dict>
<key>PayloadType</key><string>Configuration</string><key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>a.b</string><key>PayloadUUID</key><string>U-1</string>
<key>PayloadContent</key><array>${inner}</array></dict></plist>`;

const wifi = (keys: string): string => `<dict><key>PayloadType</key><string>com.apple.wifi.managed</string>
<key>PayloadVersion</key><integer>1</integer><key>PayloadIdentifier</key><string>a.b.c</string>
<key>PayloadUUID</key><string>U-2</string><key>SSID_STR</key><string>A</string>${keys}</dict>`;

const ofFile = (options = "", path = "a.mobileconfig"): string =>
  `apiVersion: reeve/v1\nkind: Profile\nmetadata: {name: p}\nspec:\n  apple: {file: ${path}${options}}\n`;

test("a file is checked like payloads, at the line that names it", () => {
  const text = file(
    wifi(
      "<key>Hidden_Network</key><true/><key>PayloadCertificateUUID</key><string>00000000-0000-0000-0000-000000000009</string>",
    ),
  );
  const found = [
    "error apple-misspelt-key 5 PayloadContent[0]: unknown key Hidden_Network",
    "error apple-reference 5 PayloadContent[0]: PayloadCertificateUUID names no payload of this profile",
  ];
  expect(check({ "p.yaml": ofFile(), "a.mobileconfig": text })).toEqual(found);
  expect(check({ "p.yaml": ofFile(", verbatim: true"), "a.mobileconfig": text })).toEqual(
    found.map((line) => line.replace("error", "warning")),
  );
  const whole = wifi(
    "<key>PayloadCertificateUUID</key><string>0000000a-0000-0000-0000-000000000003</string>",
  );
  const certificate = `<dict><key>PayloadType</key><string>com.apple.security.pkcs12</string><key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>a.b.d</string><key>PayloadUUID</key><string>0000000A-0000-0000-0000-000000000003</string><key>PayloadContent</key><data>AAAA</data></dict>`;
  expect(check({ "p.yaml": ofFile(), "a.mobileconfig": file(whole + certificate) })).toEqual([]);
});

test("a file is found from the folder of the manifest that names it, and from nowhere else", () => {
  const [good, bad] = ["<key>Password</key><string>a</string>", "<key>Pasword</key><string>a</string>"].map(
    (keys) => file(wifi(`<key>EncryptionType</key><string>WPA</string>${keys}`)),
  ) as [string, string];
  const found = ["error apple-misspelt-key 5 PayloadContent[0]: unknown key Pasword"];
  const named = (path: string): string => ofFile("", path);
  expect(check({ "d/p.yaml": ofFile(), "d/a.mobileconfig": bad })).toEqual(found);
  expect(check({ "p.yaml": named("./a.mobileconfig"), "a.mobileconfig": bad })).toEqual(found);
  expect(check({ "d/p.yaml": named("../e/a.mobileconfig"), "e/a.mobileconfig": bad })).toEqual(found);
  // Another profile names the one in the root, which must not be taken for this one.
  const root = ofFile().replace("name: p", "name: root");
  const both = { "d/p.yaml": ofFile(), "p.yaml": root, "a.mobileconfig": good, "d/a.mobileconfig": bad };
  expect(check(both)).toEqual(found);
  expect(check({ ...both, "d/a.mobileconfig": good })).toEqual([]);
});

test("declarations and app attributes are checked as well", () => {
  const declared = `apiVersion: reeve/v1\nkind: Profile\nmetadata: {name: p}\nspec:\n  apple:\n    declarations:\n      - {type: com.apple.configuration.passcode.settings, content: {MinimumLength: "8", Data: {$data: AAAA}}}\n`;
  expect(check({ "p.yaml": declared })).toEqual([
    "error apple-wrong-type 7 MinimumLength is a string",
    "warning apple-unknown-key 7 unknown key Data",
  ]);
  const app =
    "apiVersion: reeve/v1\nkind: App\nmetadata: {name: a}\nspec: {apple: {bundleId: a.b, attributes: {VpnUUID: x}}}\n";
  expect(check({ "a.yaml": app })).toEqual(["error apple-misspelt-key 4 unknown key VpnUUID"]);
});

test("what does not exist for the users that a profile is for is an error, and for some of them a warning", () => {
  const declared = (type: string, content: string, scope = "scope: user") =>
    `apiVersion: reeve/v1\nkind: Profile\nmetadata: {name: p}\nspec:\n  ${scope}\n  apple:\n    declarations:\n      - type: com.apple.configuration.${type}\n        content: ${content}\n`;
  const update = declared("softwareupdate.settings", "{Deferrals: {CombinedPeriodInDays: 3}}");
  expect(check({ "p.yaml": update })).toEqual([
    "error apple-wrong-scope 8 com.apple.configuration.softwareupdate.settings exists for devices and not for users",
  ]);
  const settings =
    "apiVersion: reeve/v1\nkind: Profile\nmetadata: {name: p}\nspec:\n  scope: user\n  settings:\n    osUpdate: {defer: 14d}\n";
  expect(check({ "p.yaml": settings })).toEqual([
    "error apple-wrong-scope 7 settings.osUpdate exists for devices and not for users",
  ]);
  const vault = `${profile("com.apple.MCX.FileVault2", "{Enable: 'On', Defer: true}")}  scope: user\n`;
  expect(check({ "p.yaml": vault })).toEqual([
    "error apple-wrong-scope 7 com.apple.MCX.FileVault2 exists for devices and not for users",
  ]);

  const [macs, ipads] = ["{match: {platform: macos}}", "{match: {platform: ipados}}"];
  const passcode = declared("passcode.settings", "{MinimumLength: 8}");
  expect(check({ "p.yaml": passcode, "q.yaml": policy(macs) })).toEqual([]);
  expect(check({ "p.yaml": passcode, "q.yaml": policy(macs, ipads) })).toEqual([
    "warning apple-ignored 8 com.apple.configuration.passcode.settings is not supported by all devices of g1",
  ]);
  const calendar = "{VisibleName: Acme, HostName: dav.acme.example}";
  const ofUsers = declared("account.caldav", calendar);
  expect(check({ "p.yaml": ofUsers, "q.yaml": policy(macs, ipads) })).toEqual([]);
  const ofDevices = declared("account.caldav", calendar, "scope: device");
  expect(check({ "p.yaml": ofDevices, "q.yaml": policy("{match: {platform: ios}}") })).toEqual([]);
  expect(check({ "p.yaml": ofDevices, "q.yaml": policy(macs) })).toEqual([
    "error apple-unusable 8 no targeted device can use com.apple.configuration.account.caldav",
  ]);
});
