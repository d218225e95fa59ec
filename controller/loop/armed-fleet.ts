import { compareArms, isAnother } from "../core/armed-devices.ts";
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
  if (before === undefined || before === after) return [];
  const count = compareArms(before, after, at);
  if (count === undefined) return [];
  if (!count.changes && !(await assertsOthers(before, after))) return [];
  const { channels, before: asTheyAre } = await fleet();
  for await (const group of inSlices(channels)) for (const from of asTheyAre(group)) count.add(group, from);
  return count.found();
}

/** True when manifests assert other things of devices than before. There may be as many of them as devices. */
async function assertsOthers(before: Compiled, after: Compiled): Promise<boolean> {
  if (before.devices.length !== after.devices.length) return true;
  let index = 0;
  for await (const entry of inSlices(after.devices))
    if (isAnother(before.devices[index++], entry)) return true;
  return false;
}

/** The fleet as a revision would find it. */
export async function fleetUnder(store: Store, compiled: Compiled): Promise<PreviewedFleet> {
  return previewFleet(store, compiled, await listGroups(store, "all", "admission"));
}
