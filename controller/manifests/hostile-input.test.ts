import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../core/diagnostic.ts";
import type { SourceEntry } from "../core/source-tree.ts";
import { loadPolicySet } from "./load-policy-set.ts";

const now = Date.parse("2026-11-20T12:00:00Z");
const organization =
  "apiVersion: reeve/v1\nkind: Organization\nmetadata: {name: acme}\nspec: {timeZone: UTC}\n";

function load(files: Readonly<Record<string, string | Uint8Array>>) {
  const entries = new Map<string, SourceEntry>(
    Object.entries(files).map(([path, content]) => [path, { type: "file", bytes: Buffer.from(content) }]),
  );
  return loadPolicySet({ revision: "r", entries }, { now });
}

function rules(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.map(({ rule, origin }) => `${rule} ${origin.file}:${origin.line}:${origin.column}`);
}

describe("hostile files end in diagnostics, quickly", () => {
  const cases: Readonly<Record<string, readonly [string, string]>> = {
    "an alias bomb": [
      `a: &a [${"x,".repeat(9)}x]\nb: &b [${"*a,".repeat(9)}*a]\nc: [${"*b,".repeat(9)}*b]\n`,
      "yaml-alias",
    ],
    "a hundred thousand levels": ["[".repeat(100_000), "yaml-syntax"],
    "forty thousand keys": [
      `${organization}${Array.from({ length: 40_000 }, (_, index) => `k${index}: 1`).join("\n")}\n`,
      "unknown-field",
    ],
    "forty thousand tags that are no texts, in one line": [
      `${organization}---\napiVersion: reeve/v1\nkind: Device\nmetadata: {name: d}\nspec: {match: {serial: A}, tags: {${Array.from({ length: 40_000 }, (_, index) => `k${index}: 1`).join(",")}}}\n`,
      "too-long",
    ],
    "a hundred thousand empty lines in what looks encrypted": [
      `sops:\n${"\n".repeat(100_000)}`,
      "not-a-manifest",
    ],
    "ten thousand documents": ["--- 1\n".repeat(10_000), "yaml-too-complex"],
    "ten thousand equal list items": [
      `${organization}---\napiVersion: reeve/v1\nkind: DeviceGroup\nmetadata: {name: g}\nspec: {devices: [${"a,".repeat(9_999)}b]}\n`,
      "duplicate-item",
    ],
  };
  test.each(Object.entries(cases))("%s", (_name, [text, rule]) => {
    // Of this thread alone: what else the machine does is not the reader's fault.
    const started = process.threadCpuUsage();
    const { diagnostics } = load({ "a.yaml": text });
    const { user } = process.threadCpuUsage(started);
    expect(diagnostics.map((diagnostic) => diagnostic.rule)).toContain(rule);
    expect(diagnostics.length).toBeLessThanOrEqual(1_001);
    expect(user / 1_000).toBeLessThan(5_000);
  });

  test("more than a thousand problems are cut", () => {
    const { diagnostics } = load({ "a.yaml": cases["forty thousand keys"]?.[0] ?? "" });
    expect(diagnostics.at(-1)?.rule).toBe("too-many-problems");
  });

  test.each(["0s", "-1h", "1e9d", "100000h", "9007199254740993d", "∞d"])(
    "a time of %s is refused at its place",
    (time) => {
      const schedule = `apiVersion: reeve/v1\nkind: InventorySchedule\nmetadata: {name: s}\nspec: {collect: [device], every: ${time}}\n`;
      const found = rules(load({ "a.yaml": organization, "b.yaml": schedule }).diagnostics);
      expect(found).toEqual([expect.stringMatching(/^(bad-duration|too-long) b\.yaml:4:34$/)]);
    },
  );

  test("a register that is too long is refused", () => {
    const register = `${organization}---\napiVersion: reeve/v1\nkind: DeviceRegister\nmetadata: {name: r}\nspec: {devicesFrom: d.csv}\n`;
    const csv = `serial\n${Array.from({ length: 50_001 }, (_, index) => `S${index}`).join("\n")}\n`;
    expect(rules(load({ "a.yaml": register, "d.csv": csv }).diagnostics)).toEqual(["csv-too-long d.csv:1:1"]);
  });
});

