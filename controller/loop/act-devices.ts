import type { CompiledAct } from "../core/compiled.ts";
import type { DesiredStates } from "../core/desired-states.ts";
import type { TargetedDevice } from "../core/freeze.ts";
import { isTargeted } from "../core/membership.ts";
import { isActedOn } from "../core/placement.ts";
import type { AdmissionGroup } from "../core/ports.ts";
import { inSlices } from "../slices.ts";
import { devicesOfGroup } from "../store/group-devices.ts";
import { lostAmong } from "../store/lost-devices.ts";
import type { Store } from "../store/open.ts";
import { departedOf } from "./departing.ts";

/** The devices that an act would hit, and how many are in its target by their own word alone, which it does not hit. */
export async function targeted(
  store: Store,
  states: DesiredStates,
  act: CompiledAct,
  groups: readonly AdmissionGroup[],
): Promise<{ readonly devices: readonly TargetedDevice[]; readonly byOwnWord: number }> {
  const found: TargetedDevice[] = [];
  let byOwnWord = 0;
  for await (const group of inSlices(groups)) {
    const subject = { facts: group.facts.body, named: group.named };
    const membership = states.membershipOf(group);
    if (!isActedOn(states.compiled, act.target, subject, membership)) {
      if (isTargeted(act.target, subject, membership)) byOwnWord += group.count;
      continue;
    }
    for (const one of await devicesOfGroup(store, group)) found.push({ ...one, facts: subject.facts });
  }
  const devices = [...(await withLost(store, found)), ...(await departedOf(store, states.compiled, act))];
  return { devices, byOwnWord };
}

/** Why an act has no devices although some are in its target. */
export function ownWordRefusal(count: number): string {
  const devices = count === 1 ? "1 device is" : `${count} devices are`;
  return `${devices} in its target only by what they report of themselves, such as their platform: name them, or say trustReported: true in the group`;
}

/** The same devices, with what is known of Lost Mode. */
export async function withLost(
  store: Store,
  devices: readonly TargetedDevice[],
): Promise<readonly TargetedDevice[]> {
  const lost = new Set(
    await lostAmong(
      store,
      devices.map((one) => one.device),
    ),
  );
  return lost.size === 0 ? devices : devices.map((one) => ({ ...one, lost: lost.has(one.device) }));
}
