import fc from "fast-check";
import { expect, test } from "vitest";
import { compileGroups, compileTarget, compileUserGroups } from "../compile-groups.ts";
import type { Compiled } from "../compiled.ts";
import type { Facts } from "../facts.ts";
import type { DeviceGroupSpec, DeviceSpec, Target } from "../generated/manifest.ts";
import type { AnyManifest } from "../manifest.ts";
import { isTargeted, membershipOf, type Subject } from "../membership.ts";
import { checkContext } from "./context.ts";
import { overlapFinder } from "./overlap.ts";

/** `REEVE_LONG=1` runs fifty times as many. */
const factor = process.env.REEVE_LONG === "1" ? 50 : 1;

const sites = ["berlin", "bonn"];
const owners = ["anna@acme.example", "ben@acme.example"];
const platforms = ["ios", "macos"];
const versions = ["17.5", "18"];
const groupNames = ["g0", "g1", "g2"];

/** The values a device can have for each key that selectors below ask for; none where it may have none. */
const possible: Readonly<Record<string, readonly (string | undefined)[]>> = {
  platform: platforms,
  osVersion: versions,
  owner: [...owners, undefined],
  "tag.site": [...sites, undefined],
};

const condition = fc.oneof(
  fc.record({
    key: fc.constantFrom("platform", "tag.site", "owner"),
    operator: fc.constantFrom("In" as const, "NotIn" as const),
    at: fc.nat(1),
  }),
  fc.record({
    key: fc.constantFrom("tag.site", "owner"),
    operator: fc.constantFrom("Exists" as const, "Absent" as const),
    at: fc.constant(0),
  }),
  fc.record({
    key: fc.constant("osVersion"),
    operator: fc.constantFrom("VersionAtLeast" as const, "VersionBelow" as const),
    at: fc.nat(1),
  }),
  fc.record({
    key: fc.constant("userGroup"),
    operator: fc.constantFrom("In" as const, "NotIn" as const),
    at: fc.nat(1),
  }),
);

const selector = fc.array(condition, { minLength: 1, maxLength: 2 }).map((conditions) => ({
  expressions: conditions.map(({ key, operator, at }) => ({
    key,
    operator,
    ...(operator === "Exists" || operator === "Absent"
      ? {}
      : { values: [(key === "userGroup" ? ["all", "sales"] : possible[key])?.[at] ?? ""] }),
  })),
}));

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const names = fc.subarray(["d0", "alias-1", "SERIAL-2", "ELSEWHERE"], { maxLength: 2 });

const group = fc.record({ selector: optional(selector), devices: optional(names), isChild: fc.boolean() });
const device = fc.record({
  owner: optional(fc.constantFrom(...owners)),
  site: optional(fc.constantFrom(...sites)),
});
const lists = fc.record({
  groups: fc.subarray(groupNames, { maxLength: 2 }),
  devices: names,
  users: fc.subarray(owners, { maxLength: 1 }),
  userGroups: fc.subarray(["all", "sales"], { maxLength: 1 }),
});
const target = fc.record({ all: fc.boolean(), lists, exclude: optional(lists) }).map(
  ({ all, lists: own, exclude }): Target => ({
    ...(all ? { all: true } : own),
    ...(exclude && { exclude }),
  }),
);
const worlds = fc.record({
  groups: fc.tuple(group, group, group),
  devices: fc.tuple(device, device, device),
  a: target,
  b: target,
});

function manifestsOf(drawn: typeof worlds extends fc.Arbitrary<infer T> ? T : never): readonly AnyManifest[] {
  const manifest = (kind: string, name: string, spec: object) =>
    ({
      kind,
      name,
      spec,
      metadata: { name },
      origin: { file: "", line: 1, column: 1 },
    }) as unknown as AnyManifest;
  const groups = drawn.groups.map(({ isChild, selector: own, devices }, index) => {
    const parent = isChild && index > 0 ? { parent: `g${index - 1}` } : {};
    return manifest("DeviceGroup", `g${index}`, {
      ...parent,
      ...(own && { selector: own }),
      ...(devices && { devices }),
    } as DeviceGroupSpec);
  });
  const devices = drawn.devices.map(({ owner, site }, index) => {
    const spec: DeviceSpec = {
      match: { serial: `SERIAL-${index}` },
      alias: `alias-${index}`,
      ...(owner && { owner }),
      ...(site && { tags: { site } }),
    };
    return manifest("Device", `d${index}`, spec);
  });
  const users = [
    manifest("UserGroup", "all", { users: [], userGroups: ["sales"] }),
    manifest("UserGroup", "sales", { users: ["anna@acme.example"] }),
  ];
  return [...groups, ...devices, ...users];
}