describe("properties", () => {
  const documents = [
    organization,
    "apiVersion: reeve/v1\nkind: DeviceGroup\nmetadata: {name: a}\nspec: {parent: b}\n",
    "apiVersion: reeve/v1\nkind: DeviceGroup\nmetadata: {name: b}\nspec: {parent: a, selector: {match: {tag.x: y}}}\n",
    "apiVersion: reeve/v1\nkind: App\nmetadata: {name: x}\nspec: {apple: {bundleId: a.b}}\n",
    "apiVersion: reeve/v1\nkind: App\nmetadata: {name: y}\nspec: {apple: {bundleId: a.b}}\n",
    "apiVersion: reeve/v1\nkind: Policy\nmetadata: {name: p}\nspec: {target: {all: true}, apps: [{name: x}]}\n",
    "apiVersion: reeve/v1\nkind: Policy\nmetadata: {name: q}\nspec: {target: {groups: [b]}, apps: [{name: x, install: blocked}]}\n",
    "apiVersion: reeve/v1\nkind: Policy\nmetadata: {name: q}\nspec: {target: {}, app: []}\n",
  ];

  test("the order in which a source lists its files does not matter", () => {
    const files = documents.map((text, index): [string, SourceEntry] => [
      `f${index}.yaml`,
      { type: "file", bytes: Buffer.from(text) },
    ]);
    const expected = loadPolicySet({ revision: "r", entries: new Map(files) }, { now });
    fc.assert(
      fc.property(fc.shuffledSubarray(files, { minLength: files.length }), (shuffled) => {
        const { diagnostics, set, summary } = loadPolicySet(
          { revision: "r", entries: new Map(shuffled) },
          { now },
        );
        expect(diagnostics).toEqual(expected.diagnostics);
        expect(set.manifests.map(({ kind, name }) => `${kind}/${name}`)).toEqual(
          expected.set.manifests.map(({ kind, name }) => `${kind}/${name}`),
        );
        expect(summary).toEqual(expected.summary);
      }),
      { numRuns: 50, seed: 1 },
    );
  });

  test("no bytes make it throw, and every place lies within its file", () => {
    const fragment = fc.constantFrom(
      "apiVersion: reeve/v1\n",
      "kind: Policy\n",
      "kind: Profile\n",
      "metadata: {name: a}\n",
      "spec:\n",
      "  target: {all: true}\n",
      "  apple: {file: a.yaml}\n",
      "- ",
      "? ",
      "&a ",
      "*a",
      "!!binary ",
      "<<: ",
      "{",
      "}",
      "[",
      "]",
      '"',
      "'",
      "|\n",
      ": ",
      "\t",
      "---\n",
      "\0",
      "\u2028",
      "$" + "{secret:",
      "}",
    );
    const text = fc
      .array(fc.oneof(fragment, fc.string({ maxLength: 8 })), { maxLength: 30 })
      .map((parts) => Buffer.from(parts.join("")));
    fc.assert(
      fc.property(
        fc.oneof(text, fc.uint8Array({ maxLength: 200 })),
        fc.oneof(text, fc.uint8Array({ maxLength: 100 })),
        (bytes, csv) => {
          const register = `${organization}---\napiVersion: reeve/v1\nkind: DeviceRegister\nmetadata: {name: r}\nspec: {devicesFrom: d.csv}\n`;
          const { diagnostics } = load({ "a.yaml": bytes, "d.csv": csv, "r.yaml": register });
          for (const { origin, length } of diagnostics) {
            expect(origin.line).toBeGreaterThan(0);
            expect(origin.column).toBeGreaterThan(0);
            expect(length).toBeGreaterThan(0);
          }
        },
      ),
      { numRuns: 400, seed: 2 },
    );
  });

  test("any change of one value in a valid manifest ends in diagnostics or in a valid set, never in a crash", () => {
    const base = documents[6] ?? "";
    fc.assert(
      fc.property(
        fc.nat(base.length - 1),
        fc.constantFrom("", " ", "{", "]", ":", "0", "\n", "#", "null", "true", "1.20", "*"),
        (at, insert) => {
          load({ "o.yaml": organization, "a.yaml": base.slice(0, at) + insert + base.slice(at + 1) });
        },
      ),
      { numRuns: 300, seed: 3 },
    );
  });
});
