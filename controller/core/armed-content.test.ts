import { expect, test } from "vitest";
import { isArmed, type PayloadsOf, settingsWipedOver } from "./armed-content.ts";
import type { Content } from "./content.ts";

const passcode = "com.apple.mobiledevice.passwordpolicy";
const payload = (attempts: number) => ({ type: passcode, content: { maxFailedAttempts: attempts } });
const fragment = (policy: object) => ({ kind: "AndroidFragment", policy }) as Content;
const rule = (setting: string) => ({
  settingName: setting,
  blockAction: { blockAfterDays: 1 },
  wipeAction: { wipeAfterDays: 3 },
});
const wrong = { passwordPolicies: [{ passwordScope: "SCOPE_DEVICE", maximumFailedPasswordsForWipe: 4 }] };
const harmless = { passwordPolicies: [{ passwordScope: "SCOPE_DEVICE", passwordMinimumLength: 4 }] };

/** A file is its payloads in words: what begins with `?` nobody can read. */
const payloadsOf: PayloadsOf = (bytes) => (bytes.startsWith("?") ? undefined : [payload(Number(bytes))]);

test("devices erase themselves over settings that a rule of some content names, and no other", () => {
  const contents = [
    { kind: "Image", bytes: "" } as Content,
    fragment({ ...wrong, policyEnforcementRules: [rule("minimumApiLevel"), rule("cameraAccess")] }),
    // Google's own rules are not in force: reeve's stand in their place.
    fragment(harmless),
  ];
  expect(settingsWipedOver(contents)).toEqual(new Set(["minimumApiLevel", "cameraAccess"]));
  expect(settingsWipedOver([fragment(wrong)])).toEqual(new Set());
});

test.each<[string, boolean, object]>([
  [
    "payloads with fewer attempts",
    true,
    { kind: "Profile", body: { type: "payloads", payloads: [payload(4)] } },
  ],
  [
    "payloads with as many as ever",
    false,
    { kind: "Profile", body: { type: "payloads", payloads: [payload(11)] } },
  ],
  ["a file with fewer attempts", true, { kind: "Profile", body: { type: "file", bytes: "4" } }],
  ["a file with as many as ever", false, { kind: "Profile", body: { type: "file", bytes: "11" } }],
  ["a file that nobody can read", true, { kind: "Profile", body: { type: "file", bytes: "?" } }],
  [
    "a declaration with fewer attempts",
    true,
    {
      kind: "Declarations",
      declarations: [
        { type: "com.apple.configuration.management.test", content: {} },
        { type: "com.apple.configuration.passcode.settings", content: { MaximumFailedAttempts: 4 } },
      ],
    },
  ],
  [
    "a declaration that fetches a profile",
    true,
    {
      kind: "Declarations",
      declarations: [
        { type: "com.apple.configuration.management.test", content: {} },
        { type: "com.apple.configuration.legacy.interactive", content: {} },
      ],
    },
  ],
  [
    "another declaration",
    false,
    {
      kind: "Declarations",
      declarations: [{ type: "com.apple.configuration.management.test", content: {} }],
    },
  ],
  ["an Android policy with wrong passcodes", true, fragment(wrong)],
  ["an Android policy with a rule", true, fragment({ policyEnforcementRules: [rule("x")] })],
  ["an Android policy with a value that a rule is about", true, fragment({ other: 1, minimumApiLevel: 30 })],
  ["an Android policy that says nothing of that", false, fragment({ ...harmless, other: 1 })],
  ["an app of Android, without rules about apps", false, { kind: "AndroidApp", application: {} }],
  ["an app of Apple's", false, { kind: "App", bundleId: "com.chat" }],
])("devices erase themselves by %s: %s", (_name, isOne, content) => {
  expect(isArmed(content as Content, () => new Set(["minimumApiLevel"]), payloadsOf)).toBe(isOne);
});

test("an app of Android is one where a rule is about apps", () => {
  const app = { kind: "AndroidApp", application: {} } as Content;
  expect(isArmed(app, () => new Set(["applications"]), payloadsOf)).toBe(true);
});
