import type { Config } from "../config.ts";

/** How acts are filed, as configured. Never fewer than two persons approve where nobody knows who asked. */
export function filingOf({ reconcile }: Config) {
  return {
    approvals: Math.max(2, reconcile.approvals),
    verifiedApprovals: reconcile.approvals,
    disruptive: reconcile.disruptionBudget,
    coolOffMs: reconcile.coolOff,
  };
}
