import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { DiagnosticFormat } from "./render/diagnostics.ts";
import { validate } from "./validate.ts";

const now = Date.parse("2026-11-20T12:00:00Z");
const here = process.cwd();
let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "reeve-validate-"));
  mkdirSync(join(root, "policies"));
  process.chdir(root);
});
afterEach(() => {
  process.chdir(here);
  rmSync(root, { recursive: true });
});

const organization =
  "apiVersion: reeve/v1\nkind: Organization\nmetadata: {name: acme}\nspec: {timeZone: UTC}\n";
const groups = `${organization}---
apiVersion: reeve/v1
kind: DeviceGroup
metadata: {name: ipads-berlin}
spec:
  selector:
    matchs: {platform: ipados}
`;

function run(output: DiagnosticFormat, directories: readonly string[] = []) {
  return validate({ directories, output, now });
}

test("text shows the place, the line with carets, what was expected and a summary, in 100 columns", async () => {
  writeFileSync("policies/groups.yaml", groups);
  const { text, exitCode } = await run("text");

  expect(exitCode).toBe(1);
  expect(
    text.replace(/\d+\.\d s/, "0.1 s"),
  ).toBe(`policies/groups.yaml:11:5: error: unknown field "matchs" [unknown-field]
  11 |     matchs: {platform: ipados}
     |     ^^^^^^
  DeviceGroup/ipads-berlin spec.selector: expected match or expressions. Did you mean "match"?

2 manifests in 1 file: 1 valid, 1 invalid. 1 error, 0 warnings. 0.1 s
`);
});

const operation = (act: string) => `---
apiVersion: reeve/v1
kind: Operation
metadata: {name: open}
spec:
  target: {devices: [AAAA00007]}
  act: ${act}
  reason: Forgotten
  expiresAt: 2035-01-01T00:00:00Z
`;

test("what is wrong beside a password, or with it, is told without the password", async () => {
  const acts = [
    '{clearPasscode: {newPassword: "hunter2 x"}}',
    "{clearPasscode: {newPassword: hunter2, lockNw: true}}",
    "{lock: {pin: hunter2}}",
    ...["|hunter2", "*hunter2", "!hunter2 x", "!a!hunter2 x"].map(
      (word) => `\n    clearPasscode:\n      newPassword: ${word}`,
    ),
    "\n    clearPasscode:\n      newPassword: |\n        hunter2",
  ];
  for (const act of acts) {
    writeFileSync("policies/a.yaml", organization + operation(act));
    const { text } = await run("text");
    expect(text).toMatch(/policies\/a.yaml:\d+:\d+: (error|warning)/);
    expect(text).not.toContain("hunter2");
  }
  writeFileSync("policies/a.yaml", organization + operation("{clearPasscode: {newPasword: true}}"));
  expect((await run("text")).text).toContain("act: {clearPasscode: {newPasword: true}}");
});

test("no line is wider than 100 columns, and no control character reaches the terminal", async () => {
  const evil = `\\u001b[31m${"wide ".repeat(80)}`;
  writeFileSync(
    "policies/a.yaml",
    `${organization}x: "${evil}"\n"${evil}": ${"y".repeat(300)}\nbad\u001b[31m: 1\n`,
  );
  const { text } = await run("text");

  for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  expect(text).not.toContain("\u001b");
});

test("a repository in order exits 0, one that is not there exits 3", async () => {
  writeFileSync("policies/a.yaml", organization);

  expect(await run("text")).toMatchObject({ exitCode: 0 });
  expect(await run("text", ["nowhere"])).toEqual({
    exitCode: 3,
    text: "reeve: there is no policy folder nowhere\nCheck the path.\n",
  });
});

test("an empty directory is an error", async () => {
  expect(await run("text")).toMatchObject({ exitCode: 1, text: expect.stringContaining("[no-manifests]") });
});

test("directories are repositories of their own: the same name in two is not a duplicate", async () => {
  mkdirSync("other");
  writeFileSync("policies/a.yaml", organization);
  writeFileSync("other/a.yaml", organization);

  expect(await run("text", ["policies", "other"])).toMatchObject({
    exitCode: 0,
    text: expect.stringContaining("2 manifests in 2 files"),
  });
});

test("json has the documented shape", async () => {
  writeFileSync("policies/groups.yaml", groups);
  const { text } = await run("json");

  expect(JSON.parse(text)).toEqual({
    version: 1,
    summary: {
      manifests: 2,
      files: 1,
      valid: 1,
      invalid: 1,
      errors: 1,
      warnings: 0,
      durationMs: expect.any(Number),
    },
    diagnostics: [
      {
        severity: "error",
        rule: "unknown-field",
        file: "policies/groups.yaml",
        line: 11,
        column: 5,
        length: 6,
        message: 'unknown field "matchs"',
        subject: "DeviceGroup/ipads-berlin spec.selector",
        detail: ['expected match or expressions. Did you mean "match"?'],
      },
    ],
  });
});

test("github has one escaped command per problem", async () => {
  writeFileSync("policies/100%,a.yaml", groups);
  const { text } = await run("github");

  expect(text.split("\n")[0]).toBe(
    '::error file=policies/100%25%2Ca.yaml,line=11,col=5,endColumn=11,title=unknown-field::unknown field "matchs"%0ADeviceGroup/ipads-berlin spec.selector%0Aexpected match or expressions. Did you mean "match"?',
  );
});

test("sarif names the rule, the level and the region", async () => {
  writeFileSync("policies/a b.yaml", groups);
  const log = JSON.parse((await run("sarif")).text);

  expect(log.version).toBe("2.1.0");
  expect(log.runs[0].tool.driver.rules).toEqual([
    { id: "unknown-field", shortDescription: { text: "unknown field" } },
  ]);
  expect(log.runs[0].results[0]).toMatchObject({
    ruleId: "unknown-field",
    ruleIndex: 0,
    level: "error",
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: "policies/a%20b.yaml" },
          region: { startLine: 11, startColumn: 5, endColumn: 11 },
        },
      },
    ],
  });
});

test("a directory from the root is told from here, where forges look for its files", async () => {
  writeFileSync("policies/a.yaml", groups);
  const absolute = join(process.cwd(), "policies");
  const log = JSON.parse((await run("sarif", [absolute])).text);

  const [{ physicalLocation }] = log.runs[0].results[0].locations;
  expect(physicalLocation.artifactLocation.uri).toBe("policies/a.yaml");
  expect((await run("text", [absolute])).text).toContain("11 |     matchs: {platform: ipados}");
});

test("junit fails the file and escapes what XML cannot hold", async () => {
  writeFileSync("policies/a.yaml", `${organization}"<&\\u0001>": 1\n`);
  const { text } = await run("junit");

  expect(text).toContain('<testsuite name="reeve validate" tests="2" failures="1" errors="0" skipped="0"');
  expect(text).toContain(
    '<failure type="unknown-field" message="unknown field &quot;&lt;&amp;\\u0001&gt;&quot;">',
  );
  expect(text.match(/<testcase /g)?.length).toBe(2);
});

test("out takes the report instead of the standard output", async () => {
  writeFileSync("policies/a.yaml", organization);
  const result = await validate({ directories: [], output: "json", now, out: "report.json" });

  expect(result).toEqual({ text: "", exitCode: 0 });
  expect(JSON.parse(readFileSync("report.json", "utf8")).summary.valid).toBe(1);
});
