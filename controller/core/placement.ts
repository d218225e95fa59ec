import type { Compiled, CompiledPolicy, CompiledTarget } from "./compiled.ts";
import type { Platform } from "./facts.ts";
import { certainGroups, isTargeted, type Membership, type Subject } from "./membership.ts";

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
    certain: certainGroups(compiled, subject, membership),
  };
}

/** True when an act may be done on a device: its target contains it, and not because of its own word alone. */
export function isActedOn(
  compiled: Compiled,
  target: CompiledTarget,
  subject: Subject,
  membership: Membership,
): boolean {
  const certain = { ...target, exclude: undefined };
  const groups = certainGroups(compiled, subject, membership);
  return isTargeted(target, subject, membership) && isTargeted(certain, subject, { ...membership, groups });
}
