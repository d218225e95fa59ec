import type { Config } from "../config.ts";

/** How acts are filed, as configured. */
export function filingOf({ reconcile }: Config) {
  return {
    approvals: reconcile.approvals,
    disruptive: reconcile.disruptionBudget,
    coolOffMs: reconcile.coolOff,
  };
}
