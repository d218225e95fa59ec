import { expect, test } from "vitest";
import { compileGroups, compileUserGroups } from "./compile-groups.ts";
import type { Compiled } from "./compiled.ts";
import type { AnyManifest, PolicySet } from "./manifest.ts";
import { membershipOf } from "./membership.ts";

function setOf(kind: "DeviceGroup" | "UserGroup", specs: readonly object[]): PolicySet {
  const origin = { file: "a.yaml", line: 1, column: 1 };
  const at = () => ({ origin, length: 1 });
  const manifests = specs.map((spec, n) => ({
    kind,
    name: `g${n}`,
    metadata: { name: `g${n}` },
    spec,
    origin,
    at,
  }));
  return { revision: "r", files: new Map(), manifests: manifests as unknown as readonly AnyManifest[] };
}

const deep = 50_000;

test("a chain of nested groups, however long, is no deep question", () => {
  const selector = { match: { "tag.site": "berlin" } };
  const chain = Array.from({ length: deep }, (_, n) => (n === 0 ? { selector } : { selector: undefined }));
  const specs = chain.map((spec, n) => ({ ...spec, ...(n < deep - 1 ? { parent: `g${n + 1}` } : {}) }));
  const groups = compileGroups(setOf("DeviceGroup", specs));
  const compiled = { groups, userGroups: new Map(), organization: { defaultGroups: {} } };
  const facts = { "tag.site": { value: "berlin", source: "asserted" } } as const;

  const membership = membershipOf(compiled as unknown as Compiled, { facts, named: [] }, undefined);

  expect(membership.groups).toHaveLength(deep);
});

test("nested user groups cost what is asked of them", () => {
  const specs = Array.from({ length: deep }, (_, n) => ({
    users: [`U${n}@acme.example`],
    ...(n === 0 ? {} : { userGroups: [`g${n - 1}`] }),
  }));
  const groups = compileUserGroups(setOf("UserGroup", specs));

  expect(groups.get("u0@acme.example")).toHaveLength(deep);
  expect(groups.get(`u${deep - 1}@acme.example`)).toEqual([`g${deep - 1}`]);
  expect(groups.get("nobody@acme.example")).toBeUndefined();
});

test("a loop, which validation refuses, ends as well", () => {
  const groups = compileGroups(setOf("DeviceGroup", [{ parent: "g1" }, { parent: "g0" }, {}]));
  expect([...groups.keys()]).toEqual(["g2"]);
});
