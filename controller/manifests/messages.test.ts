import { expect, test } from "vitest";
import { loadPolicySet } from "./load-policy-set.ts";

const now = Date.parse("2026-11-20T12:00:00Z");

/** What is said about a file, one line per problem: place, message, and what to do. */
function told(file: string, content: string | Uint8Array, ...beside: readonly string[]): readonly string[] {
  const entries = new Map(
    [[file, content] as const, ...beside.map((text, index) => [`beside${index}.yaml`, text] as const)].map(
      ([path, text]) => [path, { type: "file" as const, bytes: Buffer.from(text) }],
    ),
  );
  return loadPolicySet({ revision: "r", entries }, { now })
    .diagnostics.filter(({ rule }) => rule !== "no-organization" && rule !== "no-manifests")
    .map(({ origin, message, detail }) => `${origin.line}:${origin.column} ${message} | ${detail.join(" ")}`);
}

const app = (spec: string) => `apiVersion: reeve/v1\nkind: App\nmetadata: {name: x}\nspec:\n${spec}\n`;
const operation = (act: string) =>
  `apiVersion: reeve/v1\nkind: Operation\nmetadata: {name: x}\nspec:\n  target: {groups: [g]}\n  act: ${act}\n  reason: r\n  expiresAt: 2026-12-01T00:00:00Z\n`;
const policy = (spec: string) => `apiVersion: reeve/v1\nkind: Policy\nmetadata: {name: x}\nspec: ${spec}\n`;
const group = (selector: string) =>
  `apiVersion: reeve/v1\nkind: DeviceGroup\nmetadata: {name: g}\nspec: {selector: ${selector}}\n`;

test.each<readonly [string, string, readonly string[]]>([
  ["a tab", app("\tapple: {bundleId: a.b}"), ["5:1 a tab as indentation | Indent with spaces."]],
  [
    "a wrong indentation",
    app("  apple:\n    bundleId: a.b\n   license: user"),
    [
      "7:4 this line is indented unlike the fields beside it | Fields of one mapping begin in the same column.",
    ],
  ],
  [
    "a colon in a text",
    app("  apple: {bundleId: a.b}").replace("{name: x}", "\n  name: x\n  description: note: this"),
    [
      '5:16 a second colon in the value of a field | Quote a text that holds ": ", or put the inner field on a line of its own, indented.',
    ],
  ],
  [
    "a dash without a space",
    policy("\n  target:\n    groups:\n    -ipads"),
    [
      '7:5 neither a field nor an entry of a list | Write "KEY: VALUE" or "- VALUE", with a space behind the colon or the dash.',
    ],
  ],
  [
    "a quote that is not closed",
    app("  apple: {bundleId: a.b}").replace("name: x", 'name: "x'),
    ["3:18 a quote that is never closed | Add the closing quote."],
  ],
  ["a brace too many", app("  apple: {bundleId: a.b}}"), ["5:25 a } that closes nothing | Remove it."]],
  [
    "a brace too few",
    app("  apple: {bundleId: a.b}").replace("x}", "x"),
    ["4:1 a { that is not closed before this | Close it with }, or indent what belongs inside."],
  ],
  [
    "fields that are not indented",
    app("  apple:\n  bundleId: a.b\n  license: user"),
    [
      '5:9 expected a mapping, found nothing | "bundleId" and "license" belong into it: indent with plain spaces, below "apple".',
    ],
  ],
  [
    "fields behind no-break spaces",
    app("  apple: {bundleId: a.b}").replace("{name: x}", "\n\u00a0\u00a0name: x"),
    [
      '3:11 expected a mapping, found nothing | "name" belongs into it: indent with plain spaces, below "metadata".',
    ],
  ],
  [
    "fields one level too high",
    policy("{groups: [g]}"),
    ['4:7 missing field "target" | "groups" belongs into it: indent with plain spaces, below "target".'],
  ],
  [
    "yes",
    app("  apple: {bundleId: a.b, removeOnUnenroll: yes}"),
    ['5:44 expected true or false, found the text "yes" | Write true.'],
  ],
  [
    "a quoted number",
    app('  apple: {bundleId: a.b, appStoreId: "12"}'),
    ['5:38 expected a whole number, found the text "12" | Write 12 without quotes.'],
  ],
  [
    "a text for a list and for a mapping",
    policy("{target: {groups: ipads}, apps: [slack]}"),
    [
      '4:25 expected a list, found the text "ipads" | Write [ipads].',
      '4:40 expected a mapping, found the text "slack" | Write {name: slack}.',
    ],
  ],
  [
    "an act as a word",
    operation("lock"),
    ['6:8 expected a mapping, found the text "lock" | Write {lock: {}}.'],
  ],
  [
    "a text that is far too long",
    app(`  apple: {bundleId: ${"a".repeat(5_000)}}`),
    ["5:21 too many characters | expected at most 255."],
  ],
  [
    "a selector key in the wrong case",
    group("{expressions: [{key: osversion, operator: VersionAtLeast, values: ['18']}]}"),
    [
      '4:39 unknown selector key "osversion" | expected platform, model, osVersion, ownership, mode, owner, userGroup, enrollment or tag.NAME. Did you mean "osVersion"?',
    ],
  ],
  [
    "a version that is none",
    group("{expressions: [{key: osVersion, operator: VersionBelow, values: [latest]}]}"),
    ['4:83 not in the expected form: "latest" | A version of numbers and dots. For example 18.1.'],
  ],
  [
    "another apiVersion",
    app("  apple: {bundleId: a.b}").replace("reeve/v1", "v1"),
    ['1:13 apiVersion is "v1" | expected apiVersion: reeve/v1.'],
  ],
  [
    "a misspelt apiVersion and kind",
    app("  apple: {bundleId: a.b}").replace("apiVersion", "apiversion").replace("kind", "Kind"),
    [
      '1:1 unknown field "apiversion" | expected apiVersion, kind, metadata or spec. Did you mean "apiVersion"?',
    ],
  ],
  [
    "a misspelt kind",
    app("  apple: {bundleId: a.b}").replace("kind", "knd"),
    ['2:1 unknown field "knd" | expected apiVersion, kind, metadata or spec. Did you mean "kind"?'],
  ],
])("one mistake, one message, and what to do: %s", (_name, text, expected) => {
  expect(told("a.yaml", text)).toEqual(expected);
});

