import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { SourceEntry } from "../core/source-tree.ts";
import { loadPolicySet } from "./load-policy-set.ts";

const root = join(import.meta.dirname, "..", "..");
const page = readFileSync(join(root, "docs", "rules.md"), "utf8");
const now = Date.parse("2026-11-20T12:00:00Z");

/** Rules that take thousands of files or lines to show, or that only Git sources or files with many parts find; each has a test of its own. */
const withoutExample = new Set([
  "too-many-files",
  "too-many-problems",
  "refused-path",
  "source-too-large",
  "csv-too-long",
  "apple-reference",
]);

const valid: SourceEntry = {
  type: "file",
  bytes: Buffer.from(
    "apiVersion: reeve/v1\nkind: Organization\nmetadata: {name: acme}\nspec: {timeZone: UTC}\n",
  ),
};

interface Example {
  readonly rule: string;
  readonly severity: string;
  readonly expected: string | undefined;
  readonly entries: Map<string, SourceEntry>;
}

describe("each documented rule", () => {
  for (const example of examples()) {
    test(`${example.rule} is found where the page says`, () => {
      if (example.expected === undefined) {
        expect(withoutExample, "a rule without an example").toContain(example.rule);
        return;
      }
      const { diagnostics } = loadPolicySet({ revision: "r", entries: example.entries }, { now });
      const found = diagnostics
        .filter(({ rule }) => rule === example.rule || rule !== "no-organization")
        .filter(({ rule, severity }) => rule === example.rule || severity === "error")
        .map(
          ({ severity, rule, origin }) =>
            `${severity} ${rule} ${origin.file} ${origin.line}:${origin.column}`,
        );
      expect(found).toEqual([`${example.severity} ${example.rule} ${example.expected}`]);
    });
  }
});

test("every rule in the code is documented, and every documented rule is in the code", () => {
  const sources = ["controller/manifests", "controller/core/check", "controller/git"].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
      .map((name) => readFileSync(join(root, folder, name), "utf8")),
  );
  const documented = new Set([...page.matchAll(/^### `([a-z0-9-]+)`$/gm)].map((match) => match[1]));
  const text = sources.join("\n");
  const named = [
    ...text.matchAll(
      /\brule(?::| =| \?\?=)[^";{}]*?"([a-z]+(?:-[a-z]+)*)"(?:\s*:\s*"([a-z]+(?:-[a-z]+)*)")?/g,
    ),
    ...text.matchAll(
      /\b(?:refuse|fileError|failed|stop|problem|at)\([^()]*?"((?:yaml|csv|file|not|path|too|bad)-[a-z0-9-]+)"/g,
    ),
  ].flatMap((match) => [match[1], match[2]]);
  const emitted = new Set(named.filter((name): name is string => name?.includes("-") === true));

  expect([...emitted].filter((rule) => !documented.has(rule))).toEqual([]);
  expect([...documented].filter((rule) => rule !== undefined && !text.includes(`"${rule}"`))).toEqual([]);
});

function examples(): readonly Example[] {
  return page
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const entries = new Map<string, SourceEntry>();
      let expected: string | undefined;
      for (const [, type = "", file = "", place, text = ""] of section.matchAll(
        /^```(\w+) (\S+)(?: (\d+:\d+))?\n(.*?)^```$/gms,
      )) {
        if (place !== undefined) expected = `${file} ${place}`;
        if (type === "tree") addTree(entries, text);
        else if (file !== ".") entries.set(file, { type: "file", bytes: Buffer.from(text) });
      }
      // Something valid stands beside a file that cannot be read, so that there is something to put into force.
      if (section.includes("```tree") || section.startsWith("`not-a-manifest"))
        entries.set("beside.yaml", valid);
      return {
        rule: /^`([a-z0-9-]+)`/.exec(section)?.[1] ?? "",
        severity: /^Warning\./m.test(section) ? "warning" : "error",
        expected,
        entries,
      };
    });
}

function addTree(entries: Map<string, SourceEntry>, text: string): void {
  for (const line of text.trim().split("\n")) {
    const [path = "", what = ""] = line.split(": ");
    if (what.startsWith("hex"))
      entries.set(path, { type: "file", bytes: Buffer.from(what.slice(4).replaceAll(" ", ""), "hex") });
    else if (what.startsWith("too-large"))
      entries.set(path, { type: "too-large", size: Number(what.slice(10)) });
    else entries.set(path, { type: what as "symlink" | "submodule" });
  }
}
