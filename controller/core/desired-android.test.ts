import { describe, expect, test } from "vitest";
import { loadPolicySet } from "../manifests/load-policy-set.ts";
import { admit } from "./admission.ts";
import { renderAndroidPolicy } from "./android-policy/render-policy.ts";
import { placeOf, sourceFinder } from "./android-policy/sources.ts";
import { uninstalls } from "./android-policy/uninstalls.ts";
import { newlyArmed } from "./armed.ts";
import { changedUnderRules } from "./armed-settings.ts";
import { candidates } from "./candidates.ts";
import { freshChannel } from "./channel.ts";
import { compile } from "./compile.ts";
import { desiredOf } from "./desired.ts";
import type { Facts } from "./facts.ts";
import type { Granted } from "./granted.ts";
import { nothingObserved } from "./observed.ts";

const now = Date.parse("2026-11-20T12:00:00Z");

const group =
  "{kind: DeviceGroup, metadata: {name: androids}, spec: {selector: {match: {platform: android}}}}";

/** What validation refuses and devices must stand all the same. */
const allowed = new Set(["equal-priority", "android-unusable"]);

/** A compiled policy set of these manifests, each a line of YAML without its apiVersion. */
function compiled(...manifests: readonly string[]) {
  const text = [group, ...manifests]
    .map((one) => one.replace(/^\{/, "{apiVersion: reeve/v1, "))
    .join("\n---\n");
  const entries = new Map([["a.yaml", { type: "file" as const, bytes: Buffer.from(text) }]]);
  const { set, diagnostics } = loadPolicySet({ revision: "r", entries }, { now });
  const refused = diagnostics.filter(({ severity, rule }) => severity === "error" && !allowed.has(rule));
  expect(refused.map(({ rule, message }) => `${rule} ${message}`)).toEqual([]);
  return compile(set, {
    readProfileFile: () => ({ error: "none" }),
    secretFingerprint: (name) => `f-${name}`,
    driftCheckMs: 3_600_000,
    removalCeiling: { devices: 1_000, share: 1 },
  });
}

function facts(more: Readonly<Record<string, string>> = {}, asserted = false): Facts {
  const source = asserted ? ("asserted" as const) : ("reported" as const);
  return Object.fromEntries(
    Object.entries({ platform: "android", ...more }).map(([key, value]) => [key, { value, source }]),
  );
}

const desired = (set: ReturnType<typeof compiled>, device: Facts = facts()) =>
  desiredOf(set, { facts: device, named: [] }, undefined, now);

const open = { observe: false, suspended: undefined, removalsFrozen: undefined, removalBudget: true };

function grant(set: ReturnType<typeof compiled>, before?: Granted, gates = open, device = facts()) {
  return admit(desired(set, device), before, gates);
}

const policy = (name: string, spec: string) =>
  `{kind: Policy, metadata: {name: ${name}}, spec: {target: {groups: [androids]}, ${spec}}}`;
const profile = (name: string, spec: string) => `{kind: Profile, metadata: {name: ${name}}, spec: ${spec}}`;
const app = (name: string, more = "") =>
  `{kind: App, metadata: {name: ${name}}, spec: {android: {package: com.${name}${more}}}}`;

const render = (set: ReturnType<typeof compiled>, granted: Granted) =>
  renderAndroidPolicy(granted, (digest) => set.contents.get(digest));

/** The apps of the policy that a device would have. */
function apps(set: ReturnType<typeof compiled>, granted: Granted): unknown {
  return render(set, granted).body.applications ?? [];
}

test("every way in which a policy can want an app is one of Google's, a kiosk app by its role", () => {
  const wishes = ["required", "installed", "available", "blocked", "kiosk"];
  const set = compiled(
    ...wishes.map((wish) => app(wish, ", config: {mode: a}")),
    policy("p", `apps: [${wishes.map((wish) => `{name: ${wish}, install: ${wish}}`).join()}]`),
  );
  const managedConfiguration = { mode: "a" };
  expect(apps(set, grant(set).granted)).toEqual([
    { packageName: "com.available", installType: "AVAILABLE", managedConfiguration },
    { packageName: "com.blocked", installType: "BLOCKED" },
    { packageName: "com.installed", installType: "PREINSTALLED", managedConfiguration },
    {
      packageName: "com.kiosk",
      installType: "REQUIRED_FOR_SETUP",
      managedConfiguration,
      roles: [{ roleType: "KIOSK" }],
    },
    { packageName: "com.required", installType: "FORCE_INSTALLED", managedConfiguration },
  ]);
});

test("what an app manifest says is said in Google's words", () => {
  const set = compiled(
    app(
      "crm",
      ', autoUpdate: postponed, trackIds: ["2", "1"], permissions: {android.permission.CAMERA: deny, a.b: grant}, config: {user: "${owner.email}"}',
    ),
    policy("p", "apps: [{name: crm}]"),
  );
  const { granted } = grant(set);
  expect(apps(set, granted)).toEqual([
    {
      packageName: "com.crm",
      installType: "FORCE_INSTALLED",
      autoUpdateMode: "AUTO_UPDATE_POSTPONED",
      accessibleTrackIds: ["1", "2"],
      managedConfiguration: { user: "${owner.email}" },
      permissionGrants: [
        { permission: "a.b", policy: "GRANT" },
        { permission: "android.permission.CAMERA", policy: "DENY" },
      ],
    },
  ]);
  expect(render(set, granted).perDevice).toBe(true);
});

test("settings and Google's own keys make one fragment, which knows the lines of both", () => {
  const set = compiled(
    `kind: Profile
apiVersion: reeve/v1
metadata: {name: rules}
spec:
  settings:
    restrictions:
      allowCamera: false
      allowSafari: false
  android:
    passwordPolicies:
      - passwordScope: SCOPE_DEVICE
        passwordQuality: NUMERIC`,
    policy("p", "profiles: [{name: rules}]"),
  );
  const { granted } = grant(set);
  expect(render(set, granted).body).toMatchObject({
    cameraAccess: "CAMERA_ACCESS_DISABLED",
    passwordPolicies: [{ passwordScope: "SCOPE_DEVICE", passwordQuality: "NUMERIC" }],
  });
  expect(granted.unsupported).toEqual([
    {
      key: "Profile/rules",
      reason: "the device cannot have settings.restrictions.allowSafari: Android has no such restriction",
      given: true,
    },
  ]);
  const form = set.policies[0]?.uses[0]?.forms.android;
  expect(Object.entries(form?.places ?? {}).map(([path, place]) => `${path} ${place.line - 2}`)).toEqual([
    "cameraAccess 7",
    'passwordPolicies["SCOPE_DEVICE"].passwordQuality 12',
  ]);
  const item = { key: "Profile/rules", policy: "p" };
  const [found] = sourceFinder(render(set, granted).sources)("passwordPolicies[0].passwordQuality");
  expect(placeOf(set, item, found?.leaf)).toMatchObject({ file: "a.yaml", line: 14, column: 26 });
  // What is said nowhere in its manifest is asked for by its policy.
  expect(placeOf(set, item, 'applications["com.a"].installType')?.line).toBe(16);
});

describe("layering", () => {
  test("two items that decide one value differently at one priority are in conflict; what was there stays", () => {
    const on = profile("on", "{android: {cameraAccess: CAMERA_ACCESS_ENFORCED}}");
    const off = profile("off", "{android: {cameraAccess: CAMERA_ACCESS_DISABLED, funDisabled: true}}");
    const before = compiled(off, policy("a", "profiles: [{name: off}]"));
    const first = grant(before).granted;
    const after = compiled(
      on,
      off,
      policy("a", "profiles: [{name: off}]"),
      policy("b", "profiles: [{name: on}]"),
    );
    const { granted } = grant(after, first);
    expect(granted.conflicts).toEqual(["Profile/off", "Profile/on"]);
    expect(desired(after).conflicts[0]).toEqual({
      key: "Profile/off",
      policies: ["a", "b"],
      about: expect.stringMatching(/ is another one in Profile\/on$/),
    });
    expect(render(after, granted).body).toMatchObject({
      cameraAccess: "CAMERA_ACCESS_DISABLED",
      funDisabled: true,
    });
  });

  test("of two priorities the higher one decides, and the rest of the lower one holds", () => {
    const set = compiled(
      profile("on", "{android: {cameraAccess: CAMERA_ACCESS_ENFORCED}}"),
      profile("off", "{android: {cameraAccess: CAMERA_ACCESS_DISABLED, funDisabled: true}}"),
      policy("a", "priority: 1, profiles: [{name: off}]"),
      policy("b", "priority: 2, profiles: [{name: on}]"),
    );
    const { granted } = grant(set);
    expect(granted.conflicts).toEqual([]);
    expect(render(set, granted).body).toMatchObject({
      cameraAccess: "CAMERA_ACCESS_ENFORCED",
      funDisabled: true,
    });
  });

  test("reports are made when any profile asks for them: that is no conflict", () => {
    const set = compiled(
      profile("a", "{android: {statusReportingSettings: {memoryInfoEnabled: true}}}"),
      profile("b", "{android: {statusReportingSettings: {memoryInfoEnabled: false}}}"),
      policy("p", "profiles: [{name: a}, {name: b}]"),
    );
    const { granted } = grant(set);
    expect(granted.conflicts).toEqual([]);
    expect(render(set, granted).body.statusReportingSettings).toMatchObject({ memoryInfoEnabled: true });
  });

  test("one app is shown alone: that of the higher priority", () => {
    const set = compiled(
      app("a"),
      app("b"),
      policy("low", "priority: 1, apps: [{name: a, install: kiosk}]"),
      policy("high", "priority: 2, apps: [{name: b, install: kiosk}]"),
    );
    const { granted } = grant(set);
    expect(granted.items.map((item) => item.key)).toEqual(["App/b"]);
    expect(granted.unsupported).toEqual([{ key: "App/a", reason: "Policy/high shows App/b alone" }]);
  });

  test("an exemption lifts, and observing changes nothing", () => {
    const lifting = `{kind: Exemption, metadata: {name: trip}, spec: {target: {groups: [androids]}, lift: [App/a], until: "2026-12-01T00:00:00Z", reason: trip}}`;
    const set = compiled(
      app("a"),
      app("b"),
      lifting,
      policy("p", "mode: observe, apps: [{name: a}, {name: b}]"),
    );
    const { granted } = grant(set);
    expect(granted.lifted.map((one) => one.key)).toEqual(["App/a"]);
    expect(granted.items).toEqual([]);
    expect(desired(set).items.map(({ key, observe }) => [key, observe])).toEqual([["App/b", true]]);
  });

  test("an item with a secret does not rest on what the device says of itself, unless it is blocked", () => {
    const secret =
      "{kind: Secret, metadata: {name: s}, spec: {provider: env, allow: [App/a, App/b], keys: {k: REEVE_SECRET_K}}}";
    const trusted = group.replace("spec: {", "spec: {trustReported: true, ");
    const items = [
      secret,
      app("a", ', config: {token: "${secret:s/k}"}'),
      app("b", ', config: {token: "${secret:s/k}"}'),
      policy("p", "apps: [{name: a}, {name: b, install: blocked}]"),
    ];
    const set = compiled(
      ...items.map((one) => one.replaceAll("[androids]", "[trusted]")),
      trusted.replace("androids", "trusted"),
    );
    const unsure = {
      ...set,
      groups: new Map([...set.groups].map(([name, one]) => [name, { ...one, trustReported: false }])),
    };
    const { granted } = grant(unsure);
    expect(granted.items.map((item) => item.key)).toEqual(["App/b"]);
    expect(granted.unsupported[0]?.reason).toContain("rests on what devices report of themselves");
    expect(grant(set).granted.items.map((item) => item.key)).toEqual(["App/a", "App/b"]);
  });

  test("what is for users of Apple devices, or for Apple devices alone, is not meant for it", () => {
    const set = compiled(
      profile("mine", "{scope: user, settings: {restrictions: {allowCamera: false}}}"),
      profile("disk", "{settings: {fileVault: {postpone: 1}}}"),
      "{kind: App, metadata: {name: pages}, spec: {apple: {bundleId: com.apple.Pages}}}",
      "{kind: Policy, metadata: {name: p}, spec: {target: {all: true}, profiles: [{name: mine}, {name: disk}], apps: [{name: pages}]}}",
    );
    const { notApplicable, perUser, items } = desired(set);
    expect(items).toEqual([]);
    expect(perUser).toEqual([]);
    expect(notApplicable.toSorted()).toEqual(["App/pages", "Profile/disk", "Profile/mine"]);
  });
});

describe("what a device cannot have", () => {
  const set = compiled(
    app("guide", ", permissions: {android.permission.CAMERA: grant}"),
    profile(
      "rules",
      "{settings: {restrictions: {allowFactoryReset: false, allowCloudBackup: false, allowCamera: false}}}",
    ),
    policy("p", "profiles: [{name: rules}], apps: [{name: guide, install: kiosk}]"),
  );

  test("is not given where it would be no use at all, and told where only a part of it is missing", () => {
    const work = facts({ mode: "workProfile", ownership: "personal", osVersion: "14" });
    const { granted } = grant(set, undefined, open, work);
    expect(granted.items.map((item) => item.key)).toEqual(["Profile/rules"]);
    expect(granted.unsupported).toEqual([
      { key: "Profile/rules", reason: expect.any(String), given: true },
      { key: "App/guide", reason: "install: kiosk (needs a fully managed device)", stays: true },
    ]);
    expect(granted.unsupported[0]?.reason).toBe(
      "the device cannot have settings.restrictions.allowFactoryReset (needs a device of the company), settings.restrictions.allowCloudBackup (needs a fully managed device)",
    );
  });

  test.each([
    [
      "a dedicated device, which is fully managed",
      { mode: "dedicated", ownership: "company", osVersion: "14" },
    ],
    ["a device of which nothing is known", {}],
  ])("is nothing on %s", (_name, more) => {
    const { granted } = grant(set, undefined, open, facts(more));
    expect(granted.unsupported).toEqual([]);
    expect(granted.items).toHaveLength(2);
  });

  test("is told field by field of what is written in Google's own keys", () => {
    const keys =
      "{android: {cameraAccess: CAMERA_ACCESS_DISABLED, networkResetDisabled: true, wipeDataFlags: [WIPE_ESIMS]}}";
    const own = compiled(profile("keys", keys), policy("p", "profiles: [{name: keys}]"));
    const { unsupported } = desired(
      own,
      facts({ mode: "workProfile", ownership: "company", osVersion: "14" }),
    );
    expect(unsupported.map((one) => one.reason)).toEqual([
      "the device cannot have android.networkResetDisabled (needs a fully managed device), android.wipeDataFlags (needs Android 15)",
    ]);
  });

  test("follows its version, and only where that matters", () => {
    const { unsupported } = desired(
      set,
      facts({ mode: "fullyManaged", ownership: "company", osVersion: "7.1" }),
    );
    expect(unsupported.map((one) => one.reason)).toEqual([
      "the device cannot have settings.restrictions.allowCloudBackup (needs Android 8)",
    ]);
  });
});

describe("what leaves", () => {
  const both = compiled(app("a"), app("b"), policy("p", "apps: [{name: a}, {name: b}]"));
  const first = grant(both).granted;

  test("is a removal, uninstalled by the policy that has it no more, and kept while the budget has no room", () => {
    const less = compiled(app("a"), policy("p", "apps: [{name: a}]"));
    const free = grant(less, first);
    expect(free.removals).toEqual(["App/b"]);
    expect(uninstalls(render(both, first), render(less, free.granted)).apps).toEqual([
      { packageName: "com.b", items: ["App/b"] },
    ]);
    const held = grant(less, first, { ...open, removalBudget: false });
    const contentOf = (digest: string) => less.contents.get(digest) ?? both.contents.get(digest);
    expect(renderAndroidPolicy(held.granted, contentOf).hash).toBe(render(both, first).hash);
  });

  test("is a removal too when the app is blocked, or another package, under the same name", () => {
    const blocked = compiled(
      app("a"),
      app("b"),
      policy("p", "apps: [{name: a, install: blocked}, {name: b}]"),
    );
    expect(grant(blocked, first).removals).toEqual(["App/a"]);
    const held = grant(blocked, first, { ...open, removalBudget: false });
    expect(held.granted.items.map(({ key, wish }) => [key, wish])).toEqual([
      ["App/a", "required"],
      ["App/b", "required"],
    ]);
    const renamed = app("a").replace("com.a", "com.other");
    const other = compiled(renamed, app("b"), policy("p", "apps: [{name: a}, {name: b}]"));
    expect(grant(other, first).removals).toEqual(["App/a"]);
  });

  test("stays on the device when its policy says so", () => {
    const keeping = compiled(app("a"), app("b"), policy("p", "apps: [{name: a}, {name: b, onLeave: keep}]"));
    const kept = grant(keeping, undefined).granted;
    const less = compiled(app("a"), policy("p", "apps: [{name: a}]"));
    const { granted, removals } = grant(less, kept);
    expect(removals).toEqual([]);
    expect(apps(less, granted)).toEqual([
      { packageName: "com.a", installType: "FORCE_INSTALLED" },
      { packageName: "com.b", installType: "AVAILABLE" },
    ]);
  });

  test("another wish, or a secret's new value, is another content and no removal", () => {
    const softer = compiled(
      app("a"),
      app("b"),
      policy("p", "apps: [{name: a, install: available}, {name: b}]"),
    );
    const { removals, granted } = grant(softer, first);
    expect(removals).toEqual([]);
    expect(granted.items[0]?.digest).not.toBe(first.items[0]?.digest);
  });
});

test("its inventory becomes reports, and nothing is ever sent to it as a command", () => {
  const set = compiled(
    app("a"),
    profile("rules", "{android: {funDisabled: true}}"),
    "{kind: InventorySchedule, metadata: {name: daily}, spec: {collect: [security, certificates], every: 1d}}",
    policy("p", "profiles: [{name: rules}], apps: [{name: a}], inventory: [daily]"),
  );
  const { granted } = grant(set);
  expect(granted.inventory.map(({ name, collect }) => [name, collect])).toEqual([["daily", ["security"]]]);
  expect(render(set, granted).body.statusReportingSettings).toEqual({
    // What every device tells of itself.
    ...Object.fromEntries(
      ["displayInfo", "memoryInfo", "networkInfo", "powerManagementEvents", "softwareInfo"].map((name) => [
        `${name}Enabled`,
        true,
      ]),
    ),
    applicationReportsEnabled: true,
    commonCriteriaModeEnabled: true,
    deviceSettingsEnabled: true,
  });
  const owned = { "App/b": { kind: "AndroidApp", id: "com.b", digest: "d", onLeave: "remove" } } as const;
  const found = candidates(
    {
      device: "d",
      channel: "c",
      epoch: 1,
      allows: "all",
      granted: { ...granted, inventory: [] },
      observed: { ...nothingObserved, owned },
      state: { ...freshChannel, collected: { device: now - 7_200_000 } },
      acts: [],
    } as never,
    now,
  );
  expect(found).toEqual([]);
});

test("of passcodes the strongest is asked for, whichever priority says so, and that is no conflict", () => {
  const passcode = (name: string, rules: string) => profile(name, `{settings: {passcode: ${rules}}}`);
  const set = compiled(
    passcode("base", "{requireAlphanumeric: true, history: 3}"),
    passcode("lock", "{autoLock: 5m, minLength: 8}"),
    passcode("other", "{minLength: 6}"),
    policy("a", "priority: 1, profiles: [{name: base}, {name: other}]"),
    policy("b", "priority: 2, profiles: [{name: lock}]"),
  );
  const { granted } = grant(set);
  expect(granted.conflicts).toEqual([]);
  expect(render(set, granted).body).toMatchObject({
    maximumTimeToLock: "300000",
    passwordPolicies: [
      { passwordQuality: "ALPHANUMERIC", passwordMinimumLength: 8, passwordHistoryLength: 3 },
    ],
  });
  expect(render(set, granted).overruled.map(({ item, path }) => `${item} ${path}`)).toEqual([
    'Profile/other passwordPolicies["SCOPE_UNSPECIFIED"].passwordMinimumLength',
  ]);
});

test("letters and digits that a profile asks for are counted where another one's symbols need COMPLEX", () => {
  const rules = (...names: readonly string[]) => {
    const set = compiled(
      profile("words", "{settings: {passcode: {requireAlphanumeric: true, minLength: 8}}}"),
      profile("letters", "{android: {passwordPolicies: [{passwordQuality: ALPHABETIC}]}}"),
      profile("symbols", "{settings: {passcode: {minComplexCharacters: 1}}}"),
      profile("many", "{android: {passwordPolicies: [{passwordMinimumLetters: 3}]}}"),
      policy("p", `profiles: [${names.map((name) => `{name: ${name}}`).join(", ")}]`),
    );
    const { granted } = grant(set);
    const { body, sources } = render(set, granted);
    const [found] = sourceFinder(sources)("passwordPolicies[0].passwordMinimumLetters");
    return [body.passwordPolicies, found?.items];
  };
  const complex = { passwordQuality: "COMPLEX", passwordMinimumSymbols: 1 };
  const both = { ...complex, passwordMinimumLength: 8, passwordMinimumNumeric: 1 };
  expect(rules("words", "symbols")).toEqual([[{ ...both, passwordMinimumLetters: 1 }], ["Profile/words"]]);
  expect(rules("letters", "symbols")).toEqual([
    [{ ...complex, passwordMinimumLetters: 1 }],
    ["Profile/letters"],
  ]);
  expect(rules("words", "symbols", "many")).toEqual([
    [{ ...both, passwordMinimumLetters: 3 }],
    ["Profile/many"],
  ]);
  expect(rules("words", "letters")).toEqual([
    [{ passwordQuality: "ALPHANUMERIC", passwordMinimumLength: 8 }],
    undefined,
  ]);
});

describe("a quality of passcodes that does not add up with others", () => {
  const high = profile("strict", "{android: {passwordPolicies: [{passwordQuality: COMPLEXITY_HIGH}]}}");
  const some = profile("basic", "{settings: {passcode: {required: true}}}");
  const complex = profile("symbols", "{settings: {passcode: {minComplexCharacters: 1}}}");
  const quality = (...policies: readonly string[]) => {
    const set = compiled(high, some, complex, ...policies);
    const { granted } = grant(set);
    return [granted.conflicts, render(set, granted).body.passwordPolicies] as const;
  };

  test("is in conflict with them at one priority", () => {
    const path = 'passwordPolicies["SCOPE_UNSPECIFIED"].passwordQuality';
    const set = compiled(high, some, policy("p", "profiles: [{name: strict}, {name: basic}]"));
    expect(desired(set).conflicts).toEqual([
      { key: "Profile/strict", policies: ["p"], about: `${path} is another one in Profile/basic` },
      { key: "Profile/basic", policies: ["p"], about: `${path} is another one in Profile/strict` },
    ]);
  });

  test("gives way to those of a higher priority, of which the strongest is asked for", () => {
    const found = quality(
      policy("low", "priority: 1, profiles: [{name: symbols}]"),
      policy("middle", "priority: 2, profiles: [{name: strict}]"),
      policy("top", "priority: 3, profiles: [{name: basic}]"),
    );
    expect(found).toEqual([[], [{ passwordQuality: "COMPLEX", passwordMinimumSymbols: 1 }]]);
  });

  test("is asked for where it has the highest priority", () => {
    const found = quality(
      policy("low", "priority: 1, profiles: [{name: basic}, {name: symbols}]"),
      policy("top", "priority: 2, profiles: [{name: strict}]"),
    );
    expect(found).toEqual([[], [{ passwordQuality: "COMPLEXITY_HIGH", passwordMinimumSymbols: 1 }]]);
  });
});

test("what lets devices erase themselves is told when it comes, comes sooner, or reaches others", () => {
  const rule = (days: number) =>
    profile(
      "rules",
      `{android: {policyEnforcementRules: [{settingName: passwordPolicies, blockAction: {blockAfterDays: 0}, wipeAction: {wipeAfterDays: ${days}}}]}}`,
    );
  const set = (days: number, attempts = 10) =>
    compiled(
      rule(days),
      profile("passcode", `{settings: {passcode: {maxFailedAttempts: ${attempts}}}}`),
      policy("p", "profiles: [{name: rules}, {name: passcode}]"),
    );
  const wipes = (days: number) =>
    `Policy/p Profile/rules lets Android devices erase themselves after ${days} days on which passwordPolicies is not kept`;
  expect(newlyArmed(undefined, set(20))).toEqual([
    wipes(20),
    "Policy/p Profile/passcode lets devices erase themselves after 10 wrong passcodes",
  ]);
  expect(newlyArmed(set(20), set(20))).toEqual([]);
  expect(newlyArmed(set(20), set(30))).toEqual([]);
  expect(newlyArmed(set(20), set(10))).toEqual([wipes(10)]);
  // A passcode alone wipes nobody: rules of reeve's own take the place of Google's.
  const plain = compiled(
    profile("x", "{settings: {passcode: {minLength: 6}}}"),
    policy("p", "profiles: [{name: x}]"),
  );
  expect(newlyArmed(undefined, plain)).toEqual([]);
});

test("a setting that a rule erases devices over is told when another thing is said of it, or to others", () => {
  const rules = (...settings: readonly string[]) =>
    profile(
      "rules",
      `{android: {policyEnforcementRules: [${settings
        .map(
          (one) =>
            `{settingName: ${one}, blockAction: {blockAfterDays: 0}, wipeAction: {wipeAfterDays: 1, preserveFrp: true}}`,
        )
        .join()}]}}`,
    );
  const level = (number: number) => profile("level", `{android: {minimumApiLevel: ${number}}}`);
  const both = policy("p", "profiles: [{name: rules}, {name: level}]");
  const set = (number: number) => compiled(rules("minimumApiLevel"), level(number), both);
  const told =
    "Policy/p Profile/level changes minimumApiLevel, and Android devices erase themselves after 1 day on which it is not kept";
  // The rule is one of before: nobody is asked about it again.
  expect(newlyArmed(set(26), set(99))).toEqual([]);
  expect(changedUnderRules(set(26), set(99))).toEqual([told]);
  expect(changedUnderRules(set(26), set(26))).toEqual([]);
  const ruleAlone = compiled(rules("minimumApiLevel"), policy("p", "profiles: [{name: rules}]"));
  expect(changedUnderRules(ruleAlone, set(26))).toEqual([told]);
  expect(changedUnderRules(set(26), ruleAlone)).toEqual([]);
  const watched = compiled(
    rules("minimumApiLevel"),
    level(26),
    both.replace("profiles", "mode: observe, profiles"),
  );
  expect([changedUnderRules(set(26), watched), changedUnderRules(watched, set(26))]).toEqual([[], [told]]);
  // No rule, no erasing.
  const free = (number: number) => compiled(level(number), policy("p", "profiles: [{name: level}]"));
  expect(changedUnderRules(free(26), free(99))).toEqual([]);

  const withApp = (...more: readonly string[]) =>
    compiled(
      rules("applications"),
      ...more,
      policy("p", `profiles: [{name: rules}], apps: [${more.length === 0 ? "" : "{name: a}"}]`),
    );
  expect(changedUnderRules(withApp(), withApp(app("a"))).join()).toContain(
    "Policy/p App/a changes applications",
  );
  expect(changedUnderRules(withApp(app("a")), withApp(app("a")))).toEqual([]);
});
