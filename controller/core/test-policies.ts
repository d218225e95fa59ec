import { userGroupsOf } from "./compile-groups.ts";
import type { Compiled, CompiledPolicy, CompiledTarget } from "./compiled.ts";
import { enrollmentRulesOf } from "./enrollment-rules.ts";
import type { Facts } from "./facts.ts";

const none = new Set<string>();
export const nobody: CompiledTarget = {
  all: false,
  groups: [],
  devices: none,
  users: none,
  userGroups: none,
  exclude: undefined,
};
const rules = { waves: [0.5, 1], soakMs: 1, maxFailed: 0, minReports: 1, deadlineMs: 2 };

/** A policy of everybody. Items as `wifi:2`: the profile and its version. */
export function policy(
  name: string,
  items: readonly string[],
  more: Partial<CompiledPolicy> = {},
  isWaved = true,
): CompiledPolicy {
  const origin = { file: "p.yaml", line: 1, column: 1 };
  const uses = items.map((item) => {
    const [key = "", version] = item.split(":");
    const apple = { id: key, digest: `${key}${version}`, uuid: "U", scope: "device" as const, secrets: [] };
    const use = { drift: "correct", install: "required", onLeave: "remove" } as const;
    return { ...use, key: `Profile/${key}`, forms: { apple }, origin };
  });
  const target = { ...nobody, all: true };
  return {
    name,
    priority: 100,
    target,
    mode: "enforce",
    uses,
    inventory: [],
    ...(isWaved ? { rollout: rules } : {}),
    origin,
    ...more,
  };
}

/** A policy set in which groups are of all iPads. */
export function set(
  revision: string,
  policies: readonly CompiledPolicy[],
  groups: readonly string[] = [],
): Compiled {
  const group = (name: string) => ({
    name,
    selector: [{ key: "platform", operator: "In", values: ["ipados"] }] as const,
    devices: none,
    children: [],
    trustReported: false,
  });
  return {
    revision,
    organization: {
      name: "acme",
      timeZone: "UTC",
      mode: "enforce",
      suspended: undefined,
      removalBudgets: [],
      membershipLoss: 1,
      defaultGroups: {},
      deviceLimit: undefined,
      enrollment: enrollmentRulesOf(undefined),
    },
    groups: new Map(groups.map((name) => [name, group(name)])),
    userGroups: userGroupsOf({ direct: new Map(), parents: new Map() }),
    policies,
    exemptions: [],
    acts: [],
    enrollments: [],
    devices: [],
    references: none,
    notices: [],
    driftCheckMs: 1,
    contents: new Map(),
  } as unknown as Compiled;
}

export const ipad: Facts = {
  platform: { value: "ipados", source: "reported" },
  mode: { value: "supervised", source: "reported" },
};
