import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { manifestsOf } from "../core/manifest.ts";
import { readDirectoryTree } from "../git/directory-tree.ts";
import { loadPolicySet } from "./load-policy-set.ts";
import { kinds, readSchema, type Schema, schemaFileOf } from "./schemas.ts";

const root = join(import.meta.dirname, "..", "..");
const now = Date.parse("2026-11-20T12:00:00Z");
const farAhead = Date.parse("2034-01-01T00:00:00Z");

async function load(folder: string, at = now) {
  return loadPolicySet(await readDirectoryTree(join(root, folder)), { now: at });
}

test.each(["policies", ...readdirSync(join(root, "examples")).map((name) => `examples/${name}`)])(
  "%s is valid without a warning but of what this version does not carry out, today and in years",
  async (folder) => {
    const today = await load(folder);
    const later = await load(folder, farAhead);
    expect(today.summary.manifests).toBeGreaterThan(5);
    const others = [...today.diagnostics, ...later.diagnostics].filter(
      (one) => one.rule !== "not-carried-out",
    );
    expect(others).toEqual([]);
  },
);

test("the starter declares the fleet of the demo", async () => {
  const { set } = await load("policies");
  const devices = manifestsOf(set, "Device");
  const numbers = devices.map(({ spec }) => spec.match.serial ?? spec.match.enterpriseSpecificId ?? "");
  const wanted = (
    [
      ["IPHONE", 10],
      ["IPAD", 8],
      ["MAC", 6],
      ["ATV", 2],
      ["ANDROID", 3],
    ] as const
  ).flatMap(([word, count]) =>
    Array.from({ length: count }, (_, index) => `SIM-${word}-${String(index + 1).padStart(2, "0")}`),
  );
  // Of a personal device no serial number is told.
  expect(numbers.sort()).toEqual([...wanted, "ESIDSIM-ANDROID-04"].sort());
  const personal = devices.filter(({ spec }) => spec.ownership !== "company");
  expect(personal.map(({ spec }) => spec.match)).toEqual([{ enterpriseSpecificId: "ESIDSIM-ANDROID-04" }]);
  expect([...set.files.keys()]).toEqual(["profiles/acme-root.mobileconfig"]);
  expect(manifestsOf(set, "Profile").find(({ name }) => name === "acme-root")?.spec.apple?.file).toBe(
    "profiles/acme-root.mobileconfig",
  );
});

test("examples/everything uses every kind and every field", async () => {
  const { set } = await load("examples/everything");
  const used = new Set<string>();
  for (const manifest of set.manifests) collect(manifest.spec, `${manifest.kind}.spec`, used);
  for (const manifest of set.manifests) collect(manifest.metadata, "metadata", used);
  const shared = readSchema("shared.schema.json").$defs ?? {};
  const wanted = new Set<string>();
  for (const kind of kinds) {
    const schema = readSchema(schemaFileOf(kind));
    const definitions = { ...shared, ...schema.$defs };
    expected(schema.$defs?.[`${kind}Spec`] ?? {}, `${kind}.spec`, definitions, wanted);
  }
  expected(shared.Metadata ?? {}, "metadata", shared, wanted);
  // Every target has the same shape; the baseline policy uses all of it.
  const missing = [...wanted].filter(
    (path) => !used.has(path) && !/^(Exemption|Operation|Deprovision)\.spec\.target\./.test(path),
  );
  expect(missing).toEqual([]);
});

function collect(value: unknown, path: string, used: Set<string>): void {
  used.add(path);
  if (Array.isArray(value)) for (const entry of value) collect(entry, path, used);
  else if (typeof value === "object" && value !== null)
    for (const [key, entry] of Object.entries(value)) collect(entry, `${path}.${key}`, used);
}

function expected(
  schema: Schema,
  path: string,
  definitions: Readonly<Record<string, Schema>>,
  wanted: Set<string>,
): void {
  const name = schema.$ref?.split("/").at(-1);
  const own = name === undefined ? schema : (definitions[name] ?? {});
  if (own.items !== undefined) expected(own.items, path, definitions, wanted);
  for (const branch of [...(own.oneOf ?? []), ...(own.anyOf ?? [])])
    expected(branch, path, definitions, wanted);
  for (const [key, field] of Object.entries(own.properties ?? {})) {
    if (field === false) continue;
    wanted.add(`${path}.${key}`);
    expected(field, `${path}.${key}`, definitions, wanted);
  }
}
