import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { armText } from "../android-armed.ts";
import { digestOf } from "../canonical.ts";
import type { Content, GrantedItem, Section } from "../granted.ts";
import { neverWipesDays } from "./enforcement.ts";
import type { Fields } from "./leaves.ts";
import { type PolicyInput, renderAndroidPolicy } from "./render-policy.ts";

interface Ask {
  readonly key: string;
  readonly priority?: number;
  readonly policy?: Fields;
  readonly app?: Fields;
  readonly fingerprint?: string;
}

/** Granted items of these contents, and where those are found. */
function given(asks: readonly Ask[], more: Partial<PolicyInput> = {}) {
  const contents = new Map<string, Content>();
  const items = asks.map(({ key, priority = 100, policy, app, fingerprint }): GrantedItem => {
    const secrets = fingerprint === undefined ? {} : { fingerprint };
    const content: Content =
      app === undefined
        ? { kind: "AndroidFragment", displayName: key, policy: policy ?? {}, ...secrets }
        : { kind: "AndroidApp", application: app, ...secrets };
    const digest = digestOf(content);
    contents.set(digest, content);
    const id = app === undefined ? key : String(app.packageName);
    const rest = {
      drift: "correct",
      install: "required",
      onLeave: "remove",
      policy: "p",
      after: [],
    } as const;
    return { key, kind: content.kind, id, digest, priority, ...rest };
  });
  return { granted: { items, inventory: [], ...more }, contentOf: (digest: string) => contents.get(digest) };
}

function render(asks: readonly Ask[], more: Partial<PolicyInput> = {}) {
  const { granted, contentOf } = given(asks, more);
  return renderAndroidPolicy(granted, contentOf);
}

const schedule = (...collect: Section[]) => ({
  name: "s",
  collect,
  every: 1,
  timeZone: "UTC",
  spreadMs: 0,
});

const whatEveryDeviceReports = {
  displayInfoEnabled: true,
  memoryInfoEnabled: true,
  networkInfoEnabled: true,
  powerManagementEventsEnabled: true,
  softwareInfoEnabled: true,
};

