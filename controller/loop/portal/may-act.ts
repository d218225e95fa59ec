import type { Reconciler } from "../reconciler.ts";

/** False while something stops everything but looking: the kill switch, observe mode, a suspension of all. */
export function mayAct(reconciler: Pick<Reconciler, "latches" | "current">): boolean {
  const { halted, observe, suspended } = reconciler.latches();
  const organization = reconciler.current()?.compiled.organization;
  if (organization === undefined) return false;
  const stopped = halted ?? observe ?? suspended ?? organization.suspended;
  return stopped === undefined && organization.mode === "enforce";
}
