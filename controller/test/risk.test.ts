import { expect, test } from "vitest";
import { compile } from "../core/compile.ts";
import { desiredOf } from "../core/desired.ts";
import type { GrantedItem } from "../core/granted.ts";
import { type RiskTraits, riskNames, risksOf } from "../core/risk.ts";
import { loadPolicySet } from "../manifests/load-policy-set.ts";
import { app, type Files, organization, policy, profile } from "./manifests.ts";

function itemsOf(files: Files, facts: Readonly<Record<string, string>>): ReadonlyMap<string, GrantedItem> {
  const entries = new Map(
    Object.entries({ "org.yaml": organization, ...files }).map(
      ([path, text]) => [path, { type: "file", bytes: Buffer.from(text) }] as const,
    ),
  );
  const { set, diagnostics } = loadPolicySet({ revision: "r", entries }, { now: 0 });
  expect(diagnostics.filter((one) => one.severity === "error")).toEqual([]);
  const compiled = compile(set, {
    readProfileFile: () => ({ error: "there is none" }),
    secretFingerprint: (name) => name,
    driftCheckMs: 3_600_000,
    removalCeiling: { devices: 1, share: 1 },
  });
  const subject = {
    facts: Object.fromEntries(
      Object.entries(facts).map(([key, value]) => [key, { value, source: "reported" as const }]),
    ),
    named: [],
  };
  return new Map(desiredOf(compiled, subject, undefined, 0).items.map((item) => [item.key, item]));
}

const wifi = (name: string, ssid: string, more = ""): string =>
  profile(name, `type: com.apple.wifi.managed, content: {SSID_STR: ${ssid}, EncryptionType: WPA2${more}}`);
const ipad = { platform: "ipados", mode: "supervised", osVersion: "18.1" };
const supervised: RiskTraits = { supervised: true, platform: "ipados" };

test("an item of an Apple device is as risky as what it touches", () => {
  const text = {
    "p.yaml": [
      wifi("wifi", "Corp"),
      wifi("guests", "Guests"),
      profile("root", "type: com.apple.security.root, content: {PayloadContent: {$data: AAAA}}"),
      profile("lock", "type: com.apple.app.lock, content: {App: {Identifier: com.acme.x}}"),
      profile("camera", "type: com.apple.applicationaccess, content: {allowCamera: false}"),
      profile("code", "type: com.apple.mobiledevice.passwordpolicy, content: {maxFailedAttempts: 5}"),
    ].join("---\n"),
    "a.yaml": app("slack", "com.acme.slack"),
    "b.yaml": policy(
      "profiles: [{name: wifi}, {name: guests}, {name: root}, {name: lock}, {name: camera}, {name: code}]\napps: [{name: slack}]",
    ),
  };
  const items = itemsOf(text, ipad);
  const other = itemsOf({ ...text, "p.yaml": text["p.yaml"].replace("Corp", "Corp2") }, ipad);
  const get = (name: string, from = items): GrantedItem => {
    const found = from.get(name);
    if (found === undefined) throw new Error(`no ${name}`);
    return found;
  };
  const coming = (name: string, device = supervised) =>
    riskNames(risksOf({ before: undefined, after: get(name) }, device, []));
  const going = (name: string, device = supervised, staying: readonly GrantedItem[] = []) =>
    riskNames(risksOf({ before: get(name), after: undefined }, device, staying));
  const [root, camera] = [get("Profile/root"), get("Profile/camera")];

  expect(coming("Profile/camera")).toEqual(["safe"]);
  expect(coming("Profile/wifi")).toEqual(["safe"]);
  expect(coming("Profile/lock")).toEqual(["disruptive"]);
  expect(coming("Profile/code")).toEqual(["disruptive", "armed"]);
  // Its user is asked, unless it is supervised or a Mac.
  expect(coming("App/slack")).toEqual(["safe"]);
  expect(coming("App/slack", { ...supervised, supervised: false })).toEqual(["disruptive"]);
  expect(coming("App/slack", { platform: "ipados" })).toEqual(["disruptive"]);
  expect(coming("App/slack", { platform: "macos" })).toEqual(["safe"]);
  expect(going("App/slack")).toEqual(["disruptive"]);

  // The last network, or what may be one: another network or a SIM saves the device from being cut off.
  expect(going("Profile/wifi")).toEqual(["isolating"]);
  expect(going("Profile/wifi", supervised, [camera])).toEqual(["isolating"]);
  expect(going("Profile/wifi", supervised, [get("Profile/guests")])).toEqual(["safe"]);
  expect(going("Profile/wifi", { ...supervised, cellular: true })).toEqual(["safe"]);
  const changed = { before: get("Profile/wifi"), after: get("Profile/wifi", other) };
  expect(riskNames(risksOf(changed, supervised, [camera]))).toEqual(["isolating"]);
  expect(riskNames(risksOf(changed, supervised, [get("Profile/guests")]))).toEqual(["safe"]);
  // The same network in a profile that changes otherwise cuts nobody off.
  const renamed = { ...get("Profile/wifi"), digest: "another" };
  expect(riskNames(risksOf({ before: get("Profile/wifi"), after: renamed }, supervised, []))).toEqual([
    "safe",
  ]);

  expect(going("Profile/root")).toEqual(["isolating"]);
  expect(going("Profile/root", { ...supervised, cellular: true })).toEqual(["isolating"]);
  expect(going("Profile/root", supervised, [{ ...root, key: "Profile/copy" }])).toEqual(["safe"]);
});