describe("a rendered policy", () => {
  test("says in words what Google would otherwise decide: which apps stay, and that nothing is wiped", () => {
    expect(render([]).body).toEqual({
      playStoreMode: "WHITELIST",
      policyEnforcementRules: [
        {
          settingName: "passwordPolicies",
          blockAction: { blockAfterDays: 0 },
          wipeAction: { wipeAfterDays: neverWipesDays, preserveFrp: true },
        },
      ],
      statusReportingSettings: whatEveryDeviceReports,
    });
  });

  test("has a rule for every setting of it that Google enforces, and leaves those of manifests as they are", () => {
    const rule = {
      settingName: "passwordPolicies",
      blockAction: { blockAfterDays: 1 },
      wipeAction: { wipeAfterDays: 9 },
    };
    const { body, sources } = render([
      {
        key: "Profile/a",
        policy: { passwordPolicies: [{ passwordQuality: "NUMERIC" }], minimumApiLevel: 33 },
      },
      { key: "Profile/rules", policy: { policyEnforcementRules: [rule] } },
    ]);
    expect(body.policyEnforcementRules).toEqual([
      expect.objectContaining({
        settingName: "minimumApiLevel",
        wipeAction: { wipeAfterDays: neverWipesDays, preserveFrp: true },
      }),
      rule,
    ]);
    expect(sources["policyEnforcementRules[0]"]?.items).toEqual(["reeve"]);
    expect(sources["policyEnforcementRules[1]"]?.items).toEqual(["Profile/rules"]);
  });

  test("merges lists by their keys; the higher priority decides value by value", () => {
    const { body, overruled } = render([
      {
        key: "Profile/base",
        priority: 100,
        policy: {
          cameraAccess: "CAMERA_ACCESS_USER_CHOICE",
          passwordPolicies: [
            { passwordScope: "SCOPE_DEVICE", passwordMinimumLength: 6, passwordHistoryLength: 3 },
          ],
          permissionGrants: [{ permission: "a", policy: "GRANT" }],
        },
      },
      {
        key: "Profile/strict",
        priority: 200,
        policy: {
          cameraAccess: "CAMERA_ACCESS_DISABLED",
          passwordPolicies: [
            { passwordScope: "SCOPE_DEVICE", passwordMinimumLength: 8 },
            { passwordScope: "SCOPE_PROFILE", passwordQuality: "COMPLEXITY_HIGH" },
          ],
          permissionGrants: [
            { permission: "a", policy: "DENY" },
            { permission: "b", policy: "PROMPT" },
          ],
        },
      },
    ]);
    expect(body).toMatchObject({
      cameraAccess: "CAMERA_ACCESS_DISABLED",
      passwordPolicies: [
        { passwordScope: "SCOPE_DEVICE", passwordMinimumLength: 8, passwordHistoryLength: 3 },
        { passwordScope: "SCOPE_PROFILE", passwordQuality: "COMPLEXITY_HIGH" },
      ],
      permissionGrants: [
        { permission: "a", policy: "DENY" },
        { permission: "b", policy: "PROMPT" },
      ],
    });
    expect(overruled.map(({ path, item, by }) => `${item} ${path} by ${by}`)).toEqual([
      "Profile/base cameraAccess by Profile/strict",
      'Profile/base passwordPolicies["SCOPE_DEVICE"].passwordMinimumLength by Profile/strict',
      'Profile/base permissionGrants["a"] by Profile/strict',
    ]);
  });

  test("makes of two networks of one name the one of the higher priority, never a mixture", () => {
    const network = (wifi: Fields) => ({
      openNetworkConfiguration: { NetworkConfigurations: [{ GUID: "g", Type: "WiFi", WiFi: wifi }] },
    });
    const { body } = render([
      { key: "Profile/a", priority: 1, policy: network({ SSID: "Acme", Passphrase: "p", HiddenSSID: true }) },
      { key: "Profile/b", priority: 2, policy: network({ SSID: "Acme", Security: "None" }) },
    ]);
    expect(body.openNetworkConfiguration).toEqual({
      NetworkConfigurations: [{ GUID: "g", Type: "WiFi", WiFi: { SSID: "Acme", Security: "None" } }],
    });
  });

  test("never turns a list of denied networks into one of allowed ones", () => {
    const ssids = (wifiSsidPolicyType: string, ...names: string[]) => ({
      deviceConnectivityManagement: {
        wifiSsidPolicy: { wifiSsidPolicyType, wifiSsids: names.map((wifiSsid) => ({ wifiSsid })) },
      },
    });
    const { body, overruled } = render([
      { key: "Profile/a", priority: 1, policy: ssids("WIFI_SSID_DENYLIST", "Evil") },
      { key: "Profile/b", priority: 2, policy: ssids("WIFI_SSID_ALLOWLIST", "Acme") },
      { key: "Profile/c", priority: 1, policy: ssids("WIFI_SSID_ALLOWLIST", "Guests") },
    ]);
    expect(body.deviceConnectivityManagement).toEqual({
      wifiSsidPolicy: {
        wifiSsidPolicyType: "WIFI_SSID_ALLOWLIST",
        wifiSsids: [{ wifiSsid: "Acme" }, { wifiSsid: "Guests" }],
      },
    });
    expect(overruled.map(({ path, item, by }) => `${item} ${path.split(".").at(-1)} by ${by}`)).toEqual([
      "Profile/a wifiSsidPolicyType by Profile/b",
      'Profile/a wifiSsids["WIFI_SSID_DENYLIST Evil"] by Profile/b',
    ]);
  });

  test("has a list whose elements cannot be told apart as a whole, or tells that it gave way", () => {
    const rule = (wipeAfterDays: number) => ({
      settingName: "passwordPolicies",
      blockAction: { blockAfterDays: 0 },
      wipeAction: { wipeAfterDays },
    });
    const grants = (permission: string, ...policies: string[]) => ({
      permissionGrants: policies.map((policy) => ({ permission, policy })),
    });
    const twice = { ...grants("CAMERA", "DENY", "DENY"), policyEnforcementRules: [rule(5), rule(6)] };
    const { body, overruled } = render([
      { key: "Profile/twice", priority: 2, policy: twice },
      { key: "Profile/low", priority: 1, policy: grants("MIC", "GRANT") },
    ]);
    expect(body).toMatchObject(twice);
    expect(overruled.map(({ path, item, by }) => `${item} ${path} by ${by}`)).toEqual([
      'Profile/low permissionGrants["MIC"] by Profile/twice',
      'reeve policyEnforcementRules["passwordPolicies"] by Profile/twice',
    ]);

    const other = render([
      { key: "Profile/twice", priority: 2, policy: twice },
      { key: "Profile/equal", priority: 2, policy: grants("MIC", "GRANT") },
    ]);
    expect(other.body).toMatchObject(grants("MIC", "GRANT"));
    expect(other.overruled[0]).toEqual({
      path: "permissionGrants",
      item: "Profile/twice",
      by: "Profile/equal",
      equal: true,
    });

    const empty = render([
      { key: "Profile/empty", priority: 9, policy: { permissionGrants: [] } },
      { key: "Profile/low", priority: 1, policy: grants("MIC", "GRANT") },
    ]);
    expect(empty.body).toMatchObject(grants("MIC", "GRANT"));
    expect(empty.overruled).toEqual([]);
  });

  test("reports what inventories collect, whoever else does without it", () => {
    const { body } = render(
      [
        {
          key: "Profile/quiet",
          priority: 900,
          policy: { statusReportingSettings: { deviceSettingsEnabled: false } },
        },
      ],
      { inventory: [schedule("security"), schedule("powerEvents", "applications")] },
    );
    expect(body.statusReportingSettings).toEqual({
      ...whatEveryDeviceReports,
      applicationReportsEnabled: true,
      commonCriteriaModeEnabled: true,
      deviceSettingsEnabled: true,
    });
  });

  test("keeps what is left alone as it was, below everything that is asked for", () => {
    const before = given([
      {
        key: "Profile/old",
        priority: 900,
        policy: { cameraAccess: "CAMERA_ACCESS_DISABLED", funDisabled: true },
      },
    ]);
    const now = given([{ key: "Profile/new", policy: { cameraAccess: "CAMERA_ACCESS_USER_CHOICE" } }], {
      leftAlone: before.granted.items,
    });
    const { body } = renderAndroidPolicy(
      now.granted,
      (digest) => now.contentOf(digest) ?? before.contentOf(digest),
    );
    expect(body).toMatchObject({ cameraAccess: "CAMERA_ACCESS_USER_CHOICE", funDisabled: true });
  });

  test("names apps that were let go as available: in a list of allowed apps they would be uninstalled", () => {
    const { body } = render(
      [{ key: "App/a", app: { packageName: "com.a", installType: "FORCE_INSTALLED" } }],
      {
        letGo: ["AndroidApp/com.a", "AndroidApp/com.kept", "AndroidApp/blocked:com.b", "App/com.apple"],
      },
    );
    expect(body.applications).toEqual([
      { packageName: "com.a", installType: "FORCE_INSTALLED" },
      { packageName: "com.kept", installType: "AVAILABLE" },
    ]);
  });

  test("says of every value who asked for it", () => {
    const { sources } = render([
      { key: "App/b", app: { packageName: "com.b", installType: "AVAILABLE" } },
      {
        key: "App/a",
        app: { packageName: "com.a", permissionGrants: [{ permission: "p", policy: "DENY" }] },
      },
      { key: "Profile/y", policy: { systemUpdate: { type: "AUTOMATIC" } } },
      { key: "Profile/x", policy: { systemUpdate: { type: "AUTOMATIC" } } },
    ]);
    expect(sources["applications[1].installType"]).toEqual({
      leaf: 'applications["com.b"].installType',
      items: ["App/b"],
    });
    expect(sources["applications[0].permissionGrants[0]"]?.items).toEqual(["App/a"]);
    expect(sources.systemUpdate?.items).toEqual(["Profile/x", "Profile/y"]);
  });

  test("has another hash when a secret in it has another value, and the same body", () => {
    const [first, second] = ["1", "2"].map((fingerprint) =>
      render([
        {
          key: "Profile/a",
          policy: { shortSupportMessage: { defaultMessage: "${secret:a/b}" } },
          fingerprint,
        },
      ]),
    );
    expect(first?.body).toEqual(second?.body);
    expect(first?.hash).not.toBe(second?.hash);
  });

  test.each<readonly [string, readonly Ask[], readonly string[], string]>([
    [
      "two kiosk apps",
      [1, 2].map((n) => ({
        key: `App/${n}`,
        app: {
          packageName: `com.n${n}`,
          installType: "REQUIRED_FOR_SETUP",
          roles: [{ roleType: "KIOSK" }],
        },
      })),
      ["App/2"],
      "applications[1].roles[0].roleType is held by another app",
    ],
    [
      "a wipe that comes before the block",
      [
        {
          key: "Profile/rules",
          policy: {
            policyEnforcementRules: [
              {
                settingName: "passwordPolicies",
                blockAction: { blockAfterDays: 9 },
                wipeAction: { wipeAfterDays: 2 },
              },
            ],
          },
        },
      ],
      ["Profile/rules"],
      "policyEnforcementRules[0].wipeAction.wipeAfterDays",
    ],
  ])("%s are told of the items that are to blame", (_name, asks, items, reason) => {
    const [first] = render(asks).faults;
    expect(first?.items).toEqual(items);
    expect(first?.reason).toContain(reason);
  });

  test("with more apps than Google takes is a fault of theirs", () => {
    const asks = Array.from({ length: 3_001 }, (_, n) => ({
      key: `App/${n}`,
      app: { packageName: `com.n${n}`, installType: "AVAILABLE" },
    }));
    const { faults } = render(asks);
    expect(faults.map((one) => [one.items.length, one.reason])).toEqual([
      [3_001, "applications is out of range: expected at most 3000 elements"],
    ]);
  });

  test("says what blocks or erases devices by itself, reeve's own rule among it", () => {
    const passwordPolicies = [{ passwordQuality: "NUMERIC", maximumFailedPasswordsForWipe: 8 }];
    expect(render([{ key: "Profile/a", policy: { passwordPolicies } }]).arms.map(armText)).toEqual([
      "erases itself after 8 wrong passcodes",
      `is blocked at once and erased after ${neverWipesDays} days on which passwordPolicies is not kept`,
    ]);
    expect(render([]).arms).toEqual([]);
  });

  test("whose content is missing is a fault, and never a smaller policy", () => {
    const { granted } = given([{ key: "Profile/a", policy: { funDisabled: true } }]);
    expect(renderAndroidPolicy(granted, () => undefined).faults).toEqual([
      { items: ["Profile/a"], reason: "its content is missing" },
    ]);
  });
});

