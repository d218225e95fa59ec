import { readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readDirectoryTree } from "../../git/directory-tree.ts";
import { loadPolicySet } from "../../manifests/load-policy-set.ts";
import { checkAndroid } from "../android-schema/read-value.ts";
import { digestOf } from "../canonical.ts";
import { compile } from "../compile.ts";
import { fragmentForm } from "../compile-android.ts";
import { androidAppForm } from "../compile-android-app.ts";
import type { Compiled } from "../compiled.ts";
import { desiredAt } from "../desired.ts";
import type { AndroidApp, Settings } from "../generated/manifest.ts";
import type { Content, GrantedItem } from "../granted.ts";
import type { Manifest } from "../manifest.ts";
import { renderAndroidPolicy } from "./render-policy.ts";

const optional = { requiredKeys: [] };
const bool = fc.boolean();
const duration = (unit: string, most: number) => fc.integer({ min: 1, max: most }).map((n) => `${n}${unit}`);

const restrictions = fc.record(
  Object.fromEntries(
    [
      "allowCamera",
      "allowScreenCapture",
      "allowAppInstallation",
      "allowAppRemoval",
      "allowUntrustedApps",
      "allowFactoryReset",
      "allowAccountChanges",
      "allowBluetoothChanges",
      "allowVpnChanges",
      "allowTethering",
      "allowUsbData",
      "allowDateTimeChanges",
      "allowWallpaperChanges",
      "allowVoiceAssistant",
      "allowCloudBackup",
      "allowAirDrop",
      "allowDiagnostics",
      "allowOpenFromManagedToUnmanaged",
      "allowSafari",
      "forceEncryptedBackup",
    ].map((name) => [name, bool]),
  ),
  optional,
);

const passcode = fc.record(
  {
    required: bool,
    allowSimple: bool,
    requireAlphanumeric: bool,
    minLength: fc.integer({ min: 1, max: 16 }),
    minComplexCharacters: fc.integer({ min: 0, max: 4 }),
    maxAge: duration("d", 730),
    history: fc.integer({ min: 1, max: 50 }),
    maxFailedAttempts: fc.integer({ min: 2, max: 11 }),
    autoLock: duration("m", 60),
    gracePeriod: duration("m", 60),
  },
  optional,
);

const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map((parts) => parts.map((part) => String(part).padStart(2, "0")).join(":"));

const osUpdate = fc.record(
  { defer: duration("d", 90), automatic: bool, window: fc.record({ from: time, to: time }) },
  optional,
);

const eap = fc.record(
  {
    types: fc.uniqueArray(fc.constantFrom("TLS", "TTLS", "PEAP"), { minLength: 1 }),
    username: fc.constant("${owner.email}"),
    identity: fc.constantFrom("locked", "client"),
    trustedCertificates: fc.subarray(["root"]),
    trustedServers: fc.subarray(["a.example"]),
  },
  { requiredKeys: ["types"] },
);

const wifi = fc.uniqueArray(
  fc.oneof(
    fc.record({
      ssid: fc.string({ minLength: 1, maxLength: 8 }),
      security: fc.constant("none"),
      hidden: bool,
    }),
    fc.record({ ssid: fc.constant("Acme"), password: fc.constant("${secret:a/b}"), randomMac: bool }),
    fc.record({ ssid: fc.constant("Corp"), security: fc.constant("enterprise"), eap }),
  ),
  { selector: (one) => one.ssid, maxLength: 3 },
);

const certificates = fc.constant([
  { name: "root", content: "REVS" },
  { name: "client", type: "identity", content: "${secret:a/p12}", password: "" },
  { name: "locked", type: "identity", content: "${secret:a/p12}", password: "${secret:a/pw}" },
]);

const settings = fc
  .record({ restrictions, passcode, osUpdate, wifi, certificates }, optional)
  .map((found) => found as unknown as Settings);