/** Every device that the daemon could meet: what manifests declare of it, with every platform and version. */
function subjectsOf(
  manifests: readonly AnyManifest[],
): readonly (Subject & { readonly declared: boolean })[] {
  const declared = manifests.flatMap((manifest) => {
    if (manifest.kind !== "Device") return [];
    const { owner, tags, alias, match } = manifest.spec;
    return [
      {
        declared: true,
        named: [manifest.name, alias ?? "", match.serial ?? ""],
        facts: asserted({ owner, "tag.site": tags?.site }),
      },
    ];
  });
  const others = [undefined, ...owners].flatMap((owner) =>
    [undefined, ...sites].flatMap((site) =>
      [[], ["ELSEWHERE"]].map((named) => ({
        declared: false,
        named,
        facts: asserted({ owner, "tag.site": site }),
      })),
    ),
  );
  return [...declared, ...others].flatMap(({ declared, named, facts }) =>
    platforms.flatMap((platform) =>
      versions.map((osVersion) => ({
        declared,
        named,
        facts: { ...facts, ...asserted({ platform, osVersion }) },
      })),
    ),
  );
}

function asserted(values: Readonly<Record<string, string | undefined>>): Facts {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, { value, source: "asserted" as const }]],
    ),
  );
}

test("a proof of overlap names a device that both reach, and a proof of none leaves no such device", () => {
  const seen = { certain: 0, possible: 0, none: 0 };
  fc.assert(
    fc.property(worlds, (drawn) => {
      const manifests = manifestsOf(drawn);
      const set = { revision: "", manifests, files: new Map() };
      const organization = { defaultGroups: {} };
      const parts = { groups: compileGroups(set), userGroups: compileUserGroups(set), organization };
      const compiled = parts as unknown as Compiled;
      const [a, b] = [compileTarget(drawn.a), compileTarget(drawn.b)];
      const isShared = (subject: Subject) => {
        const membership = membershipOf(compiled, subject, undefined);
        return isTargeted(a, subject, membership) && isTargeted(b, subject, membership);
      };
      const subjects = subjectsOf(manifests);
      const shared = subjects.filter(isShared);
      const context = checkContext({
        manifests,
        entries: new Map(),
        profileFiles: new Map(),
        invalid: new Set(),
        now: 0,
      });
      const found = overlapFinder(context)(drawn.a, drawn.b);
      // That a group has a member is taken for granted: a link can enroll one into it.
      const enrolled = () =>
        subjects.flatMap((subject) =>
          groupNames.map((group) => ({ ...subject, facts: { ...subject.facts, ...asserted({ group }) } })),
        );
      if (found === "certain" && shared.length === 0) expect(enrolled().some(isShared)).toBe(true);
      seen[found] += 1;
      if (found === "none") expect(shared).toEqual([]);
    }),
    { numRuns: 800 * factor, seed: 5 },
  );
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(50);
});

test("many targets over a long register read each device a few times, not once per target", () => {
  let reads = 0;
  const manifest = (kind: string, name: string, spec: object) =>
    ({
      kind,
      name,
      metadata: { name },
      spec,
      origin: { file: "", line: 1, column: 1 },
    }) as unknown as AnyManifest;
  const devices = Array.from({ length: 1_000 }, (_, index) => {
    const spec = { match: { serial: `S${index}` }, tags: { site: `site-${index % 100}` } };
    return Object.defineProperty(manifest("Device", `d${index}`, {}), "spec", {
      get: () => {
        reads += 1;
        return spec;
      },
    });
  });
  const groups = Array.from({ length: 100 }, (_, index) =>
    manifest("DeviceGroup", `g${index}`, {
      selector: { match: { "tag.site": `site-${index}` } },
      devices: [`S${index}`],
    }),
  );
  const find = overlapFinder(
    checkContext({
      manifests: [...devices, ...groups],
      entries: new Map(),
      profileFiles: new Map(),
      invalid: new Set(),
      now: 0,
    }),
  );
  const found = groups.flatMap((a, index) =>
    groups.slice(index + 1).map((b) => find({ groups: [a.name] }, { groups: [b.name] })),
  );
  expect(new Set(found)).toEqual(new Set(["none"]));
  expect(reads).toBeLessThan(10 * devices.length);
});