const scalar = fc.constantFrom("A", "B", "C");
const fragment = fc.record(
  {
    cameraAccess: scalar,
    systemUpdate: fc.record({ type: scalar }),
    crossProfilePolicies: fc.record({ crossProfileCopyPaste: scalar }),
    passwordPolicies: fc.uniqueArray(
      fc.record({
        passwordScope: fc.constantFrom("SCOPE_DEVICE", "SCOPE_PROFILE"),
        passwordQuality: fc.constantFrom("NUMERIC", "COMPLEX", "COMPLEXITY_HIGH"),
      }),
      { selector: (one) => one.passwordScope },
    ),
    permissionGrants: fc.uniqueArray(fc.record({ permission: scalar, policy: scalar }), {
      selector: (one) => one.permission,
    }),
    statusReportingSettings: fc.record({ memoryInfoEnabled: fc.boolean() }),
    frpAdminEmails: fc.array(scalar, { maxLength: 2 }),
  },
  { requiredKeys: [] },
);
const asking: fc.Arbitrary<Ask> = fc.oneof(
  fc.record({ key: fc.constant("Profile/"), priority: fc.integer({ min: 1, max: 3 }), policy: fragment }),
  fc.record({
    key: fc.constant("App/"),
    priority: fc.integer({ min: 1, max: 3 }),
    app: fc.record({ packageName: fc.constantFrom("com.a", "com.b", "com.c"), installType: scalar }),
  }),
);
const askings = fc
  .array(asking, { maxLength: 6 })
  .map((all) => all.map((one, index) => ({ ...one, key: `${one.key}${index}` })));

