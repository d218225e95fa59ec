import type { Action, GroupPlan, Line, Plan, PlanEntry } from "./plan.ts";

/** Counts the actions of a plan, set by set. */
export interface Tally {
  readonly add: (part: GroupPlan) => void;
  readonly plan: () => Plan;
  /** Devices from which something is taken. */
  readonly budgetUsed: () => number;
}

/** Nothing counted yet. */
export function createTally(revision: string): Tally {
  const entries = new Map<string, PlanEntry>();
  const total = { devices: 0, unchanged: 0, states: 0, budgetUsed: 0 };
  return {
    add({ group, actions, admission }) {
      total.states += 1;
      total.devices += group.count;
      if (actions.length === 0) total.unchanged += group.count;
      if (admission.removals.length > 0) total.budgetUsed += group.count;
      for (const action of actions) {
        const name = nameOf(action);
        entries.set(name, { ...action, devices: (entries.get(name)?.devices ?? 0) + group.count });
      }
    },
    plan: () => {
      const { devices, unchanged, states } = total;
      return { revision, devices, unchanged, states, entries: [...entries.values()].sort(byAction) };
    },
    budgetUsed: () => total.budgetUsed,
  };
}

function nameOf({ action, key, policy, from, to, reason }: Line): string {
  return [action, key, policy, from, to, reason].join("\0");
}

const order: readonly Action[] = [
  "install",
  "update",
  "remove",
  "act",
  "hold",
  "watch",
  "conflict",
  "unsupported",
];

function byAction(a: PlanEntry, b: PlanEntry): number {
  const difference = order.indexOf(a.action) - order.indexOf(b.action);
  if (difference !== 0) return difference;
  return a.key === b.key ? b.devices - a.devices : a.key < b.key ? -1 : 1;
}