test.each<readonly [string, BufferEncoding, readonly number[], string]>([
  ["UTF-16 with a mark", "utf16le", [0xff, 0xfe], "1:1 the file is UTF-16, not UTF-8 | Save it as UTF-8."],
  ["UTF-16 without one", "utf16le", [], "1:1 the file is UTF-16, not UTF-8 | Save it as UTF-8."],
  ["Latin 1", "latin1", [], "3:26 the file is not UTF-8 | Save it as UTF-8."],
])("a manifest in %s is refused, not ignored", (_name, encoding, mark, expected) => {
  const text = app("  apple: {bundleId: a.b}").replace("{name: x}", "{description: M\u00fcller, name: x}");
  const bytes = Buffer.concat([Buffer.from(mark), Buffer.from(text, encoding)]);
  expect(told("a.yaml", bytes)).toEqual([expected]);
});

test.each<readonly [string, string, string]>([
  [
    "another API has a kind of this name",
    "apiVersion: argoproj.io/v1\nkind: App\nmetadata: {name: x}\nspec: {}\n",
    'apiVersion is "argoproj.io/v1"',
  ],
  [
    "Kubernetes has it",
    "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\ndata: {}\n",
    'apiVersion is "v1"',
  ],
  ["it is called like us", "name: reeve\nservices: {}\n", "apiVersion is missing"],
])("a document is left alone when %s", (_name, text, why) => {
  expect(told("a.yaml", text)).toEqual([expect.stringContaining(`not a manifest of reeve: ${why}`)]);
});

const register =
  "apiVersion: reeve/v1\nkind: DeviceRegister\nmetadata: {name: r}\nspec: {devicesFrom: d.csv}\n";

test.each<readonly [string, string, readonly string[]]>([
  ["no header", "a,DMPXK2ABQ1\nb,DMPXK2ABQ2\n", ["1:1 no header | The first line names the columns."]],
  [
    "a column without a name",
    "name,serial,\na,B,\n",
    ["1:13 a column without a name | Name it, or remove it."],
  ],
  [
    "too few cells",
    "name,serial,alias\na,B\n",
    ["2:1 2 cells, but the header has 3 | An empty cell still has its comma."],
  ],
  [
    "too many cells",
    "name,serial\na,B,c\n",
    ["2:1 3 cells, but the header has 2 | Quote a cell that holds a comma."],
  ],
  ["an unknown byte", "name,serial\na,B\u0000\n", ["2:4 the file holds a NUL character | Save it as UTF-8."]],
])("a register with %s", (_name, text, expected) => {
  expect(told("d.csv", text, register)).toEqual(expected);
});

test.each(["name\tserial", "name;serial", "name|serial"])(
  "%j is told to be separated by commas",
  (header) => {
    expect(told("d.csv", `${header}\n`, register)).toEqual([
      expect.stringMatching(/Separate cells by commas\.$/),
    ]);
  },
);

test("a list of users with another name for the column says which one to rename", () => {
  const users = "apiVersion: reeve/v1\nkind: UserGroup\nmetadata: {name: r}\nspec: {membersFrom: d.csv}\n";
  expect(told("d.csv", "mail\na@b.example\n", users)).toEqual([
    '1:1 no column email | Rename "mail" to email.',
  ]);
});
