import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AndroidForm, AndroidTables } from "../../core/android-schema/schema.ts";
import { runReeve } from "../test-daemon.ts";

const document = join(import.meta.dirname, "fixtures", "discovery.json");
const ownTables = join(import.meta.dirname, "..", "..", "core", "android-schema", "generated");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "reeve-facts-"));
});
afterAll(() => rm(folder, { recursive: true }));

const make = (from: string, to: string) =>
  runReeve(["facts", "android", "--from", from, "--to", to], { cwd: folder });
const tablesIn = (of: string) => readFile(join(folder, of, "androidmanagement.json"), "utf8");

test("a discovery document becomes tables of facts without its texts, and the same one the same bytes", async () => {
  const { code, out } = await make(document, "a");
  await make(document, "b");

  expect(code).toBe(0);
  expect(out).toContain("androidmanagement:v1 20200101");
  expect(out).toContain("2 schemas, 1 methods");
  const text = await tablesIn("a");
  expect(text).toBe(await tablesIn("b"));
  expect(text).not.toContain("Made up");
  expect(JSON.parse(text)).toEqual({
    label: "androidmanagement:v1 20200101",
    schemas: {
      Policy: {
        fields: {
          after: { type: "duration" },
          anything: { type: "map", of: { type: "any" } },
          hash: { type: "bytes" },
          labels: { type: "map", of: { type: "string" } },
          rules: { type: "list", of: { type: "message", schema: "Rule" }, deprecated: true },
          updated: { type: "timestamp", outputOnly: true },
          version: { type: "int64", outputOnly: true },
        },
      },
      Rule: {
        deprecated: true,
        fields: {
          days: { type: "int32", required: true },
          kind: { type: "enum", values: ["KIND_UNSPECIFIED", "OLD", "NEW"], deprecatedValues: ["OLD"] },
        },
      },
    },
    methods: {
      "enterprises.policies.patch": {
        http: "PATCH",
        path: "v1/{+name}",
        parameters: {
          flags: { in: "query", form: { type: "enum", values: ["A", "B"] }, repeated: true },
          name: {
            in: "path",
            form: { type: "string" },
            required: true,
            pattern: "^enterprises/[^/]+/policies/[^/]+$",
          },
          updateMask: { in: "query", form: { type: "fieldMask" } },
        },
        request: "Policy",
        response: "Policy",
      },
    },
    parameters: { fields: { in: "query", form: { type: "string" } } },
  });
});

test.each([
  ["a file that is not there", undefined, "cannot read"],
  ["no JSON", "schemas:", "is no discovery document of Android management"],
  ["another interface's document", '{"name":"pubsub","id":"pubsub:v1"}', "is no discovery document"],
  [
    "a document with a new form",
    JSON.stringify({
      name: "androidmanagement",
      id: "x",
      revision: "1",
      schemas: { Policy: { properties: { when: { type: "string", format: "moon" } } } },
      resources: {},
    }),
    "Policy.when has a form that reeve does not know",
  ],
])("%s is refused", async (_, text, says) => {
  const file = join(folder, "wrong.json");
  if (text !== undefined) await writeFile(file, text);
  const { code, err } = await make(text === undefined ? join(folder, "absent.json") : file, "c");
  expect(code).toBe(3);
  expect(err).toContain(says);
});

test("the tables that reeve has are whole: every schema that is named is there", async () => {
  const text = await readFile(join(ownTables, "androidmanagement.json"), "utf8");
  const tables = JSON.parse(text) as AndroidTables;
  const named = (form: AndroidForm): readonly string[] =>
    form.type === "message"
      ? [form.schema]
      : form.type === "list" || form.type === "map"
        ? named(form.of)
        : [];
  const names = [
    ...Object.values(tables.schemas).flatMap(({ fields }) => Object.values(fields).flatMap(named)),
    ...Object.values(tables.methods).flatMap(({ request, response }) => [response, request ?? response]),
  ];
  expect(names.filter((name) => tables.schemas[name] === undefined)).toEqual([]);
  expect(Object.keys(tables.schemas.Policy?.fields ?? {}).length).toBeGreaterThan(100);
  for (const { parameters } of Object.values(tables.methods))
    for (const { pattern } of Object.values(parameters))
      if (pattern !== undefined) expect(() => new RegExp(pattern)).not.toThrow();
});

const discovery = process.env.REEVE_ANDROID_DISCOVERY;

if (discovery !== undefined)
  test("the tables are what the document of REEVE_ANDROID_DISCOVERY gives", async () => {
    await make(discovery, "whole");
    expect(await tablesIn("whole")).toBe(await readFile(join(ownTables, "androidmanagement.json"), "utf8"));
  });
