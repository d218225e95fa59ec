import type { Granted, UnnamedApps } from "../granted.ts";
import { type Fields, leavesOf } from "./leaves.ts";
import type { Asking } from "./merge-leaves.ts";

/** What a policy, or a part of one, says about apps that it does not name; undefined when it says nothing. */
export function unnamedAppsIn({ playStoreMode, uninstallAppsDisabled }: Fields): UnnamedApps | undefined {
  const said = {
    ...(typeof playStoreMode === "string" ? { playStoreMode } : {}),
    ...(typeof uninstallAppsDisabled === "boolean" ? { uninstallAppsDisabled } : {}),
  };
  return Object.keys(said).length === 0 ? undefined : said;
}

/** Who asks for what no manifest does. */
export const own = "reeve";

/** What a policy says in reeve's own name, so that what was let go, and what a guard keeps, stays on the device. */
export function keepingAskings({
  letGo = [],
  unnamed,
}: Pick<Granted, "letGo" | "unnamed">): readonly Asking[] {
  // In a list of allowed apps only what is named may stay.
  const applications = letGo
    .flatMap((id) => /^AndroidApp\/([^:]+)$/.exec(id)?.[1] ?? [])
    .map((packageName) => ({ packageName, installType: "AVAILABLE" }));
  return [
    ...(applications.length === 0
      ? []
      : [{ item: own, priority: Number.NEGATIVE_INFINITY, leaves: leavesOf({ applications }) }]),
    ...(unnamed === undefined
      ? []
      : [{ item: own, priority: Number.POSITIVE_INFINITY, leaves: leavesOf({ ...unnamed }) }]),
  ];
}
