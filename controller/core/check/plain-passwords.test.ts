import { expect, test } from "vitest";
import { readProfileFile } from "../../apple/profile-file.ts";
import { loadPolicySet } from "../../manifests/load-policy-set.ts";

/** Where passwords in clear are, what is said, and what helps. */
function found(kind: "Profile" | "App", spec: string, files: Readonly<Record<string, string>> = {}) {
  const manifest = `apiVersion: reeve/v1\nkind: ${kind}\nmetadata: {name: p}\nspec: ${spec}\n`;
  const entries = Object.entries({ "d/p.yaml": manifest, ...files }).map(
    ([path, text]) => [path, { type: "file", bytes: Buffer.from(text) }] as const,
  );
  const tree = { revision: "r", entries: new Map(entries) };
  return loadPolicySet(tree, { now: 0, readProfileFile })
    .diagnostics.filter(({ rule }) => rule === "plain-password")
    .map(({ severity, origin, subject, message, detail }) =>
      [severity, `${origin.file}:${origin.line}`, subject, message, ...detail].join(" | "),
    );
}

const wifi = (password: string): string => `<?xml version="1.0"?><plist version="1.0"><dict>
<key>PayloadType</key><string>Configuration</string><key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>a.b</string><key>PayloadUUID</key><string>U-1</string>
<key>PayloadContent</key><array><dict><key>PayloadType</key><string>com.apple.wifi.managed</string>
<key>SSID_STR</key><string>A</string>
<key>EAPClientConfiguration</key><dict><key>UserPassword</key><string>${password}</string></dict></dict></array></dict></plist>`;

test("a password in a .mobileconfig is told at the line that names the file", () => {
  const files = { "d/w.mobileconfig": wifi("hunter22") };
  const said = (end: string): string =>
    `warning | d/p.yaml:4 | Profile/p spec.apple.file | PayloadContent[0].EAPClientConfiguration.UserPassword: a password stands in this file for all who can read the repository | Put it into a Secret that allows Profile/p, and write \${secret:NAME/KEY} into the file${end}`;
  expect(found("Profile", "{apple: {file: w.mobileconfig}}", files)).toEqual([said(".")]);
  // Its bytes would stay as they are.
  expect(found("Profile", "{apple: {file: w.mobileconfig, verbatim: true}}", files)).toEqual([
    said(", without verbatim."),
  ]);
  const reference = { "d/w.mobileconfig": wifi("$" + "{secret:wifi/psk}") };
  expect(found("Profile", "{apple: {file: w.mobileconfig}}", reference)).toEqual([]);
});

test("a password in the settings of an app is told where it stands", () => {
  const help =
    "a password stands here for all who can read the repository | Put it into a Secret that allows App/p, and write ${secret:NAME/KEY}.";
  const spec = (value: string): string =>
    `{apple: {bundleId: a.b, config: {server: {Password: ${value}}}}, android: {package: a.b, config: {passphrase: ${value}}}}`;
  expect(found("App", spec("hunter22"))).toEqual([
    `warning | d/p.yaml:4 | App/p spec.apple.config.server.Password | ${help}`,
    `warning | d/p.yaml:4 | App/p spec.android.config.passphrase | ${help}`,
  ]);
  expect(found("App", spec("'$" + "{secret:app/key}'"))).toEqual([]);
  expect(found("App", "{apple: {bundleId: a.b, config: {pinnedTabs: a, passwordManager: b}}}")).toEqual([]);
});