test("neither the order of items nor that of keys and lists makes another policy", () => {
  fc.assert(
    fc.property(askings, fc.integer(), (all, seed) => {
      const shuffled = all.toSorted((a, b) => digestOf([seed, a.key]).localeCompare(digestOf([seed, b.key])));
      const turned = shuffled.map((one) => ({
        ...one,
        ...(one.policy === undefined ? {} : { policy: turn(one.policy) as Fields }),
      }));
      const [first, second] = [render(all), render(turned)];
      expect(JSON.stringify(second.body)).toBe(JSON.stringify(first.body));
      expect(second.hash).toBe(first.hash);
      expect(second.sources).toEqual(first.sources);
    }),
  );
});

/** The same fields, and the same keyed lists, in the opposite order. */
function turn(value: unknown): unknown {
  if (Array.isArray(value)) return typeof value[0] === "object" ? value.toReversed().map(turn) : value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, one]) => [key, turn(one)]),
  );
}

test("policies are equal just when their hashes are, and every value of one comes from who asked for it first", () => {
  fc.assert(
    fc.property(askings, askings, (one, other) => {
      const [first, second] = [render(one), render(other)];
      expect(first.hash === second.hash).toBe(JSON.stringify(first.body) === JSON.stringify(second.body));
      for (const [path, { items }] of Object.entries(first.sources)) {
        const [decider] = items;
        const asked = one.find(({ key }) => key === decider);
        if (asked === undefined) expect(decider).toBe("reeve");
        else {
          const alone = { ...asked, priority: 1 };
          const { sources } = render([alone]);
          expect(Object.values(sources).map(({ leaf }) => leaf)).toContain(first.sources[path]?.leaf);
        }
      }
    }),
  );
});
