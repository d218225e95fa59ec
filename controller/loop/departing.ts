import type { DigestedTarget } from "../core/act-digest.ts";
import type { CompiledAct } from "../core/compiled.ts";
import type { Freeze, TargetedDevice } from "../core/freeze.ts";
import { type Entered, endingIn, parametersOf } from "../core/lifecycle.ts";
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

/** Devices that a Deprovision names to be retired and that are not managed any more. */
export async function departedOf(
  store: Store,
  { target, parameters }: Pick<CompiledAct, "target" | "parameters">,
): Promise<readonly TargetedDevice[]> {
  if (endingIn(parameters)?.state !== "retired") return [];
  const { exclude } = target;
  return departedNamed(
    store,
    [...target.devices].filter((name) => exclude?.devices.has(name) !== true),
  );
}
