import { viewPlan } from "../../../loop/view-plan.ts";
import type { PlanView } from "../../../loop/views.ts";
import type { AndroidHouse } from "../../android-house.ts";
import { testSettings } from "../../installation.ts";
import type { Files } from "../../manifests.ts";

/** What a plan of these files says. */
export async function planned(house: AndroidHouse, files: Files): Promise<PlanView> {
  const entries = Object.entries(files).map(
    ([path, text]) => [path, { type: "file" as const, bytes: Buffer.from(text) }] as const,
  );
  return viewPlan(house.looking, { revision: "tree", entries: new Map(entries) }, testSettings);
}

/** Its lines about what goes now, or when a guard lets it. */
export function removing({ entries }: PlanView): readonly (readonly [string, string, number, string])[] {
  return entries
    .filter(({ action }) => action === "remove" || action === "hold")
    .map(({ action, key, devices, reason = "" }) => [action, key, devices, reason] as const);
}
