import { expect, test } from "vitest";
import { loadPolicySet } from "../../manifests/load-policy-set.ts";

const header = "apiVersion: reeve/v1\nkind: ";

/** How many findings of a rule suggest another name, and how many do not. */
function suggested(rule: string, files: Readonly<Record<string, string>>): readonly [number, number] {
  const entries = Object.entries(files).map(
    ([path, text]) => [path, { type: "file", bytes: Buffer.from(text) }] as const,
  );
  const { diagnostics } = loadPolicySet({ revision: "r", entries: new Map(entries) }, { now: 0 });
  const found = diagnostics.filter((one) => one.rule === rule);
  const meant = found.filter(({ detail }) => detail.join().includes("Did you mean"));
  return [meant.length, found.length - meant.length];
}

const each = (count: number, one: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => one(index)).join("---\n");

const profiles = (count: number, spec: (index: number) => string): string =>
  each(count, (index) => `${header}Profile\nmetadata: {name: p${index}}\nspec: ${spec(index)}\n`);

const secret = (keys: string): string =>
  `${header}Secret\nmetadata: {name: wifi}\nspec: {provider: env, allow: [App/a], keys: ${keys}}\n`;

const config = (value: (index: number) => string): string => {
  const texts = Array.from({ length: 120 }, (_, index) => `k${index}: "\${secret:${value(index)}}"`);
  return `${header}App\nmetadata: {name: a}\nspec: {apple: {bundleId: a.b, config: {${texts.join()}}}}\n`;
};

// Each suggestion compares a name with all that there are: 2,000 files in a renamed folder took a minute.
test("the hundred first files and secrets that are not there are held against those that are", () => {
  const folder = Object.fromEntries(
    Array.from({ length: 120 }, (_, index) => [`profile/a${index}.mobileconfig`, "x"]),
  );
  const named = profiles(120, (index) => `{apple: {file: profiles/a${index}.mobileconfig}}`);
  expect(suggested("file-missing", { ...folder, "p.yaml": named })).toEqual([100, 20]);

  const misspelt = { "s.yaml": secret("{a: REEVE_SECRET_A}"), "a.yaml": config((index) => `wi${index}fi/a`) };
  expect(suggested("unknown-secret", misspelt)).toEqual([100, 20]);

  const keys = {
    "s.yaml": secret("{password: REEVE_SECRET_A}"),
    "a.yaml": config((index) => `wifi/pass${index}word`),
  };
  expect(suggested("unknown-secret-key", keys)).toEqual([100, 20]);
});

test("what many places misspell alike is told at each of them", () => {
  const files = { "s.yaml": secret("{a: REEVE_SECRET_A}"), "a.yaml": config(() => "wfi/a") };
  expect(suggested("unknown-secret", files)).toEqual([120, 0]);
  const group = each(
    120,
    (index) => `${header}DeviceGroup\nmetadata: {name: g${index}}\nspec: {parent: basis}\n`,
  );
  const base = `${header}DeviceGroup\nmetadata: {name: base}\nspec: {devices: [A]}\n`;
  expect(suggested("unknown-reference", { "g.yaml": group, "b.yaml": base })).toEqual([120, 0]);
});
