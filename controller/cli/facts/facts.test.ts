import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SchemaKey, type SchemaTable, schemaKinds } from "../../core/apple-schema/schema.ts";
import { keysIn } from "../../core/apple-schema/tables.ts";
import { runReeve } from "../test-daemon.ts";
import { readSchema } from "./read-schema.ts";
import { wholePattern } from "./tabulate.ts";

const fixtures = join(import.meta.dirname, "fixtures");
const ownTables = join(import.meta.dirname, "..", "..", "core", "apple-schema", "generated");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "reeve-facts-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("a checkout becomes tables of facts without its texts, and the same one the same bytes", async () => {
  const argv = ["facts", "apple", "--from", fixtures, "--label", "OS 1.0, abc"];
  const { code, out } = await runReeve([...argv, "--to", "a"], { cwd: folder });
  await runReeve([...argv, "--to", "b"], { cwd: folder });

  expect(code).toBe(0);
  expect(out).toContain("2 payload, 1 command, 0 checkin, 1 declaration, 0 credential, 1 status");
  const payload = await readFile(join(folder, "a", "payload.json"), "utf8");
  expect(payload).toBe(await readFile(join(folder, "b", "payload.json"), "utf8"));
  expect(payload).not.toMatch(/Made up|A list of pages/);
  expect(JSON.parse(payload)).toEqual({
    label: "OS 1.0, abc",
    entries: [
      {
        type: "com.example.layout",
        file: "com.example.layout",
        os: {
          ios: {
            introduced: "9.3",
            multiple: false,
            supervised: true,
            sharedIpad: { mode: "allowed", deviceChannel: true, userChannel: false },
            userEnrollment: "forbidden",
          },
          macos: { introduced: "n/a" },
        },
        keys: [
          { key: "Pages", type: "array", required: true, keys: 0 },
          { key: "Dock", type: "array", keys: 0 },
          { key: "MCC", type: "string", pattern: "^(?:([0-9]{6})|([0-9]{9}))$" },
          { key: "ANY", type: "any" },
        ],
        shared: [
          [
            {
              key: "Icon",
              type: "dictionary",
              keys: [
                { key: "Type", type: "string", required: true, values: ["App", "Folder"] },
                { key: "Inner", type: "array", os: { ios: { introduced: "13.0" } }, keys: 0 },
              ],
            },
          ],
        ],
      },
      {
        type: "com.example.layout",
        file: "com.example.layout-again",
        os: { ios: { introduced: "12.0" } },
        keys: [
          {
            key: "Size",
            type: "integer",
            range: [1, 9],
            default: 4,
            os: { ios: { deprecated: "15.0", supervised: true }, macos: { introduced: "n/a" } },
          },
        ],
      },
    ],
  });
});

test("commands keep rights, answers and the gates of the values they list; declarations their assets", async () => {
  const { command, declaration, status } = await readSchema(fixtures, "x");
  expect(command.entries[0]).toEqual({
    type: "Tell",
    file: "tell",
    os: {
      ios: { introduced: "4.0", rights: "AllowSettings" },
      macos: { introduced: "10.7", userChannel: false },
    },
    keys: [
      {
        key: "Queries",
        type: "array",
        required: true,
        keys: [
          {
            key: "Query",
            type: "string",
            keys: [
              { key: "Name", type: "string" },
              { key: "Secret", type: "string", os: { ios: { removed: "17.0", rights: "none" } } },
            ],
          },
        ],
      },
    ],
    response: [{ key: "Answer", type: "real", required: true }],
  });
  expect(declaration.entries[0]).toMatchObject({
    apply: "combined",
    os: { ios: { enrollments: ["supervised", "device"], scopes: ["system"] } },
    keys: [
      { key: "Asset", assets: ["com.example.asset"], combine: "first" },
      { key: "Link", format: "url" },
      { key: "Pair", repeat: [2, 2] },
    ],
  });
  expect(status.entries[0]).toMatchObject({ type: "example.count" });
});

test("alternatives of a pattern stand for the whole text", () => {
  const repaired = new RegExp(wholePattern("^([0-9A-Za-z]{6})|([0-9A-Za-z]{9})$"));
  expect(["abc123", "abc123xyz"].map((text) => repaired.test(text))).toEqual([true, true]);
  expect(["abc123!", "!abc123xyz"].map((text) => repaired.test(text))).toEqual([false, false]);
  expect(wholePattern("^(a|b)$")).toBe("^(a|b)$");
});

test("a folder that is no checkout is refused", async () => {
  const { code, err } = await runReeve(["facts", "apple", "--from", folder, "--label", "x", "--to", "c"], {
    cwd: folder,
  });
  expect(code).toBe(3);
  expect(err).toContain("is no checkout of Apple's device management schema");
});

test("the tables that reeve has are whole", async () => {
  const tables = await Promise.all(
    schemaKinds.map(async (kind) => {
      const text = await readFile(join(ownTables, `${kind}.json`), "utf8");
      return { kind, table: JSON.parse(text) as SchemaTable };
    }),
  );
  expect(new Set(tables.map(({ table }) => table.label)).size).toBe(1);
  const counts = Object.fromEntries(tables.map(({ kind, table }) => [kind, table.entries.length]));
  expect(counts).toMatchObject({ payload: 128, command: 66, checkin: 8, status: 45 });
  for (const { table } of tables)
    for (const entry of table.entries) {
      for (const list of [entry.keys, entry.response, ...(entry.shared ?? []).keys()])
        for (const key of keysIn(entry, list)) expectWhole(key);
    }
});

function expectWhole(key: SchemaKey): void {
  expect(["string", "integer", "real", "boolean", "date", "data", "array", "dictionary", "any"]).toContain(
    key.type,
  );
  if (key.pattern !== undefined) expect(() => new RegExp(key.pattern ?? "")).not.toThrow();
}

const checkout = process.env.REEVE_APPLE_SCHEMA;

if (checkout !== undefined)
  test("the tables are what the checkout of REEVE_APPLE_SCHEMA gives", async () => {
    const label = (JSON.parse(await readFile(join(ownTables, "payload.json"), "utf8")) as SchemaTable).label;
    const argv = ["facts", "apple", "--from", checkout ?? "", "--label", label, "--to", "whole"];
    await runReeve(argv, { cwd: folder });
    for (const file of await readdir(ownTables))
      expect(await readFile(join(folder, "whole", file), "utf8"), file).toBe(
        await readFile(join(ownTables, file), "utf8"),
      );
  });
