import { newTo } from "../core/budget-room.ts";
import type { Compiled } from "../core/compiled.ts";
import type { Fleet, GroupPlan } from "../core/plan.ts";
import type { AdmissionGroup } from "../core/ports.ts";
import { budgetUsed, budgetWindowMs } from "../store/control.ts";
import type { Store } from "../store/open.ts";
import { roomFor } from "./admit.ts";
import type { PlanView } from "./views.ts";

/** What budgets have left for a plan, and what it would take of them. */
export interface PlanBudgets {
  readonly room: Pick<Fleet, "removalBudget" | "isolatingBudget">;
  readonly add: (part: GroupPlan) => void;
  readonly view: (frozen: string | undefined) => Pick<PlanView, "removals" | "isolating">;
}

/** Nothing counted yet. */
export async function planBudgets(
  store: Store,
  compiled: Compiled,
  groups: readonly AdmissionGroup[],
  now: number,
): Promise<PlanBudgets> {
  const room = await roomFor(store, compiled, groups, "all", now);
  const [taken, cutOff] = await Promise.all(
    (["removals", "isolating"] as const).map((one) => budgetUsed(store, one, now - budgetWindowMs, now)),
  );
  const used = { removals: taken ?? 0, isolating: cutOff ?? 0 };
  const counted = { removals: 0, isolating: 0 };
  let isolates = false;
  return {
    room,
    add({ actions, meant, group }) {
      if (actions.some((action) => action.action === "remove")) counted.removals += newTo("removals", group);
      if (meant.isolating === undefined) return;
      isolates = true;
      counted.isolating += newTo("isolating", group);
    },
    view: (frozen) => ({
      removals: {
        devices: counted.removals,
        budget: room.removalBudget + used.removals,
        used: used.removals,
        ...(frozen === undefined ? {} : { frozen }),
      },
      ...(isolates
        ? {
            isolating: {
              devices: counted.isolating,
              budget: room.isolatingBudget + used.isolating,
              used: used.isolating,
            },
          }
        : {}),
    }),
  };
}
