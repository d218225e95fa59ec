import { compareArms } from "../core/armed-devices.ts";
import type { Compiled } from "../core/compiled.ts";
import { inSlices } from "../slices.ts";
import { listGroups } from "../store/admission.ts";
import type { Store } from "../store/open.ts";
import { type PreviewedFleet, previewFleet } from "./preview-fleet.ts";

type Fleet = Pick<PreviewedFleet, "channels" | "before">;

/**
 * What lets devices of the fleet erase themselves sooner than before, a sentence part for each. They are asked for only
 * where a revision changes something that decides on this.
 */
export async function armedDevices(
  {
    before,
    after,
    at,
  }: { readonly before: Compiled | undefined; readonly after: Compiled; readonly at: number },
  fleet: () => Promise<Fleet>,
): Promise<readonly string[]> {
  const count = before === undefined || before === after ? undefined : compareArms(before, after, at);
  if (count === undefined) return [];
  const { channels, before: asTheyAre } = await fleet();
  for await (const group of inSlices(channels)) for (const from of asTheyAre(group)) count.add(group, from);
  return count.found();
}

/** The fleet as a revision would find it. */
export async function fleetUnder(store: Store, compiled: Compiled): Promise<PreviewedFleet> {
  return previewFleet(store, compiled, await listGroups(store, "all", "admission"));
}
