import { expect, test } from "vitest";
import { loadPolicySet } from "../manifests/load-policy-set.ts";
import { admit } from "./admission.ts";
import { compareArms, isAnother } from "./armed-devices.ts";
import { compile } from "./compile.ts";
import type { Compiled } from "./compiled.ts";
import { desiredOf } from "./desired.ts";
import type { Facts } from "./facts.ts";
import type { AdmissionGroup } from "./ports.ts";
import { withRollouts } from "./seen-policies.ts";

const now = Date.parse("2026-11-20T12:00:00Z");
/** What validation refuses and devices must stand all the same. */
const allowed = new Set(["equal-priority", "android-unusable"]);

/** Manifests by name, each a line of YAML without its apiVersion; undefined leaves one out. */
type Manifests = Readonly<Record<string, string | undefined>>;

const known = new Map<string, Compiled>();

function compiled(manifests: Manifests): Compiled {
  const text = Object.values(manifests)
    .flatMap((one) => (one === undefined ? [] : [one.replace(/^\{/, "{apiVersion: reeve/v1, ")]))
    .join("\n---\n");
  const made = known.get(text) ?? compiledText(text);
  known.set(text, made);
  return made;
}

function compiledText(text: string): Compiled {
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

const device: Readonly<Record<string, string>> = {
  platform: "android",
  mode: "supervised",
  osVersion: "14",
  owner: "lea@acme.example",
  "tag.site": "berlin",
};

const ipad = { ...device, platform: "ipados", osVersion: "26.1" };

/** Devices with these facts, all of them asserted, and what they had been given under a policy set. */
function devices(before: Compiled, told: Readonly<Record<string, string>>): AdmissionGroup {
  const facts: Facts = Object.fromEntries(
    Object.entries(told).map(([key, value]) => [key, { value, source: "asserted" as const }]),
  );
  const gates = { observe: false, suspended: undefined, removalsFrozen: undefined, removalBudget: true };
  const desired = desiredOf(before, { facts, named: ["phone"] }, undefined, now);
  const { granted } = admit(desired, undefined, gates);
  return {
    facts: { id: JSON.stringify(told), body: facts },
    named: ["phone"],
    granted: { id: "g", body: granted },
    observed: undefined,
    suspended: undefined,
    count: 1,
  };
}

interface Told {
  readonly from?: Readonly<Record<string, string>>;
  readonly to?: Readonly<Record<string, string>>;
}

/** What arms the devices anew. */
function armed(
  before: Compiled,
  after: Compiled,
  { from = device, to = from }: Told = {},
): readonly string[] {
  const count = compareArms(before, after, now);
  const isAsserted = after.devices.some((one, index) => isAnother(before.devices[index], one));
  if (count?.changes !== true && !isAsserted) return [];
  count?.add({ ...devices(before, to), granted: devices(before, from).granted }, devices(before, from));
  return count?.found() ?? [];
}

const target = "target: {groups: [phones]}";
const policy = (name: string, spec: string, to = target) =>
  `{kind: Policy, metadata: {name: ${name}}, spec: {${to}, ${spec}}}`;
const profile = (name: string, keys: string) =>
  `{kind: Profile, metadata: {name: ${name}}, spec: {android: {${keys}}}}`;
const passcode = (attempts: number, more = "") =>
  `passwordPolicies: [{passwordScope: SCOPE_DEVICE, passwordMinimumLength: 6, passwordQuality: NUMERIC, maximumFailedPasswordsForWipe: ${attempts}}]${more}`;
const exemption = (lift: string, from = "2026-11-01", target = "devices: [phone]") =>
  `{kind: Exemption, metadata: {name: lea}, spec: {target: {${target}}, lift: [Profile/${lift}], reason: test, from: ${from}T00:00:00Z, until: 2026-12-01T00:00:00Z}}`;
const phones = (spec: string) => `{kind: DeviceGroup, metadata: {name: phones}, spec: ${spec}}`;
const staff = (users: string) => `{kind: UserGroup, metadata: {name: staff}, spec: {users: [${users}]}}`;
const tim = "tim@acme.example";

/** `a` says two attempts, and `b`, above it, says none. */
const overruled: Manifests = {
  group: phones("{selector: {match: {platform: android}}}"),
  others: "{kind: DeviceGroup, metadata: {name: others}, spec: {selector: {match: {tag.site: paris}}}}",
  device: "{kind: Device, metadata: {name: phone}, spec: {match: {serial: S1}}}",
  staff: staff("lea@acme.example"),
  strict: profile("strict", passcode(2)),
  lax: profile("lax", passcode(0)),
  camera: profile("camera", "cameraAccess: CAMERA_ACCESS_DISABLED"),
  a: policy("a", "profiles: [{name: strict}]"),
  b: policy("b", "priority: 500, profiles: [{name: lax}]"),
};
const b = (spec: string, to?: string) => ({ b: policy("b", `profiles: [{name: lax}], ${spec}`, to) });
const sentence = "Policy/a Profile/strict lets devices erase themselves after 2 wrong passcodes";

test.each<[string, Manifests, Manifests]>([
  ["goes", {}, { b: undefined }],
  ["has a lower priority", {}, b("priority: 1")],
  ["only watches", {}, b("priority: 500, mode: observe")],
  ["is for others", {}, b("priority: 500", "target: {users: [tim@acme.example]}")],
  ["excludes it", {}, b("priority: 500", "target: {groups: [phones], exclude: {devices: [phone]}}")],
  ["excludes its user", {}, b("priority: 500", "target: {groups: [phones], exclude: {userGroups: [staff]}}")],
  ["says it no more", {}, { lax: profile("lax", "cameraAccess: CAMERA_ACCESS_DISABLED") }],
  ["has another item", {}, { b: policy("b", "priority: 500, profiles: [{name: camera}]") }],
  ["is lifted", {}, { e: exemption("lax") }],
  ["will be lifted", {}, { e: exemption("lax", "2026-11-25") }],
  [
    "will be lifted at another time",
    { e: exemption("lax", "2026-11-27") },
    { e: exemption("lax", "2026-11-25") },
  ],
  [
    "was for the users of a group that has others now",
    b("priority: 500", "target: {userGroups: [staff]}"),
    { ...b("priority: 500", "target: {userGroups: [staff]}"), staff: staff(tim) },
  ],
  [
    "was for a group whose condition does not hold any more",
    b("priority: 500", "target: {groups: [others]}"),
    {
      ...b("priority: 500", "target: {groups: [others]}"),
      others: "{kind: DeviceGroup, metadata: {name: others}, spec: {selector: {match: {tag.site: rome}}}}",
    },
  ],
])("a device is armed when the policy that overruled what arms it %s", (_name, first, second) => {
  const before = compiled({ ...overruled, ...first });
  const isIn = { ...device, "tag.site": "paris" };
  expect(armed(before, before, { from: isIn })).toEqual([]);
  expect(armed(before, compiled({ ...overruled, ...second }), { from: isIn })).toContain(sentence);
});

/** `a` says two attempts to the group of users, and nobody says otherwise. */
const ofStaff: Manifests = {
  ...overruled,
  b: undefined,
  a: policy("a", "profiles: [{name: strict}]", `target: {userGroups: [staff], exclude: {groups: [others]}}`),
  staff: staff(tim),
};

test.each<[string, Manifests, Told]>([
  ["his group gets him", { staff: staff(`${tim}, lea@acme.example`) }, {}],
  [
    "his group gets another that has him",
    {
      staff: `{kind: UserGroup, metadata: {name: staff}, spec: {userGroups: [more]}}`,
      more: "{kind: UserGroup, metadata: {name: more}, spec: {users: [lea@acme.example]}}",
    },
    {},
  ],
  [
    "a manifest says that it is somebody else's",
    { device: `{kind: Device, metadata: {name: phone}, spec: {match: {serial: S1}, owner: ${tim}}}` },
    { to: { ...device, owner: tim } },
  ],
  [
    "a tag takes it out of an excluded group",
    { device: "{kind: Device, metadata: {name: phone}, spec: {match: {serial: S1}, tags: {site: rome}}}" },
    {
      from: { ...device, owner: tim, "tag.site": "paris" },
      to: { ...device, owner: tim, "tag.site": "rome" },
    },
  ],
  [
    "an excluded group is another one",
    { others: "{kind: DeviceGroup, metadata: {name: others}, spec: {selector: {match: {tag.site: rome}}}}" },
    { from: { ...device, owner: tim, "tag.site": "paris" } },
  ],
])("a device is armed when it comes to what arms: %s", (_name, more, told) => {
  expect(armed(compiled(ofStaff), compiled({ ...ofStaff, ...more }), told)).toEqual([sentence]);
});

const payload = (attempts: string, length = 6) =>
  `{kind: Profile, metadata: {name: code}, spec: {apple: {payloads: [{type: com.apple.mobiledevice.passwordpolicy, content: {minLength: ${length}, forcePIN: true${attempts}}}]}}}`;
const ofApple: Manifests = {
  ...overruled,
  group: phones("{selector: {match: {platform: ipados}}}"),
  code: payload(", maxFailedAttempts: 4"),
  a: policy("a", "profiles: [{name: code}]"),
  b: undefined,
};

test.each<[string, Manifests, Manifests]>([
  ["its exemption is over", { e: exemption("code") }, {}],
  ["what it is in conflict with goes", { b: policy("b", "profiles: [{name: code, drift: report}]") }, {}],
  [
    "a policy above it watches no more",
    { b: policy("b", "priority: 500, mode: observe, profiles: [{name: code}]") },
    {},
  ],
  ["it says fewer", {}, { code: payload(", maxFailedAttempts: 3") }],
])("an iPad is armed when %s", (_name, first, second) => {
  const before = compiled({ ...ofApple, ...first });
  const found = armed(before, compiled({ ...ofApple, ...second }), { from: ipad });
  expect(found).toEqual([
    expect.stringMatching(/Profile\/code lets devices erase themselves after [34] wrong/),
  ]);
});

const rule = (days: number) =>
  `policyEnforcementRules: [{settingName: minimumApiLevel, blockAction: {blockAfterDays: 1}, wipeAction: {wipeAfterDays: ${days}}}]`;
const ruled: Manifests = {
  ...overruled,
  strict: profile("strict", rule(3)),
  lax: profile("lax", "minimumApiLevel: 28"),
  high: profile("high", "minimumApiLevel: 99"),
  c: policy("c", "profiles: [{name: high}]"),
};

test("a setting that a device erases itself over is another one when what overruled it goes", () => {
  const text =
    "Policy/a Profile/strict lets Android devices erase themselves after 3 days on which minimumApiLevel";
  const before = compiled(ruled);
  expect(armed(before, compiled({ ...ruled, b: undefined }))).toEqual([expect.stringContaining(text)]);
  const longer = compiled({ ...ruled, strict: profile("strict", rule(5)) });
  expect(armed(before, longer)).toEqual([]);
  expect(armed(longer, before)).toEqual([expect.stringContaining(text)]);
});

test("a value that is made from the owner is another one when a manifest says that the device is somebody else's", () => {
  const keys = rule(3).replace("minimumApiLevel", "deviceOwnerLockScreenInfo");
  const own = `deviceOwnerLockScreenInfo: {defaultMessage: "\${owner.email}"}, ${keys}`;
  const before = { ...overruled, b: undefined, strict: profile("strict", own) };
  const after = {
    ...before,
    device: `{kind: Device, metadata: {name: phone}, spec: {match: {serial: S1}, owner: ${tim}}}`,
  };
  const told = { to: { ...device, owner: tim } };
  expect(armed(compiled(before), compiled(after), told)).toEqual([
    expect.stringContaining("Policy/a Profile/strict lets Android devices erase themselves after 3 days"),
  ]);
  expect(armed(compiled(before), compiled(after))).toEqual([]);
});

test("what is held back counts with what overrules it: no order of changes is worse than what was decided", () => {
  const before = compiled(overruled);
  const both = { ...overruled, b: undefined, strict: profile("strict", passcode(0)) };
  expect(armed(before, compiled(both))).toEqual([sentence]);
  // What the device has is older than all that is compared.
  const calm = compiled({ ...overruled, strict: profile("strict", passcode(0)) });
  const count = compareArms(calm, compiled(both), now);
  expect(count).toBeUndefined();
  const armedOnce = compiled({ ...overruled, strict: profile("strict", passcode(9)) });
  const found = compareArms(
    armedOnce,
    compiled({ ...both, b: policy("b", "profiles: [{name: camera}]") }),
    now,
  );
  found?.add({ ...devices(armedOnce, device), granted: devices(before, device).granted });
  expect(found?.found()).toContain(
    "Policy/a Profile/strict lets Android devices erase themselves by what they still have",
  );
});

test("an older version that a rollout leaves on devices counts as well", () => {
  const rolled = { ...overruled, strict: profile("strict", passcode(0)) };
  const newest = compiled(rolled);
  const [older] = compiled(overruled).policies.filter(({ name }) => name === "a");
  if (older === undefined) throw new Error("no policy");
  const layer = { version: "v1", since: 1, to: 1, position: 1, policy: older };
  const layers = [{ ...layer, version: "v2", since: 2 }, layer] as never;
  const before = withRollouts(newest, [{ policy: "a", seed: "s", layers }]);
  expect(armed(before, newest)).toEqual([]);
  expect(armed(before, compiled({ ...rolled, b: undefined }))).toContain(sentence);
});

test.each<[string, Manifests, Manifests, Told]>([
  [
    "another profile changes",
    overruled,
    { camera: profile("camera", "cameraAccess: CAMERA_ACCESS_ENFORCED") },
    {},
  ],
  ["another policy comes", overruled, { c: policy("c", "priority: 900, profiles: [{name: camera}]") }, {}],
  [
    "what overrules says more beside it",
    overruled,
    { lax: profile("lax", `${passcode(0)}, cameraAccess: CAMERA_ACCESS_DISABLED`) },
    {},
  ],
  ["what arms goes, overruled as it was", overruled, { a: undefined }, {}],
  ["a user without a device joins", ofStaff, { staff: staff(`${tim}, new@acme.example`) }, {}],
  ["a user leaves", ofStaff, { staff: staff("new@acme.example") }, { from: { ...device, owner: tim } }],
  [
    "an armed device gets a tag",
    ofStaff,
    { device: "{kind: Device, metadata: {name: phone}, spec: {match: {serial: S1}, tags: {room: x}}}" },
    { from: { ...device, owner: tim }, to: { ...device, owner: tim, "tag.room": "x" } },
  ],
  ["fewer are meant", { ...overruled, b: undefined }, { a: undefined }, {}],
  ["more attempts", { ...overruled, b: undefined }, { strict: profile("strict", passcode(5)) }, {}],
  ["an exemption from what arms", { ...overruled, b: undefined }, { e: exemption("strict") }, {}],
  [
    "another is exempted from what overrules",
    overruled,
    { e: exemption("lax", "2026-11-01", "users: [tim@acme.example]") },
    {},
  ],
  ["what overrules is new", { ...overruled, b: undefined }, { b: overruled.b }, {}],
  ["the same profile asks for more", ofApple, { code: payload(", maxFailedAttempts: 4", 8) }, { from: ipad }],
  [
    "the same of a device that is exempted",
    { ...ofApple, e: exemption("code") },
    { code: payload(", maxFailedAttempts: 4", 8) },
    { from: ipad },
  ],
  [
    "the same where no device can have it",
    { ...ofApple, group: phones("{selector: {match: {tag.site: berlin}}}") },
    { code: payload(", maxFailedAttempts: 3", 8) },
    {},
  ],
  [
    "it is a company without anything that arms",
    { ...overruled, a: undefined, strict: undefined },
    { b: undefined },
    {},
  ],
])("no device is armed when %s", (_name, before, more, told) => {
  expect(armed(compiled(before), compiled({ ...before, ...more }), told)).toEqual([]);
});

/** `b`, which overrules what arms, says `cameraAccess` too, and `c` says otherwise to some of its devices. */
const clashing: Manifests = {
  ...overruled,
  berlin: "{kind: DeviceGroup, metadata: {name: berlin}, spec: {selector: {match: {tag.site: berlin}}}}",
  lax: profile("lax", `${passcode(0)}, cameraAccess: CAMERA_ACCESS_DISABLED`),
  camera: profile("camera", "cameraAccess: CAMERA_ACCESS_ENFORCED"),
};
const c = (priority = 500, to = "target: {groups: [berlin]}") =>
  policy("c", `priority: ${priority}, profiles: [{name: camera}]`, to);

test.each<[string, Manifests, Manifests]>([
  ["comes", {}, { c: c() }],
  ["gets the same priority", { c: c(499) }, { c: c() }],
  ["reaches it", { c: c(500, "target: {groups: [others]}") }, { c: c() }],
  ["is not exempted any more", { c: c(), e: exemption("camera") }, { c: c() }],
  [
    "will be exempted no more",
    { c: c(), e: exemption("camera") },
    { c: c(), e: exemption("camera", "2026-11-25") },
  ],
  [
    "says another thing",
    { c: c(), camera: profile("camera", "cameraAccess: CAMERA_ACCESS_DISABLED") },
    { c: c() },
  ],
])(
  "a device is armed when what takes down the policy that overruled what arms it %s",
  (_name, first, second) => {
    const before = compiled({ ...clashing, ...first });
    expect(armed(before, before)).toEqual([]);
    expect(armed(before, compiled({ ...clashing, ...second }))).toContain(sentence);
  },
);

test("what decides the same beside it takes nothing down, and arms nobody", () => {
  const before = compiled(clashing);
  for (const more of [
    { c: c(499) },
    { c: c(501) },
    { c: c(500, "target: {groups: [others]}") },
    { c: c(), camera: profile("camera", "cameraAccess: CAMERA_ACCESS_DISABLED") },
  ])
    expect(armed(before, compiled({ ...clashing, ...more }))).toEqual([]);
});

test("an exemption from what only an older version of a policy has is one from what arms", () => {
  const plain = compiled({ ...overruled, a: policy("a", "profiles: [{name: camera}]"), b: undefined });
  const exempted = {
    ...overruled,
    b: undefined,
    a: policy("a", "profiles: [{name: camera}]"),
    e: exemption("strict"),
  };
  const [older] = compiled(overruled).policies.filter(({ name }) => name === "a");
  const layer = { version: "v1", since: 1, to: 1, position: 1, policy: older };
  const layers = [{ ...layer, version: "v2", since: 2 }, layer] as never;
  const before = withRollouts(compiled(exempted), [{ policy: "a", seed: "s", layers }]);
  expect(armed(before, compiled(exempted))).toEqual([]);
  expect(armed(before, plain)).toEqual([sentence]);
});

test("what only the revision says is compared, and its exemptions are from that", () => {
  const quiet = { ...overruled, b: undefined, strict: profile("strict", passcode(0)) };
  expect(armed(compiled(quiet), compiled({ ...quiet, strict: overruled.strict }))).toEqual([sentence]);
  const after = compiled({ ...ofApple, e: exemption("code") });
  expect(armed(compiled({ ...ofApple, a: undefined }), after, { from: ipad })).toEqual([
    "Policy/a Profile/code lets devices erase themselves after 4 wrong passcodes",
  ]);
});

test("nothing changes where what policies say of something else does", () => {
  const compare = (more: Manifests) =>
    compareArms(compiled(overruled), compiled({ ...overruled, ...more }), now);
  expect(compare({ camera: profile("camera", "cameraAccess: CAMERA_ACCESS_ENFORCED") })?.changes).toBe(false);
  expect(compare({ device: phone("tags: {site: rome}") })?.changes).toBe(false);
  expect(compare({ lax: profile("lax", passcode(9)) })?.changes).toBe(true);
  expect(compare({ staff: staff(tim) })?.changes).toBe(true);
});

test("of a device another thing is asserted unless only its records for people are others", () => {
  const [before, billed, tagged] = [
    "alias: a",
    "alias: a, asset: {billNumber: R-1}",
    "alias: a, tags: {site: x}",
  ].map((more) => compiled({ ...overruled, device: phone(more) }).devices[0]);
  if (before === undefined || billed === undefined || tagged === undefined) throw new Error("no device");
  expect([before, billed, tagged].map((after) => isAnother(before, after))).toEqual([false, false, true]);
  expect(isAnother(undefined, before)).toBe(true);
});

test("a device is armed when the group of what arms is one that devices join by themselves", () => {
  const organization = (group: string) =>
    `{kind: Organization, metadata: {name: acme}, spec: {timeZone: UTC, defaultGroups: {android: ${group}}}}`;
  const set = {
    ...overruled,
    b: undefined,
    a: policy("a", "profiles: [{name: strict}]", "target: {groups: [joined]}"),
  };
  const groups = { joined: plainGroup("joined"), elsewhere: plainGroup("elsewhere") };
  const of = (group: string) => compiled({ ...set, ...groups, organization: organization(group) });
  expect(armed(of("elsewhere"), of("joined"))).toEqual([sentence]);
  expect(armed(of("elsewhere"), of("elsewhere"))).toEqual([]);
});

test("another tag arms nobody whom an exemption is for, when all else is as it was", () => {
  const pin = { c: policy("c", "profiles: [{name: pin}]"), pin: profile("pin", passcode(0)) };
  const other = { ...overruled, ...pin, e: exemption("pin") };
  const tagged = { ...other, device: phone("tags: {room: x}") };
  const told = { to: { ...device, "tag.room": "x" } };
  expect(armed(compiled(other), compiled(tagged), told)).toEqual([]);
});

test("who is told to let devices erase themselves is the item whose word counts for them", () => {
  const mild = {
    mild: profile("mild", passcode(5)),
    c: policy("c", "priority: 900, profiles: [{name: mild}]"),
  };
  const before = compiled({ ...overruled, b: undefined, ...mild });
  const after = compiled({ ...overruled, b: undefined, ...mild, e: exemption("mild") });
  expect(armed(before, after)).toEqual([sentence]);
  const own = profile("own", passcode(2).replace("SCOPE_DEVICE", "SCOPE_PROFILE"));
  const both = { ...overruled, b: undefined, own, c: policy("c", "profiles: [{name: own}]") };
  const harmless = { ...both, own: profile("own", passcode(0).replace("SCOPE_DEVICE", "SCOPE_PROFILE")) };
  expect(armed(compiled(harmless), compiled(both))).toEqual([
    "Policy/c Profile/own lets devices erase themselves after 2 wrong passcodes",
  ]);
});

function phone(more: string): string {
  return `{kind: Device, metadata: {name: phone}, spec: {match: {serial: S1}, ${more}}}`;
}

function plainGroup(name: string): string {
  return `{kind: DeviceGroup, metadata: {name: ${name}}, spec: {}}`;
}
