import type { Compiled } from "./compiled.ts";
import { membershipOf } from "./membership.ts";
import type { AdmissionGroup } from "./ports.ts";

export interface MembershipLoss {
  readonly group: string;
  readonly before: number;
  readonly after: number;
}

/** Losses of fewer devices are day's work whatever their share. */
const smallest = 3;

/**
 * The groups that would suddenly lose more than the declared share of their members under a new policy set:
 * a renamed group, a changed selector or a lost register looks just like this.
 */
export function membershipLosses(
  compiled: Compiled,
  groups: readonly AdmissionGroup[],
): readonly MembershipLoss[] {
  const before = new Map<string, number>();
  const stayed = new Map<string, number>();
  for (const group of groups) {
    const previous = group.granted?.body.groups ?? [];
    const subject = { facts: group.facts.body, named: group.named };
    const now = new Set(membershipOf(compiled, subject, previous).groups);
    for (const name of previous) {
      before.set(name, (before.get(name) ?? 0) + group.count);
      if (now.has(name)) stayed.set(name, (stayed.get(name) ?? 0) + group.count);
    }
  }
  return [...before]
    .map(([group, count]) => ({ group, before: count, after: stayed.get(group) ?? 0 }))
    .filter(({ before: had, after }) => had - after >= smallest)
    .filter(({ before: had, after }) => had - after > had * compiled.organization.membershipLoss)
    .sort((a, b) => (a.group < b.group ? -1 : 1));
}

/** One sentence for people. */
export function describeLosses(losses: readonly MembershipLoss[]): string {
  const parts = losses.map(
    ({ group, before, after }) => `${group} would go from ${before} to ${after} devices`,
  );
  return `groups lose members: ${parts.slice(0, 3).join(", ")}${parts.length > 3 ? ", …" : ""}`;
}
