import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestOf } from "./canonical.ts";
import { userGroupsOf } from "./compile-groups.ts";
import type { Compiled, CompiledExemption, CompiledPolicy, CompiledTarget } from "./compiled.ts";
import { desiredOf } from "./desired.ts";
import { desiredStates } from "./desired-states.ts";
import { enrollmentRulesOf } from "./enrollment-rules.ts";
import type { Facts } from "./facts.ts";
import type { AdmissionGroup } from "./ports.ts";

const origin = { file: "p.yaml", line: 1, column: 1 };
const names = ["a", "b", "c"];
const owners = ["ada@acme.example", "bob@acme.example"];

const facts = fc
  .record(
    {
      platform: fc.constantFrom("ios", "macos"),
      model: fc.constantFrom("one", "two"),
      mode: fc.constantFrom("supervised", "device"),
      owner: fc.constantFrom(...owners),
    },
    { requiredKeys: [] },
  )
  .map((values): Facts => {
    const entries = Object.entries(values).map(([key, value]) => [
      key,
      { value, source: "reported" as const },
    ]);
    return Object.fromEntries(entries);
  });

const target: fc.Arbitrary<CompiledTarget> = fc
  .record({
    all: fc.boolean(),
    groups: fc.subarray(names),
    users: fc.subarray(owners),
    userGroups: fc.subarray(["staff"]),
    exclude: fc.subarray(names),
  })
  .map(({ all, groups, users, userGroups, exclude }) => {
    const nobody = { devices: new Set<string>(), userGroups: new Set<string>() };
    const excluded = { ...nobody, groups: exclude, users: new Set<string>() };
    return {
      ...nobody,
      all,
      groups,
      users: new Set(users),
      userGroups: new Set(userGroups),
      exclude: exclude.length === 0 ? undefined : excluded,
    };
  });

function policyOf(
  name: string,
  priority: number,
  items: readonly string[],
  to: CompiledTarget,
): CompiledPolicy {
  const uses = items.map((item) => ({
    key: `Profile/${item}`,
    drift: "correct" as const,
    install: "required" as const,
    onLeave: "remove" as const,
    forms: {
      apple: { id: item, digest: `d-${item}`, scope: "device" as const, secrets: item === "x" ? ["k"] : [] },
    },
    origin,
  }));
  return { name, priority, target: to, mode: "enforce", uses, inventory: [], origin };
}

const policies = fc.uniqueArray(
  fc
    .tuple(fc.constantFrom("p", "q", "r"), fc.integer({ min: 1, max: 3 }), fc.subarray(["x", "y"]), target)
    .map((parts) => policyOf(...parts)),
  { selector: (policy) => policy.name },
);

const exemption = target.map((to): CompiledExemption => {
  return { name: "Exemption/e", target: to, lift: new Set(["Profile/x"]), from: 0, until: 10, reason: "" };
});

const policySet: fc.Arbitrary<Compiled> = fc
  .record({
    policies,
    models: fc.subarray(["one", "two"]),
    exemptions: fc.array(exemption, { maxLength: 1 }),
  })
  .map(({ policies: listed, models, exemptions }) => compiledOf(listed, models, exemptions));

/** Equal and not the same, as another revision is; user groups are asked for and cannot be looked through. */
function copyOf(compiled: Compiled): Compiled {
  const { userGroups, ...rest } = compiled;
  return {
    ...structuredClone(rest),
    userGroups: { get: (user) => userGroups.get(user) } as Compiled["userGroups"],
  };
}

function compiledOf(
  listed: readonly CompiledPolicy[],
  models: readonly string[] = ["one"],
  exemptions: readonly CompiledExemption[] = [],
): Compiled {
  const selectors = [
    [{ key: "platform", operator: "In" as const, values: ["ios"] }],
    [{ key: "model", operator: "In" as const, values: models }],
    undefined,
  ];
  return {
    revision: "r",
    organization: {
      name: "acme",
      timeZone: "UTC",
      mode: "enforce",
      suspended: undefined,
      isolatingBudgets: [],
      mayIsolate: new Set(),
      removalBudgets: [],
      membershipLoss: 0.2,
      defaultGroups: {},
      notifications: [],
      deviceLimit: undefined,
      enrollment: enrollmentRulesOf(undefined),
    },
    groups: new Map(
      names.map((name, index) => [
        name,
        {
          name,
          selector: selectors[index],
          devices: new Set(["phone"]),
          children: [],
          trustReported: index === 1,
        },
      ]),
    ),
    userGroups: userGroupsOf({ direct: new Map(), parents: new Map() }),
    policies: [...listed].sort((a, b) => b.priority - a.priority || (a.name < b.name ? -1 : 1)),
    exemptions,
    acts: [],
    enrollments: [],
    devices: [],
    references: new Set(),
    notices: [],
    driftCheckMs: 1_000,
    contents: new Map(),
  };
}

const devices: fc.Arbitrary<AdmissionGroup> = fc
  .record({ facts, named: fc.subarray(["phone"]), previous: fc.option(fc.subarray(names)) })
  .map(({ facts: body, named, previous }) => group(body, named, previous));

function group(
  body: Facts,
  named: readonly string[] = [],
  previous: readonly string[] | null = null,
): AdmissionGroup {
  const granted = {
    items: [],
    inventory: [],
    groups: previous ?? [],
    sends: "all" as const,
    conflicts: [],
    lifted: [],
    unsupported: [],
    notApplicable: [],
  };
  return {
    facts: { id: digestOf(body), body },
    named,
    granted: previous === null ? undefined : { id: digestOf(granted), body: granted },
    observed: undefined,
    suspended: undefined,
    count: 1,
  };
}

describe("desired states of a fleet", () => {
  test("are for every device what it alone would be given, however many revisions came before", () => {
    fc.assert(
      fc.property(
        fc.array(policySet, { minLength: 1, maxLength: 4 }),
        fc.array(devices),
        (revisions, fleet) => {
          let states = desiredStates(revisions[0] as Compiled);
          for (const compiled of revisions) {
            states = desiredStates(copyOf(compiled), states);
            for (const [index, one] of fleet.entries()) {
              const subject = { facts: one.facts.body, named: one.named };
              const now = index % 2 === 0 ? 5 : 50;
              expect(states.of(one, now)).toEqual(
                desiredOf(compiled, subject, one.granted?.body.groups, now),
              );
            }
          }
        },
      ),
      { seed: 20_261_126 },
    );
  });

  test("are computed again only for devices that a changed policy contained or contains", () => {
    const to = (groups: readonly string[]): CompiledTarget => {
      const nobody = { devices: new Set<string>(), users: new Set<string>(), userGroups: new Set<string>() };
      return { ...nobody, all: false, groups, exclude: undefined };
    };
    const all = { ...to([]), all: true };
    const common = policyOf("common", 1, ["y"], all);
    const phone = group({ platform: { value: "ios", source: "asserted" } }, [], []);
    const mac = group({ platform: { value: "macos", source: "asserted" } }, [], []);
    const before = desiredStates(compiledOf([common, policyOf("phones", 2, [], to(["a"]))]));
    const old = { phone: before.of(phone, 0), mac: before.of(mac, 0) };

    const after = desiredStates(
      compiledOf([structuredClone(common), policyOf("phones", 2, ["x"], to(["a"]))]),
      before,
    );

    expect(after.of(mac, 0)).toBe(old.mac);
    expect(after.of(phone, 0).items.map((item) => item.key)).toEqual(["Profile/x", "Profile/y"]);
  });
});
