import { expect, test } from "vitest";
import { loadPolicySet } from "../../manifests/load-policy-set.ts";
import type { SourceEntry } from "../source-tree.ts";

const now = Date.parse("2026-11-20T12:00:00Z");

/** Two policies of one priority that disagree about one app, with the given targets and further manifests. */
function dispute(a: string, b: string, ...more: readonly string[]): readonly string[] {
  const text = [
    "kind: Organization\nmetadata: {name: acme}\nspec: {timeZone: UTC}\n",
    "kind: App\nmetadata: {name: slack}\nspec: {apple: {bundleId: com.slack}}\n",
    `kind: Policy\nmetadata: {name: one}\nspec: {target: ${a}, apps: [{name: slack}]}\n`,
    `kind: Policy\nmetadata: {name: two}\nspec: {target: ${b}, apps: [{name: slack, install: blocked}]}\n`,
    ...more,
  ]
    .map((document) => `apiVersion: reeve/v1\n${document}`)
    .join("---\n");
  const entries = new Map<string, SourceEntry>([["a.yaml", { type: "file", bytes: Buffer.from(text) }]]);
  return loadPolicySet({ revision: "r", entries }, { now }).diagnostics.map(({ rule }) => rule);
}

function group(name: string, spec: string): string {
  return `kind: DeviceGroup\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
}

function device(name: string, spec: string): string {
  return `kind: Device\nmetadata: {name: ${name}}\nspec: {match: {serial: S-${name}}, ${spec}}\n`;
}

function version(name: string, value: string): string {
  return group(name, `{selector: {match: {platform: ios, osVersion: "${value}"}}}`);
}

const ipads = group("ipads", "{selector: {match: {platform: ipados}}}");
const phones = group("phones", "{selector: {match: {platform: ios}}}");
const berlin = group("berlin", "{selector: {match: {tag.site: berlin}}}");
const bonn = group("bonn", "{selector: {match: {tag.site: bonn}}}");

test.each<readonly [string, string, string, readonly string[], readonly string[]]>([
  ["all and all", "{all: true}", "{all: true}", [], ["equal-priority"]],
  ["all and a group", "{all: true}", "{groups: [ipads]}", [ipads], ["equal-priority"]],
  ["one group in both", "{groups: [ipads]}", "{groups: [ipads]}", [ipads], ["equal-priority"]],
  [
    "a group and its parent",
    "{groups: [p]}",
    "{groups: [c]}",
    [group("p", "{}"), group("c", "{parent: p, selector: {match: {tag.a: b}}}")],
    ["equal-priority"],
  ],
  ["selectors of two platforms", "{groups: [ipads]}", "{groups: [phones]}", [ipads, phones], []],
  ["selectors of two sites", "{groups: [berlin]}", "{groups: [bonn]}", [berlin, bonn], []],
  [
    "two sites, and a device whose platform is unknown",
    "{groups: [ipads]}",
    "{groups: [phones]}",
    [ipads, phones, device("a", "ownership: company")],
    [],
  ],
  ["a platform and a site", "{groups: [ipads]}", "{groups: [berlin]}", [ipads, berlin], ["possible-overlap"]],
  [
    "two sites that a declared device has at once through a list",
    "{groups: [berlin]}",
    "{devices: [a]}",
    [berlin, device("a", "tags: {site: berlin}")],
    ["equal-priority"],
  ],
  [
    "a declared device of another site",
    "{groups: [berlin]}",
    "{devices: [a]}",
    [berlin, device("a", "tags: {site: bonn}")],
    [],
  ],
  [
    "an excluded group",
    "{groups: [ipads]}",
    "{groups: [ipads], exclude: {groups: [ipads]}}",
    [ipads],
    ["excludes-its-target"],
  ],
  [
    "all without a group, and that group",
    "{all: true, exclude: {groups: [ipads]}}",
    "{groups: [ipads]}",
    [ipads],
    [],
  ],
  [
    "a user and the device that they own",
    "{users: [a@b.example]}",
    "{devices: [a]}",
    [device("a", "owner: a@b.example")],
    ["equal-priority"],
  ],
  [
    "all but one device, and that device",
    "{all: true, exclude: {devices: [a]}}",
    "{devices: [a]}",
    [device("a", "ownership: company")],
    [],
  ],
  [
    "a group that holds one device by name, and all but that device",
    "{groups: [g]}",
    "{all: true, exclude: {devices: [a]}}",
    [group("g", "{devices: [a]}"), device("a", "ownership: company")],
    [],
  ],
  [
    "a group without one of its devices, and the group",
    "{groups: [ipads], exclude: {devices: [a]}}",
    "{groups: [ipads]}",
    [ipads, device("a", "ownership: company")],
    ["equal-priority"],
  ],
  [
    "one device by name twice, that a group may take out",
    "{devices: [a], exclude: {groups: [ipads]}}",
    "{devices: [a], exclude: {groups: [ipads]}}",
    [ipads, device("a", "ownership: company")],
    ["possible-overlap"],
  ],
  [
    "two spellings of one version",
    "{groups: [x]}",
    "{groups: [y]}",
    [version("x", "18"), version("y", "18.0")],
    ["possible-overlap"],
  ],
  ["two users", "{users: [a@b.example]}", "{users: [c@b.example]}", [], []],
  [
    "version ranges that do not meet",
    "{groups: [x]}",
    "{groups: [y]}",
    [
      group("x", "{selector: {expressions: [{key: osVersion, operator: VersionBelow, values: ['18']}]}}"),
      group("y", "{selector: {expressions: [{key: osVersion, operator: VersionAtLeast, values: ['18']}]}}"),
    ],
    [],
  ],
])("%s", (_name, a, b, more, expected) => {
  expect(dispute(a, b, ...more)).toEqual(expected);
});

test("the one policy that disagrees is found among hundreds that agree", () => {
  const others = Array.from(
    { length: 300 },
    (_, index) =>
      `kind: Policy\nmetadata: {name: p${index}}\nspec: {target: {groups: [g]}, apps: [{name: slack}]}\n`,
  );
  const late = `kind: Policy\nmetadata: {name: late}\nspec: {target: {groups: [bonn]}, apps: [{name: slack}]}\n`;
  const found = dispute(
    "{groups: [berlin]}",
    "{groups: [bonn]}",
    berlin,
    bonn,
    group("g", "{devices: []}"),
    ...others,
    late,
  );
  expect(found.filter((rule) => rule === "equal-priority")).toHaveLength(1);
});

test.each<readonly [string, string, string, readonly string[]]>([
  [
    "a quality of passcodes that does not add up with what a setting asks for",
    "{android: {passwordPolicies: [{passwordQuality: COMPLEXITY_HIGH}]}}",
    "{settings: {passcode: {required: true}}}",
    ["equal-priority"],
  ],
  [
    "two that add up",
    "{android: {passwordPolicies: [{passwordQuality: ALPHABETIC}]}}",
    "{settings: {passcode: {required: true}}}",
    [],
  ],
  [
    "what Google's own keys and the settings of one profile say",
    "{android: {cameraAccess: CAMERA_ACCESS_ENFORCED}, settings: {restrictions: {allowCamera: false}}}",
    "{android: {funDisabled: true}}",
    [],
  ],
])("of two profiles, %s", (_name, a, b, expected) => {
  const profile = (name: string, spec: string): string =>
    `kind: Profile\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
  const use = (name: string): string =>
    `kind: Policy\nmetadata: {name: ${name}}\nspec: {target: {all: true}, profiles: [{name: ${name}}]}\n`;
  const more = [berlin, bonn, profile("strict", a), profile("basic", b), use("strict"), use("basic")];
  expect(dispute("{groups: [berlin]}", "{groups: [bonn]}", ...more)).toEqual(expected);
});

test.each(["Corp", "Corp/5G", "App/Corp"])(
  "two profiles of one policy that disagree about the network %s",
  (ssid) => {
    const profile = (name: string): string =>
      `kind: Profile\nmetadata: {name: ${name}}\nspec: {settings: {wifi: [{ssid: ${ssid}, password: "of the ${name}"}]}}\n`;
    const policy =
      "kind: Policy\nmetadata: {name: three}\nspec: {target: {groups: [ipads]}, profiles: [{name: first}, {name: second}]}\n";
    const found = dispute(
      "{groups: [berlin]}",
      "{groups: [bonn]}",
      berlin,
      bonn,
      ipads,
      profile("first"),
      profile("second"),
      policy,
    );
    expect(found.filter((rule) => rule === "equal-priority")).toHaveLength(1);
  },
);