const apps = fc.uniqueArray(
  fc.record({
    wish: fc.constantFrom("required", "installed", "available", "blocked", "kiosk"),
    app: fc.record(
      {
        package: fc.constantFrom("com.a", "com.b", "com.c"),
        autoUpdate: fc.constantFrom("default", "highPriority", "postponed"),
        config: fc.constant({
          server: "https://crm",
          user: "${owner.email}",
          level: 3,
          on: true,
          list: ["a"],
        }),
        permissions: fc.dictionary(
          fc.constantFrom("android.permission.CAMERA", "a.b"),
          fc.constantFrom("grant", "deny", "prompt"),
        ),
        trackIds: fc.uniqueArray(fc.constantFrom("1", "2")),
      },
      { requiredKeys: ["package"] },
    ),
  }),
  { selector: ({ app }) => app.package },
);

const origin = { file: "a.yaml", line: 1, column: 1 };
const rest = { drift: "correct", install: "required", onLeave: "remove", policy: "p", after: [] } as const;

test("every policy that settings and apps become is one that Google takes", () => {
  fc.assert(
    fc.property(fc.array(settings, { maxLength: 3 }), apps, (profiles, wanted) => {
      const contents = new Map<string, Content>();
      const keep = (content: Content): string => {
        contents.set(digestOf(content), content);
        return digestOf(content);
      };
      const ports = { keep, secretFingerprint: () => undefined, fileOf: () => undefined };
      const place = { name: "x", metadata: { name: "x" }, origin, at: () => ({ origin, length: 1 }) };
      const fragments = profiles.flatMap((one, index): GrantedItem[] => {
        const manifest = { ...place, kind: "Profile", spec: { settings: one } } as Manifest<"Profile">;
        const form = fragmentForm(manifest, ports);
        if (form?.digests.required === undefined) return [];
        const { kind, id, digests } = form;
        return [
          { ...rest, key: `Profile/${index}`, kind, id, digest: digests.required ?? "", priority: index },
        ];
      });
      const kiosk = wanted.findIndex(({ wish }) => wish === "kiosk");
      const installed = wanted.map(({ app, wish }, index): GrantedItem => {
        const how = wish === "kiosk" && index !== kiosk ? "required" : (wish as "required");
        const manifest = { ...place, kind: "App", spec: { android: app } } as Manifest<"App">;
        const form = androidAppForm(manifest, app as AndroidApp, [how], ports);
        return {
          ...rest,
          key: `App/${index}`,
          kind: form.kind,
          id: form.id,
          digest: form.digests[how] ?? "",
        };
      });
      const granted = { items: [...fragments, ...installed], inventory: [] };
      const { body, faults } = renderAndroidPolicy(granted, (digest) => contents.get(digest));
      expect(faults).toEqual([]);
      expect(checkAndroid("Policy", body)).toEqual([]);
    }),
  );
});

const root = join(import.meta.dirname, "..", "..", "..");

/** All that the policies of a set have for Android, as one device would be given it. */
function everything(compiled: Compiled) {
  const facts = { groups: [], unknown: [], userGroups: [] };
  const placement = {
    membership: facts,
    policies: compiled.policies,
    platform: "android",
    supervised: undefined,
    enrollment: undefined,
    osVersion: undefined,
    certain: [],
    channel: "device",
    byReportedUser: [],
  } as const;
  return desiredAt(placement, [], 1);
}

test.each(["policies", ...readdirSync(join(root, "examples")).map((name) => `examples/${name}`)])(
  "so is that of %s",
  async (folder) => {
    const tree = await readDirectoryTree(join(root, folder));
    const { set } = loadPolicySet(tree, { now: Date.parse("2026-11-20T12:00:00Z") });
    const compiled = compile(set, {
      readProfileFile: () => ({ error: "none" }),
      secretFingerprint: () => undefined,
      driftCheckMs: 1,
      removalCeiling: { devices: 1, share: 1 },
    });
    const { items, inventory } = everything(compiled);
    const { body, faults } = renderAndroidPolicy({ items, inventory }, (digest) =>
      compiled.contents.get(digest),
    );
    expect(faults).toEqual([]);
    expect(checkAndroid("Policy", body)).toEqual([]);
  },
);
