import { expect, test } from "vitest";
import { loadPolicySet } from "../../manifests/load-policy-set.ts";
import { allReplacements } from "../android-schema/replacements.ts";
import { androidField } from "../android-schema/tables.ts";

/** What is said of a manifest: severity, rule, place, message and what helps. */
function problems(kind: "Profile" | "App", spec: string): readonly string[] {
  const text = `apiVersion: reeve/v1\nkind: ${kind}\nmetadata: {name: p}\nspec: ${spec}\n`;
  const entries = new Map([["a.yaml", { type: "file" as const, bytes: Buffer.from(text) }]]);
  return loadPolicySet({ revision: "r", entries }, { now: 0 })
    .diagnostics.filter(({ rule }) => rule !== "no-organization")
    .map(({ severity, rule, subject, message, detail }) =>
      [severity, rule, subject.replace(`${kind}/p spec.android`, ""), message, ...detail].join(" | "),
    );
}

const rule = (setting: string, days: number): string =>
  `{settingName: ${setting}, blockAction: {blockAfterDays: 0}, wipeAction: {wipeAfterDays: ${days}}}`;

const fragment = (android: string): readonly string[] => problems("Profile", `{android: ${android}}`);

test("a fragment as Google takes it says nothing", () => {
  const android = `
    cameraAccess: CAMERA_ACCESS_DISABLED
    playStoreMode: BLACKLIST
    maximumTimeToLock: 600000
    statusReportingSettings: {softwareInfoEnabled: true}
    shortSupportMessage: {defaultMessage: "\${owner.name}, ask us"}
    passwordPolicies: [{passwordScope: SCOPE_DEVICE, passwordQuality: COMPLEXITY_HIGH}]
    policyEnforcementRules:
      - {settingName: passwordPolicies, blockAction: {blockAfterDays: 1}, wipeAction: {wipeAfterDays: 20}}
    openNetworkConfiguration:
      NetworkConfigurations: [{GUID: a, Name: A, Type: WiFi, WiFi: {SSID: A, AutoConnect: true}}]`;
  expect(problems("Profile", `\n  android:${android}`)).toEqual([]);
});

