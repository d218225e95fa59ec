import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../core/diagnostic.ts";
import { manifestsOf } from "../core/manifest.ts";
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

describe("what stands in the file is kept", () => {
  test("versions, names and ids keep their spelling", () => {
    const { set, diagnostics } = load({
      "a.yaml": `${organization}---
apiVersion: reeve/v1
kind: Device
metadata: {name: 007, labels: {since: 2026-01-01, version: 1.20}}
spec: {match: {imei: 356938035643809}, tags: {firmware: 1.20, on: true, mask: 0x1F, big: 12345678901234567890}}
---
apiVersion: reeve/v1
kind: DeviceGroup
metadata: {name: g}
spec: {selector: {match: {osVersion: [26.10, 1.20]}}}
`,
    });
    const [device] = manifestsOf(set, "Device");
    expect(diagnostics).toEqual([]);
    expect(device?.name).toBe("007");
    expect(device?.metadata.labels).toEqual({ since: "2026-01-01", version: "1.20" });
    expect(device?.spec.match.imei).toBe("356938035643809");
    expect(device?.spec.tags).toEqual({
      firmware: "1.20",
      on: "true",
      mask: "0x1F",
      big: "12345678901234567890",
    });
    expect(manifestsOf(set, "DeviceGroup")[0]?.spec.selector?.match).toEqual({
      osVersion: ["26.10", "1.20"],
    });
  });

  test("Apple's own content keeps its types", () => {
    const { set } = load({
      "a.yaml": `${organization}---
apiVersion: reeve/v1
kind: Profile
metadata: {name: p}
spec: {apple: {payloads: [{type: com.apple.dock, content: {tilesize: 48, autohide: true, x: "1.20", __proto__: 1}}]}}
`,
    });
    const content = manifestsOf(set, "Profile")[0]?.spec.apple?.payloads?.[0]?.content;
    expect(Object.entries(content ?? {})).toEqual([
      ["tilesize", 48],
      ["autohide", true],
      ["x", "1.20"],
      ["__proto__", 1],
    ]);
    expect(Object.getPrototypeOf(content)).toBe(Object.prototype);
  });

  test("every field knows its place", () => {
    const { set } = load({ "a.yaml": `# first\n${organization}` });
    const [manifest] = manifestsOf(set, "Organization");
    expect(manifest?.origin).toEqual({ file: "a.yaml", line: 2, column: 1 });
    expect(manifest?.at(["spec", "timeZone"])).toEqual({
      origin: { file: "a.yaml", line: 5, column: 18 },
      length: 3,
    });
    expect(manifest?.at(["spec", "deviceLimit"]).origin.line).toBe(5);
  });
});

test("all problems are told in one run, in the order of file, line and column", () => {
  const broken = organization.replace("UTC", "Mars/Base, mod: x, deviceLimit: many");
  const { diagnostics, summary } = load({ "b.yaml": broken, "a.yaml": broken.replace("acme", "Acme") });
  expect(rules(diagnostics)).toEqual([
    "bad-name a.yaml:3:18",
    "unknown-time-zone a.yaml:4:18",
    "unknown-field a.yaml:4:29",
    "wrong-type a.yaml:4:50",
    "unknown-time-zone b.yaml:4:18",
    "unknown-field b.yaml:4:29",
    "wrong-type b.yaml:4:50",
  ]);
  expect(summary).toMatchObject({ manifests: 2, files: 2, valid: 0, invalid: 2, errors: 7, warnings: 0 });
});

test("a reference to a manifest that is itself wrong is not a second error", () => {
  const { diagnostics } = load({
    "a.yaml": `${organization}---
apiVersion: reeve/v1
kind: DeviceGroup
metadata: {name: ipads}
spec: {devices: 7}
---
apiVersion: reeve/v1
kind: DeviceGroup
metadata: {name: child}
spec: {parent: ipads}
`,
  });
  expect(rules(diagnostics)).toEqual(["wrong-type a.yaml:9:17"]);
});

test("rows of a register become devices with the places of their cells", () => {
  const register = `${organization}---\napiVersion: reeve/v1\nkind: DeviceRegister\nmetadata: {name: r}\nspec: {devicesFrom: d.csv}\n`;
  const csv =
    '\ufeffserial,alias,owner,ownership,tag.note,asset.termMonths\r\nA-1,"One, the ""first""",a@b.example,company,"two\nlines",24\r\n\r\nA-2,Two,,personal,,\r\n';
  const { set, diagnostics } = load({ "r/a.yaml": register, "r/d.csv": csv });
  expect(diagnostics).toEqual([]);
  expect(
    manifestsOf(set, "Device").map(({ name, spec, origin }) => ({ name, spec, line: origin.line })),
  ).toEqual([
    {
      name: "a-1",
      line: 2,
      spec: {
        match: { serial: "A-1" },
        alias: 'One, the "first"',
        owner: "a@b.example",
        ownership: "company",
        tags: { note: "two\nlines" },
        asset: { termMonths: 24 },
      },
    },
    { name: "a-2", line: 5, spec: { match: { serial: "A-2" }, alias: "Two", ownership: "personal" } },
  ]);
});

test("what is wrong in a register is told at its cell", () => {
  const register = `${organization}---\napiVersion: reeve/v1\nkind: DeviceRegister\nmetadata: {name: r}\nspec: {devicesFrom: d.csv}\n`;
  const csv = "serial,alias,ownership\nA1,One,compny\nA1,Two,company\nA1,Three,company\n,Four,company\n";
  const { diagnostics, summary } = load({ "a.yaml": register, "d.csv": csv });
  expect(rules(diagnostics)).toEqual(
    ["unknown-value d.csv:2:8", "duplicate-name d.csv:4:1", "missing-field d.csv:5:1"]
      .sort((a, b) => (a < b ? -1 : 1))
      .sort((a, b) => Number(a.split(":")[1]) - Number(b.split(":")[1])),
  );
  expect(summary).toMatchObject({ manifests: 2, invalid: 1 });
});

test("a thousand manifests are validated in less than two seconds of work", () => {
  const files: Record<string, string> = { "o.yaml": organization };
  for (let index = 0; index < 250; index++) {
    files[`f${index}.yaml`] = [
      `apiVersion: reeve/v1\nkind: DeviceGroup\nmetadata: {name: g${index}}\nspec: {selector: {match: {tag.n: "${index}"}}}\n`,
      `apiVersion: reeve/v1\nkind: App\nmetadata: {name: a${index}}\nspec: {apple: {bundleId: com.example.a${index}}}\n`,
      `apiVersion: reeve/v1\nkind: Profile\nmetadata: {name: p${index}}\nspec: {settings: {passcode: {minLength: ${1 + (index % 16)}}}}\n`,
      `apiVersion: reeve/v1\nkind: Policy\nmetadata: {name: q${index}}\nspec: {target: {groups: [g${index}]}, profiles: [{name: p${index}}], apps: [{name: a${index}}, {name: a0, install: ${index % 2 ? "blocked" : "required"}}]}\n`.replace(
        "{name: a0}, {name: a0",
        "{name: a0",
      ),
    ].join("---\n");
  }
  load({ "o.yaml": organization });
  // Of this thread alone: what else the machine does is not the reader's fault.
  const started = process.threadCpuUsage();
  const { summary } = load(files);
  const { user, system } = process.threadCpuUsage(started);
  expect(summary.manifests).toBe(1_001);
  expect((user + system) / 1_000).toBeLessThan(2_000);
});
