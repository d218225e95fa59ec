import { userGroupsOf } from "./compile-groups.ts";
import type {
  Compiled,
  CompiledGroup,
  CompiledPolicy,
  CompiledTarget,
  ItemForms,
  ItemUse,
} from "./compiled.ts";
import { enrollmentRulesOf } from "./enrollment-rules.ts";

const origin = { file: "p.yaml", line: 1, column: 1 };

/** A policy set with everything that a test does not say about it. */
export function compiledOf(
  policies: readonly CompiledPolicy[],
  { organization, ...more }: Partial<Omit<Compiled, "organization">> & OrganizationPart = {},
): Compiled {
  return {
    revision: "r1",
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
      ...organization,
    },
    groups: new Map(),
    userGroups: userGroupsOf({ direct: new Map(), parents: new Map() }),
    policies,
    exemptions: [],
    acts: [],
    enrollments: [],
    devices: [],
    references: new Set(),
    notices: [],
    driftCheckMs: 3_600_000,
    contents: new Map(),
    ...more,
  };
}

interface OrganizationPart {
  readonly organization?: Partial<Compiled["organization"]>;
}

/** A policy of all devices that wants these items. */
export function policyOf(
  uses: readonly ItemUse[],
  { target, ...more }: Partial<Omit<CompiledPolicy, "target">> & TargetPart = {},
): CompiledPolicy {
  const nobody = { devices: new Set<string>(), users: new Set<string>(), userGroups: new Set<string>() };
  return {
    name: "p",
    priority: 100,
    target: { all: target === undefined, groups: [], ...nobody, exclude: undefined, ...target },
    mode: "enforce",
    uses,
    inventory: [],
    origin,
    ...more,
  };
}

interface TargetPart {
  readonly target?: Partial<CompiledTarget>;
}

/** One line of a policy. */
export function useOf(key: string, forms: ItemForms, more: Partial<ItemUse> = {}): ItemUse {
  return { key, drift: "correct", install: "required", onLeave: "remove", forms, origin, ...more };
}

/** Device groups by their names. */
export function groupsOf(groups: Readonly<Record<string, Partial<CompiledGroup>>>): Compiled["groups"] {
  const none = { selector: undefined, devices: new Set<string>(), children: [], trustReported: false };
  return new Map(Object.entries(groups).map(([name, group]) => [name, { name, ...none, ...group }]));
}
