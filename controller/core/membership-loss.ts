import type { Compiled, CompiledPolicy } from "./compiled.ts";
import type { DesiredStates } from "./desired-states.ts";
import { equal } from "./equal.ts";
import { isTargeted } from "./membership.ts";
import type { AdmissionGroup } from "./ports.ts";

export interface MembershipLoss {
  /** A group, or `Policy/NAME`. */
  readonly group: string;
  readonly before: number;
  readonly after: number;
}

/** Losses of fewer devices are day's work whatever their share. */
const smallest = 3;

/** Counts who leaves which group or policy under a new policy set, set by set. */
export interface LossCount {
  readonly add: (group: AdmissionGroup) => void;
  /**
   * The groups that would suddenly lose more than the declared share of their members: a renamed group, a changed
   * selector or a lost register looks just like this. So does a lost list of users for a policy whose target is the
   * same as before; policies are named only where no group loses.
   */
  readonly losses: () => readonly MembershipLoss[];
}

/** Nothing counted yet. `before`: the policy set in force, where there is one. */
export function countLosses(states: DesiredStates, before?: Compiled): LossCount {
  const share = states.compiled.organization.membershipLoss;
  const policies = sameTargets(before, states.compiled);
  const ofGroups = createTally(share);
  const ofPolicies = createTally(share);
  return {
    add(group) {
      const { count, granted, facts, named } = group;
      const membership = states.membershipOf(group);
      for (const name of granted?.body.groups ?? [])
        ofGroups.add(name, count, membership.groups.includes(name));
      for (const name of new Set(granted?.body.items.map((item) => item.policy))) {
        const target = policies.get(name);
        if (target === undefined) continue;
        ofPolicies.add(`Policy/${name}`, count, isTargeted(target, { facts: facts.body, named }, membership));
      }
    },
    losses: () => {
      const found = ofGroups.losses();
      return found.length > 0 ? found : ofPolicies.losses();
    },
  };
}

/** The targets of policies that both sets mean alike: whoever changes a target means what becomes of it. */
function sameTargets(
  before: Compiled | undefined,
  after: Compiled,
): ReadonlyMap<string, CompiledPolicy["target"]> {
  const known = new Map(before?.policies.map(({ name, target }) => [name, target]));
  return new Map(
    after.policies.flatMap(({ name, target }) => (equal(known.get(name), target) ? [[name, target]] : [])),
  );
}

function createTally(share: number) {
  const before = new Map<string, number>();
  const stayed = new Map<string, number>();
  return {
    add(name: string, count: number, stays: boolean): void {
      before.set(name, (before.get(name) ?? 0) + count);
      if (stays) stayed.set(name, (stayed.get(name) ?? 0) + count);
    },
    losses: (): readonly MembershipLoss[] =>
      [...before]
        .map(([group, count]) => ({ group, before: count, after: stayed.get(group) ?? 0 }))
        .filter(({ before: had, after }) => had - after >= smallest && had - after > had * share)
        .sort((a, b) => (a.group < b.group ? -1 : 1)),
  };
}

/** One sentence for people. */
export function describeLosses(losses: readonly MembershipLoss[]): string {
  const parts = losses.map(
    ({ group, before, after }) => `${group} would go from ${before} to ${after} devices`,
  );
  return `groups lose members: ${parts.slice(0, 3).join(", ")}${parts.length > 3 ? ", …" : ""}`;
}
