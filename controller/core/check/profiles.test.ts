import { expect, test } from "vitest";
import { loadPolicySet } from "../../manifests/load-policy-set.ts";
import type { SourceEntry } from "../source-tree.ts";

const mobileconfig = `<plist version="1.0"><dict><key>PayloadContent</key><array/>
<key>PayloadIdentifier</key><string>com.acme.vpn</string><key>PayloadType</key><string>Configuration</string>
<key>PayloadUUID</key><string>9C5B1C9E-94B7-4B0E-9E38-2F3F0F0B7A21</string></dict></plist>`;

/** What is wrong with one profile: rule and field. */
function problems(spec: string): readonly string[] {
  const text = `apiVersion: reeve/v1\nkind: Profile\nmetadata: {name: p}\nspec: ${spec}\n`;
  const entries = new Map<string, SourceEntry>([
    ["a.yaml", { type: "file", bytes: Buffer.from(text) }],
    ["vpn.mobileconfig", { type: "file", bytes: Buffer.from(mobileconfig) }],
  ]);
  return loadPolicySet({ revision: "r", entries }, { now: 0 })
    .diagnostics.filter(({ severity }) => severity === "error")
    .map(({ rule, subject }) => `${rule} ${subject.replace("Profile/p ", "")}`);
}

test.each<readonly [string, readonly string[]]>([
  ["{apple: {file: vpn.mobileconfig}}", []],
  [
    "{apple: {file: vpn.mobileconfig}, settings: {passcode: {minLength: 6}}}",
    ["exclusive-fields spec.apple.file"],
  ],
  [
    "{removable: always, removeAfter: 1d, apple: {file: vpn.mobileconfig}}",
    ["exclusive-fields spec.removable", "exclusive-fields spec.removeAfter"],
  ],
  ["{settings: {passcode: {maxAge: 36h}}}", ["bad-duration spec.settings.passcode.maxAge"]],
  ["{settings: {passcode: {autoLock: 90s}}}", ["bad-duration spec.settings.passcode.autoLock"]],
  ["{settings: {osUpdate: {defer: 91d}}}", ["out-of-range spec.settings.osUpdate.defer"]],
  ["{settings: {wifi: [{ssid: A}]}}", ["missing-field spec.settings.wifi[0]"]],
  [
    "{settings: {wifi: [{ssid: A, security: none}, {ssid: A, security: none}]}}",
    ["duplicate-item spec.settings.wifi[1].ssid"],
  ],
  ["{settings: {wifi: [{ssid: A, security: none, password: x}]}}", ["forbidden-field spec.settings.wifi[0]"]],
  ["{settings: {wifi: [{ssid: A, security: enterprise}]}}", ["missing-field spec.settings.wifi[0]"]],
  [
    "{settings: {wifi: [{ssid: A, security: enterprise, eap: {types: [TLS], identity: me}}]}}",
    ["unknown-reference spec.settings.wifi[0].eap.identity"],
  ],
  [
    "{apple: {payloads: [{type: a.b, content: {}}, {type: a.b, content: {}}]}}",
    ["duplicate-identity spec.apple.payloads[1]"],
  ],
  ["{apple: {payloads: [{type: a.b, content: {}}, {type: a.b, name: two, content: {}}]}}", []],
  [
    "{apple: {payloads: [{type: a.b, content: {deep: [{x: {$date: soon}}]}}]}}",
    ["bad-literal spec.apple.payloads[0].content.deep[0].x.$date"],
  ],
  ["{apple: {payloads: [{type: a.b, content: {x: {$real: '1.50'}}}]}}", []],
  [
    "{apple: {payloads: [{type: a.b, content: {x: [null], y: 12345678901234567890, z: 9007199254740991}}]}}",
    ["bad-literal spec.apple.payloads[0].content.x[0]", "bad-literal spec.apple.payloads[0].content.y"],
  ],
  ["{apple: {payloads: [{type: a.b, content: {constructor: x, deep: {toString: 1}}}]}}", []],
  ["{apple: {verbatim: true, payloads: [{type: a.b, content: {}}]}}", ["missing-field spec.apple"]],
  [
    "{removable: sometimes, settings: {passcode: {}}}",
    ["unknown-value spec.removable", "too-short spec.settings.passcode"],
  ],
  ["{removable: {}, settings: {passcode: {minLength: 6}}}", ["missing-field spec.removable"]],
  ["{}", ["missing-field spec"]],
])("%s", (spec, expected) => {
  expect(problems(spec)).toEqual(expected);
});