test.each([
  [
    "a slip names the field that is meant",
    "{crossProfilePolicies: {crossProfileCopyPast: CROSS_PROFILE_COPY_PASTE_ALLOWED}}",
    'error | android-unknown-field | .crossProfilePolicies.crossProfileCopyPast | unknown field crossProfilePolicies.crossProfileCopyPast | Did you mean "crossProfileCopyPaste"?',
  ],
  [
    "a field that resembles none tells what happens",
    "{fromTheFuture: 1}",
    "error | android-unknown-field | .fromTheFuture | unknown field fromTheFuture | androidmanagement:v1 20260917 does not have it, and refuses a policy that does.",
  ],
  [
    "a word that is not in the list names the list",
    "{crossProfilePolicies: {crossProfileCopyPaste: DISALLOWED}}",
    "error | android-bad-value | .crossProfilePolicies.crossProfileCopyPaste | crossProfilePolicies.crossProfileCopyPaste has a value that Google does not list | expected COPY_FROM_WORK_TO_PERSONAL_DISALLOWED or CROSS_PROFILE_COPY_PASTE_ALLOWED.",
  ],
  [
    "a word in other letters is a slip",
    "{playStoreMode: blacklist}",
    'error | android-bad-value | .playStoreMode | playStoreMode has a value that Google does not list | expected WHITELIST or BLACKLIST. Did you mean "BLACKLIST"?',
  ],
  [
    "a duration without its unit",
    "{passwordPolicies: [{passwordExpirationTimeout: 3600}]}",
    'error | android-wrong-type | .passwordPolicies[0].passwordExpirationTimeout | passwordPolicies[0].passwordExpirationTimeout is the number 3600 | expected seconds such as "600s".',
  ],
  [
    "a variable where no text stands",
    '{minimumApiLevel: "${device.osVersion}"}',
    "error | android-wrong-type | .minimumApiLevel | minimumApiLevel cannot hold a variable or a secret | They can only stand in texts that Google takes as they are.",
  ],
  [
    "a variable in place of a word",
    '{cameraAccess: "${device.model}"}',
    "error | android-wrong-type | .cameraAccess | cameraAccess cannot hold a variable or a secret | They can only stand in texts that Google takes as they are.",
  ],
  [
    "nothing",
    "{cameraAccess: }",
    "error | android-wrong-type | .cameraAccess | cameraAccess is nothing | Remove the key: what is not written is left to the default.",
  ],
  [
    "a rule that Google enforces",
    "{personalUsagePolicies: {maxDaysWithWorkOff: 2}}",
    "error | android-contradiction | .personalUsagePolicies.maxDaysWithWorkOff | personalUsagePolicies.maxDaysWithWorkOff must be 0, or at least 3",
  ],
  [
    "networks that are named for nothing",
    "{deviceConnectivityManagement: {wifiSsidPolicy: {wifiSsids: [{wifiSsid: CafeEvil}]}}}",
    "error | android-contradiction | .deviceConnectivityManagement.wifiSsidPolicy.wifiSsids | deviceConnectivityManagement.wifiSsidPolicy.wifiSsids needs wifiSsidPolicyType WIFI_SSID_ALLOWLIST or WIFI_SSID_DENYLIST beside it",
  ],
  [
    "a message that is too long",
    `{longSupportMessage: {defaultMessage: "${"x".repeat(4097)}"}}`,
    "error | android-out-of-range | .longSupportMessage.defaultMessage | longSupportMessage.defaultMessage is out of range | expected at most 4096 characters.",
  ],
  [
    "a deprecated field names its replacement",
    "{passwordRequirements: {passwordQuality: NUMERIC}}",
    "warning | android-deprecated | .passwordRequirements | passwordRequirements is deprecated | Write passwordPolicies instead.",
  ],
  [
    "a deprecated word names its replacement",
    "{personalUsagePolicies: {personalPlayStoreMode: BLACKLIST}}",
    "warning | android-deprecated | .personalUsagePolicies.personalPlayStoreMode | personalUsagePolicies.personalPlayStoreMode BLACKLIST is deprecated | Write BLOCKLIST instead.",
  ],
  [
    "a rule that is there twice",
    `{policyEnforcementRules: [${rule("passwordPolicies", 5)}, ${rule("applications", 5)}, ${rule("passwordPolicies", 6)}]}`,
    'error | android-list-key | .policyEnforcementRules[2].settingName | policyEnforcementRules[2].settingName is "passwordPolicies", as that of policyEnforcementRules[0] | expected another one: profiles are put together by it. Make one element of both, or remove one.',
  ],
  [
    "two passcodes for what is meant without a scope",
    "{passwordPolicies: [{passwordQuality: NUMERIC}, {passwordHistoryLength: 3}]}",
    'error | android-list-key | .passwordPolicies[1] | passwordPolicies[1].passwordScope is "SCOPE_UNSPECIFIED", as that of passwordPolicies[0] | expected another one: profiles are put together by it. Make one element of both, or remove one.',
  ],
  [
    "a permission without a name",
    "{permissionGrants: [{policy: DENY}]}",
    "error | android-list-key | .permissionGrants[0] | permission is missing in permissionGrants[0] | expected a text that no other element has: profiles are put together by it. Write it.",
  ],
  [
    "a network without a GUID",
    "{openNetworkConfiguration: {NetworkConfigurations: [{Name: A, Type: WiFi}]}}",
    "error | android-list-key | .openNetworkConfiguration.NetworkConfigurations[0] | GUID is missing in openNetworkConfiguration.NetworkConfigurations[0] | expected a text that no other element has: profiles are put together by it. Write it.",
  ],
  [
    "a certificate whose GUID is no text",
    "{openNetworkConfiguration: {Certificates: [{GUID: 1}]}}",
    "error | android-wrong-type | .openNetworkConfiguration.Certificates[0].GUID | openNetworkConfiguration.Certificates[0].GUID is the number 1 | expected a text.",
  ],
  [
    "networks that are no list",
    "{openNetworkConfiguration: {NetworkConfigurations: {GUID: a}}}",
    "error | android-wrong-type | .openNetworkConfiguration.NetworkConfigurations | openNetworkConfiguration.NetworkConfigurations is a mapping | expected a list.",
  ],
  [
    "an app of the personal side that is there twice",
    "{personalUsagePolicies: {personalApplications: [{packageName: a.b, installType: BLOCKED}, {packageName: a.b}]}}",
    'error | android-list-key | .personalUsagePolicies.personalApplications[1].packageName | personalUsagePolicies.personalApplications[1].packageName is "a.b", as that of personalUsagePolicies.personalApplications[0] | expected another one: profiles are put together by it. Make one element of both, or remove one.',
  ],
  [
    "a rule whose setting is no text is told once",
    `{policyEnforcementRules: [${rule("5", 5)}]}`,
    "error | android-wrong-type | .policyEnforcementRules[0].settingName | policyEnforcementRules[0].settingName is the number 5 | expected a text.",
  ],
  [
    "a field that does nothing says so",
    "{blockApplicationsEnabled: true}",
    "warning | android-deprecated | .blockApplicationsEnabled | blockApplicationsEnabled is deprecated | It has no effect.",
  ],
])("%s", (_, android, says) => {
  expect(fragment(android)).toEqual([says]);
});

