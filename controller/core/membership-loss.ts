import type { DesiredStates } from "./desired-states.ts";
import type { AdmissionGroup } from "./ports.ts";

export interface MembershipLoss {
  readonly group: string;
  readonly before: number;
  readonly after: number;
}

/** Losses of fewer devices are day's work whatever their share. */
const smallest = 3;

/** Counts who leaves which group under a new policy set, set by set. */
export interface LossCount {
  readonly add: (group: AdmissionGroup) => void;
  /**
   * The groups that would suddenly lose more than the declared share of their members: a renamed group, a changed
   * selector or a lost register looks just like this.
   */
  readonly losses: () => readonly MembershipLoss[];
}

/** Nothing counted yet. */
export function countLosses(states: DesiredStates): LossCount {
  const share = states.compiled.organization.membershipLoss;
  const before = new Map<string, number>();
  const stayed = new Map<string, number>();
  return {
    add(group) {
      const now = states.membershipOf(group).groups;
      for (const name of group.granted?.body.groups ?? []) {
        before.set(name, (before.get(name) ?? 0) + group.count);
        if (now.includes(name)) stayed.set(name, (stayed.get(name) ?? 0) + group.count);
      }
    },
    losses: () =>
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
