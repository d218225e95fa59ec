import type { Compiled, CompiledPolicy } from "./compiled.ts";
import type { Platform } from "./facts.ts";
import { isTargeted, type Membership, reportedFactsOf, type Subject } from "./membership.ts";

/** Everything about a device that layering depends on: devices placed alike have the same desired state. */
export interface Placement {
  readonly membership: Membership;
  /** The policies whose targets contain it, in order of priority. */
  readonly policies: readonly CompiledPolicy[];
  readonly platform: Platform | undefined;
  readonly supervised: boolean;
  /** The groups it is in without resting on its own word. */
  readonly certain: readonly string[];
}

/** Where a device stands in a policy set, given the groups it is a member of. */
export function placementOf(compiled: Compiled, subject: Subject, membership: Membership): Placement {
  return {
    membership,
    policies: compiled.policies.filter((policy) => isTargeted(policy.target, subject, membership)),
    platform: subject.facts.platform?.value as Platform | undefined,
    supervised: subject.facts.mode?.value === "supervised",
    certain: membership.groups.filter((name) => isCertain(compiled, name, subject)),
  };
}

function isCertain(compiled: Compiled, name: string, subject: Subject): boolean {
  const group = compiled.groups.get(name);
  if (group === undefined) return false;
  return group.trustReported || reportedFactsOf(group, subject).length === 0;
}
