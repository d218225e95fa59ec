import type { Compiled } from "../core/compiled.ts";
import { desiredStates } from "../core/desired-states.ts";
import type { AdmissionGroup } from "../core/ports.ts";
import { type Rollout, sizeOf } from "../core/rollout.ts";
import { syncRollouts } from "../core/rollout-sync.ts";
import { touchOf } from "../core/rollout-touch.ts";
import { withRollouts } from "../core/seen-policies.ts";
import { inSlices } from "../slices.ts";
import type { PlanRollout } from "./rollout-views.ts";
import type { Looking } from "./view-devices.ts";

/** The rollouts that a policy set would begin, or end by going back, and how many devices each concerns. */
export async function previewRollouts(
  { reconciler, clock }: Looking,
  compiled: Compiled,
  groups: readonly AdmissionGroup[],
): Promise<readonly PlanRollout[]> {
  const known = reconciler.rollouts.all();
  const before = reconciler.current()?.compiled;
  const { put } = syncRollouts(known, { compiled, before, first: before === undefined, at: clock() });
  const begun = put.filter((one) => isNew(one, known.get(one.policy)));
  if (begun.length === 0) return [];
  // Counted against what was there before, one by one: another rollout does not hide what this one changes.
  const views: PlanRollout[] = [];
  for (const one of begun) views.push(await viewOne(compiled, one, known.get(one.policy), groups, clock()));
  return views;
}

function isNew(one: Rollout, before: Rollout | undefined): boolean {
  if (one.layers[0]?.version === before?.layers[0]?.version) return false;
  return one.layers.length > 1 || before !== undefined;
}

async function viewOne(
  compiled: Compiled,
  rollout: Rollout,
  before: Rollout | undefined,
  groups: readonly AdmissionGroup[],
  now: number,
): Promise<PlanRollout> {
  const policy = compiled.policies.find(({ name }) => name === rollout.policy);
  const waves = policy?.rollout?.waves ?? [];
  const isBack = rollout.layers[0]?.below !== 0;
  // Of one that goes back: what all devices have then, against what some have now.
  const [newest] = rollout.layers;
  const layers =
    isBack && newest !== undefined
      ? [newest, ...(before?.layers ?? []).filter(({ version }) => version !== newest.version)]
      : rollout.layers;
  const stacked = { ...rollout, layers };
  const states = desiredStates(withRollouts(compiled, [stacked]));
  let devices = 0;
  for await (const group of inSlices(groups))
    if (group.kind !== "user" && touchOf(states, stacked, { ...group, waves: "0" }, now) !== undefined)
      devices += group.count;
  return {
    policy: rollout.policy,
    place: policy === undefined ? "" : `${policy.origin.file}:${policy.origin.line}`,
    how: isBack ? "back" : "waves",
    waves,
    soakMs: policy?.rollout?.soakMs ?? 0,
    devices,
    first: isBack ? devices : sizeOf(waves[0] ?? 1, devices),
  };
}