test("settings of an app change in place; another version of it closes the one that runs", () => {
  const file = (spec: string): Files => ({
    "a.yaml": `apiVersion: reeve/v1\nkind: App\nmetadata: {name: x}\nspec: {apple: {bundleId: com.acme.x${spec}}}\n`,
    "b.yaml": policy("apps: [{name: x}]"),
  });
  const [plain, set, kept] = ["", ", config: {a: 1}", ", preventBackup: true"].map((spec) =>
    itemsOf(file(spec), ipad).get("App/x"),
  );
  expect(riskNames(risksOf({ before: plain, after: set }, supervised, []))).toEqual(["safe"]);
  expect(riskNames(risksOf({ before: plain, after: kept }, supervised, []))).toEqual(["disruptive"]);
});

test("the same holds of Android's settings and apps", () => {
  const android = (name: string, body: string): string =>
    `apiVersion: reeve/v1\nkind: Profile\nmetadata: {name: ${name}}\nspec: {android: {${body}}}\n`;
  const package_ =
    "apiVersion: reeve/v1\nkind: App\nmetadata: {name: NAME}\nspec: {android: {package: com.acme.NAME}}\n";
  const items = itemsOf(
    {
      "p.yaml": [
        android("update", "systemUpdate: {type: AUTOMATIC}"),
        android("camera", "cameraAccess: CAMERA_ACCESS_DISABLED"),
        android(
          "wifi",
          "openNetworkConfiguration: {Type: UnencryptedConfiguration, NetworkConfigurations: [{GUID: a, Name: A, Type: WiFi, WiFi: {SSID: A, Security: None}}]}",
        ),
      ].join("---\n"),
      "a.yaml": ["one", "two", "three"].map((name) => package_.replaceAll("NAME", name)).join("---\n"),
      "b.yaml": policy(
        "profiles: [{name: update}, {name: camera}, {name: wifi}]\napps: [{name: one}, {name: two, install: kiosk}, {name: three, install: blocked}]",
      ),
    },
    { platform: "android", mode: "fullyManaged", ownership: "company", osVersion: "14" },
  );
  const device: RiskTraits = { platform: "android" };
  const coming = (name: string) =>
    riskNames(risksOf({ before: undefined, after: items.get(name) }, device, []));
  const going = (name: string) =>
    riskNames(risksOf({ before: items.get(name), after: undefined }, device, []));
  expect(coming("Profile/update")).toEqual(["disruptive"]);
  expect(coming("Profile/camera")).toEqual(["safe"]);
  expect(going("Profile/wifi")).toEqual(["isolating"]);
  expect(coming("App/one")).toEqual(["safe"]);
  expect(going("App/one")).toEqual(["disruptive"]);
  expect(coming("App/two")).toEqual(["disruptive"]);
  expect(coming("App/three")).toEqual(["disruptive"]);
  expect(going("App/three")).toEqual(["safe"]);
});
