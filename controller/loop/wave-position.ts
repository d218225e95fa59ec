import type { DesiredStates } from "../core/desired-states.ts";
import type { AdmissionGroup } from "../core/ports.ts";
import { placeAt, type RolloutVersions, sizeOf, whole } from "../core/rollout.ts";
import { touchOf } from "../core/rollout-touch.ts";
import { inSlices } from "../slices.ts";
import { listGroups } from "../store/admission.ts";
import type { Store } from "../store/open.ts";
import { wavePositions } from "../store/wave-reports.ts";
import { exemptionTime } from "./window-clock.ts";

/** How many devices a wave reaches, and the position below which they stand. */
export interface WavePosition {
  readonly below: number;
  readonly size: number;
  /** All devices that the newest version changes something for. */
  readonly devices: number;
}

/**
 * Where a wave ends: its share of the devices that the newest version changes something for, those first that stand
 * first. Counted, so that a wave of a small fleet is not larger than it says by chance.
 */
export async function wavePosition(
  store: Store,
  states: DesiredStates,
  rollout: RolloutVersions,
  share: number,
  at: number,
): Promise<WavePosition> {
  const groups = await listGroups(store, "all", "admission", states.compiled.rollouts);
  const exemptAt = await exemptionTime(store, states.compiled, at);
  const touched = new Set<string>();
  let devices = 0;
  for await (const group of inSlices(groups.filter(({ kind }) => kind !== "user"))) {
    if (touchOf(states, rollout, group, exemptAt) === undefined) continue;
    devices += group.count;
    touched.add(keyOf(group));
  }
  const size = sizeOf(share, devices);
  if (share >= 1 || size === 0) return { below: placeAt(share), size, devices };
  // Where all devices stand evenly the last one stands about here.
  for (let guess = share + 0.01; ; guess *= 2) {
    const below = placeAt(guess);
    const position = await lastOf(store, rollout, touched, size, below);
    if (position !== undefined) return { below: position + 1, size, devices };
    if (below === whole) return { below: placeAt(share), size, devices };
  }
}

async function lastOf(
  store: Store,
  { seed }: RolloutVersions,
  touched: ReadonlySet<string>,
  size: number,
  below: number,
): Promise<number | undefined> {
  let left = size;
  for await (const one of inSlices(await wavePositions(store, seed, below))) {
    if (!touched.has(JSON.stringify([one.factsId, one.named, one.grantedId]))) continue;
    left--;
    if (left === 0) return one.position;
  }
  return undefined;
}

function keyOf({ facts, named, granted }: AdmissionGroup): string {
  return JSON.stringify([facts.id, named, granted?.id ?? null]);
}