test("the length of a text with a variable is not known yet", () => {
  const text = `${"x".repeat(4090)}\${owner.name}`;
  expect(fragment(`{longSupportMessage: {defaultMessage: "${text}"}}`)).toEqual([]);
});

test("what is missing in an object may be in another profile; in an element of a list it may not", () => {
  const rules = (android: string): readonly string[] =>
    fragment(android).map((one) => one.split(" | ", 3).join(" "));
  const dns =
    "{deviceConnectivityManagement: {privateDnsSettings: {privateDnsMode: PRIVATE_DNS_SPECIFIED_HOST}}}";
  expect(rules(dns)).toEqual(["warning android-incomplete .deviceConnectivityManagement.privateDnsSettings"]);
  const keys =
    "{passwordPolicies: [], defaultApplicationSettings: [{defaultApplicationType: DEFAULT_BROWSER, defaultApplicationScopes: [SCOPE_FULLY_MANAGED]}]}";
  expect(rules(keys)).toEqual(["error android-missing-field .defaultApplicationSettings[0]"]);
});

test("an app's managed configuration and permissions are what Google takes", () => {
  const app = (more: string): readonly string[] =>
    problems("App", `{android: {package: com.example.app, ${more}}}`).map((one) =>
      one.split(" | ").slice(1, 4).join(" "),
    );
  expect(app('config: {server: "${owner.email}", on: true, list: [a], bundles: [{port: 1}]}')).toEqual([]);
  expect(app("permissions: {android.permission.CAMERA: grant}")).toEqual([]);
  expect(app(`config: {deep: {text: "${"x".repeat(65_536)}"}}`)).toEqual([
    "android-contradiction .config.deep.text config.deep.text must have 65535 characters at most",
  ]);
  expect(app("config: {deep: [{empty: }], half: 0.5}")).toEqual([
    "android-wrong-type .config.deep[0].empty config.deep[0].empty is nothing",
    "android-wrong-type .config.half config.half is the number 0.5",
  ]);
  expect(app("permissions: {camera: grant}")).toEqual([
    'android-bad-value .permissions.camera "camera" is no permission',
  ]);
});

test("replacements are of things that are deprecated", () => {
  for (const [place, { by, says }] of allReplacements()) {
    const [path = "", value] = place.split("=");
    const [schema = "", field = ""] = path.split(".");
    const found = androidField(schema, field);
    const form = found?.type === "list" ? found.of : found;
    const isDeprecated =
      value === undefined
        ? found?.deprecated === true
        : form?.type === "enum" && form.deprecatedValues?.includes(value) === true;
    expect([place, isDeprecated]).toEqual([place, true]);
    expect(by ?? says).toBeDefined();
    if (by === undefined || by.includes(" ")) continue;
    const known =
      value === undefined ? fieldAt(schema, by) : form?.type === "enum" && form.values.includes(by);
    expect([place, by, known]).toEqual([place, by, true]);
  }
});

/** A field may be in the same object, in an object within it, or in the one above. */
function fieldAt(schema: string, path: string): boolean {
  const [first = "", ...rest] = path.split(".");
  const field = androidField(schema, first) ?? androidField("ApplicationPolicy", first);
  if (rest.length === 0) return field !== undefined;
  return field?.type === "message" && fieldAt(field.schema, rest.join("."));
}
