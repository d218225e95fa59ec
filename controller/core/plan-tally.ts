import { newTo } from "./budget-room.ts";
import type { Action, GroupPlan, Line, Plan, PlanEntry } from "./plan.ts";

/** Counts the actions of a plan, set by set. */
export interface Tally {
  readonly add: (part: GroupPlan) => void;
  readonly plan: () => Plan;
  /** Devices that the removal budget has to count. */
  readonly budgetUsed: () => number;
}

/** Nothing counted yet. */
export function createTally(revision: string): Tally {
  const entries = new Map<string, PlanEntry>();
  const total = { devices: 0, unchanged: 0, users: 0, unchangedUsers: 0, states: 0, budgetUsed: 0 };
  return {
    add({ group, actions, admission }) {
      const isUser = group.kind === "user";
      total.states += 1;
      total[isUser ? "users" : "devices"] += group.count;
      if (actions.length === 0) total[isUser ? "unchangedUsers" : "unchanged"] += group.count;
      if (admission.removals.length > 0) total.budgetUsed += newTo("removals", group);
      for (const action of actions) {
        const name = `${isUser} ${nameOf(action)}`;
        const { devices = 0, users = 0 } = entries.get(name) ?? {};
        const counted = isUser ? { devices, users: users + group.count } : { devices: devices + group.count };
        entries.set(name, { ...action, ...counted });
      }
    },
    plan: () => {
      const { budgetUsed: _used, ...counts } = total;
      return { revision, ...counts, entries: [...entries.values()].sort(byAction) };
    },
    budgetUsed: () => total.budgetUsed,
  };
}

function nameOf({ action, key, policy, from, to, reason, risk }: Line): string {
  return [action, key, policy, from, to, reason, risk].join("\0");
}

const order: readonly Action[] = [
  "install",
  "update",
  "adopt",
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
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return b.devices - a.devices || (b.users ?? 0) - (a.users ?? 0);
}
