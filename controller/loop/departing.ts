import type { DigestedTarget } from "../core/act-digest.ts";
import type { Compiled, CompiledAct } from "../core/compiled.ts";
import type { Freeze, TargetedDevice } from "../core/freeze.ts";
import { type Entered, endingIn, parametersOf } from "../core/lifecycle.ts";
import { membershipOf } from "../core/membership.ts";
import { isActedOn } from "../core/placement.ts";
import { departedNamed, enteredAmong } from "../store/departing.ts";
import type { Store } from "../store/open.ts";

const nowhere: Entered = () => ({ listed: false, maker: undefined });

/** What is frozen for each device; of a Deprovision also what becomes of it, so that an approval is one of that. */
export async function targetsOf(
  store: Store,
  { targets }: Freeze,
  devices: readonly TargetedDevice[],
  parameters: CompiledAct["parameters"],
): Promise<readonly DigestedTarget[]> {
  const facts = new Map(devices.map((one) => [one.device, one.facts]));
  const ends = endingIn(parameters) !== undefined;
  const entered = ends ? await enteredAmong(store, [...facts.keys()]) : nowhere;
  return targets.map(({ device, epoch, verb }) => {
    const own = parametersOf(parameters, facts.get(device) ?? {}, { device }, entered);
    return { device, epoch, verb, parameters: own };
  });
}

/**
 * Devices that a Deprovision names to be retired and that are not managed any more. Who is excluded, by whichever name,
 * group or user, is not among them; nor is one of which nothing is known that could say so.
 */
export async function departedOf(
  store: Store,
  compiled: Compiled,
  { target, parameters }: Pick<CompiledAct, "target" | "parameters">,
): Promise<readonly TargetedDevice[]> {
  if (endingIn(parameters)?.state !== "retired") return [];
  const found = await departedNamed(store, [...target.devices]);
  return found
    .filter(({ facts, named }) => {
      if (target.exclude !== undefined && Object.keys(facts).length === 0) return false;
      const subject = { facts, named };
      return isActedOn(compiled, target, subject, membershipOf(compiled, subject, undefined));
    })
    .map(({ named: _named, ...device }) => device);
}
