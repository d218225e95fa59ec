import { armedBy, readArmed } from "../core/caution.ts";
import type { Compiled } from "../core/compiled.ts";
import { givenBack } from "../core/given-back.ts";
import type { AdmissionGroup } from "../core/ports.ts";
import type { Rollout } from "../core/rollout.ts";
import { withRollouts } from "../core/seen-policies.ts";
import { Retry } from "../errors.ts";
import { listGroups } from "../store/admission.ts";
import { getContents } from "../store/content.ts";
import type { Store } from "../store/open.ts";
import { listRollouts } from "../store/rollouts.ts";
import { armedDevices } from "./armed-fleet.ts";
import type { Looking } from "./view-devices.ts";
import { exemptionTime } from "./window-clock.ts";

/** A rollout as it is in the store, and why `armed` holds its abort; undefined where it gives nothing back that arms. */
export interface ComparedAbort {
  readonly rollout: Rollout | undefined;
  readonly armed?: string;
}

/**
 * Compares what an abort gives back to devices with what they have, as the commit that said the same would be compared.
 * Throws Retry where this process does not know yet what is in force.
 */
export async function compareAbort(
  { store, reconciler }: Looking,
  policy: string,
  at: number,
): Promise<ComparedAbort> {
  const rollouts = await listRollouts(store);
  const rollout = rollouts.get(policy);
  if (rollout === undefined) return { rollout };
  const current = reconciler.current()?.compiled;
  if (current === undefined)
    throw new Retry("nothing-in-force", "this replica does not know yet what is in force: ask again");
  const { rollouts: _known, ...declared } = current;
  const compiled = await withContents(store, withRollouts(declared, [...rollouts.values()]), rollout);
  const exemptAt = await exemptionTime(store, declared, at);
  const reasons = new Set<string>();
  for (const change of givenBack(compiled, rollout)) {
    const devices = await armedDevices(
      { before: change.before, after: change.after, at: exemptAt },
      async () => ({
        channels: await havingVersion(store, compiled, policy, change.index),
        before: (group) => [group],
      }),
    );
    const armed = armedBy({ before: change.before, after: change.after, devices });
    if (armed !== undefined) reasons.add(armed);
  }
  if (reasons.size === 0) return { rollout };
  const found = [...reasons].join("; ");
  return {
    rollout,
    armed: `the abort of Policy/${policy} gives back what was before: ${found}: ${readArmed}`,
  };
}

/** With what older versions of the policy give, which the revision in force may not have any more. */
async function withContents(store: Store, compiled: Compiled, { layers }: Rollout): Promise<Compiled> {
  const uses = layers.flatMap(({ policy }) => (typeof policy === "string" ? [] : policy.uses));
  const digests = uses.flatMap(({ forms: { apple, android } }) => [
    ...(apple === undefined ? [] : [apple.digest]),
    ...Object.values(android?.digests ?? {}),
  ]);
  const missing = [...new Set(digests)].filter((digest) => !compiled.contents.has(digest));
  if (missing.length === 0) return compiled;
  return { ...compiled, contents: new Map([...compiled.contents, ...(await getContents(store, missing))]) };
}

async function havingVersion(
  store: Store,
  { rollouts = [] }: Compiled,
  policy: string,
  version: number,
): Promise<readonly AdmissionGroup[]> {
  const index = rollouts.findIndex((one) => one.policy === policy);
  const groups = await listGroups(store, "all", "admission", rollouts);
  return groups.filter(({ waves = "" }) => waves.split(".")[index] === String(version));
}
