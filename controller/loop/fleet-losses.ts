import type { Compiled } from "../core/compiled.ts";
import type { DesiredStates } from "../core/desired-states.ts";
import { countLosses, describeLosses } from "../core/membership-loss.ts";
import type { AdmissionGroup } from "../core/ports.ts";
import { inSlices } from "../slices.ts";

/** One sentence about the groups or policies that would suddenly lose their members, or undefined when none does. */
export async function fleetLosses(
  states: DesiredStates,
  groups: readonly AdmissionGroup[],
  before: Compiled | undefined,
): Promise<string | undefined> {
  const count = countLosses(states, before);
  for await (const group of inSlices(groups)) count.add(group);
  const losses = count.losses();
  return losses.length === 0 ? undefined : describeLosses(losses);
}
