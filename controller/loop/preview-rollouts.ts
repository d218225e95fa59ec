import type { Compiled } from "../core/compiled.ts";
import { type DesiredStates, desiredStates } from "../core/desired-states.ts";
import type { AdmissionGroup } from "../core/ports.ts";
import { isUnderWay, type Rollout, sizeOf } from "../core/rollout.ts";
import { standingOf, syncRollouts } from "../core/rollout-sync.ts";
import { touchOf } from "../core/rollout-touch.ts";
import { withRollouts } from "../core/seen-policies.ts";
import { inSlices } from "../slices.ts";
import type { PlanRollout } from "./rollout-views.ts";
import type { Looking } from "./view-devices.ts";

/** The rollouts as they would stand when a policy set has come into force. */
export interface RolloutsToCome {
  /**
   * The set as devices would see it: what is under way already reaches those of its wave only. What begins, or goes
   * back, is seen by all: that is what they come to have.
   */
  readonly compiled: Compiled;
  /** Those that would begin, or end by going back, and what there was before. */
  readonly begun: readonly { readonly rollout: Rollout; readonly before: Rollout | undefined }[];
  readonly underWay: readonly Rollout[];
  /** Those whose policies declare no waves any more. */
  readonly ended: readonly Rollout[];
}

/** What becomes of rollouts with a policy set; with none, how they stand under the one in force. */
export function rolloutsToCome(
  { reconciler, clock }: Looking,
  compiled: Compiled,
  isCandidate: boolean,
): RolloutsToCome {
  const known = reconciler.rollouts.all();
  const inForce = [...known.values()].filter(isUnderWay);
  if (!isCandidate) return { compiled, begun: [], underWay: inForce, ended: [] };
  const before = reconciler.current()?.compiled;
  const { put, drop, events } = syncRollouts(known, {
    compiled,
    before,
    first: before === undefined,
    at: clock(),
  });
  const begun = put
    .map((rollout) => ({ rollout, before: standingBefore(known, compiled, rollout) }))
    .filter((one) => isNew(one.rollout, one.before));
  const after = new Map([...known].filter(([policy]) => !drop.includes(policy)));
  for (const one of put) after.set(one.policy, one);
  for (const { rollout } of begun) after.delete(rollout.policy);
  const stay = [...after.values()];
  const ended = events.flatMap(({ type, policy }) =>
    type === "rollout.ended" ? (known.get(policy) ?? []) : [],
  );
  return { compiled: withRollouts(compiled, stay), begun, underWay: stay.filter(isUnderWay), ended };
}

function standingBefore(
  known: ReadonlyMap<string, Rollout>,
  compiled: Compiled,
  { policy }: Rollout,
): Rollout | undefined {
  const declared = compiled.policies.find(({ name }) => name === policy);
  return declared && standingOf(known, declared, compiled);
}

/** What goes back to a version that goes on in waves is under way: only those with a newer one have it at once. */
function isNew(one: Rollout, before: Rollout | undefined): boolean {
  const [top, ...under] = one.layers;
  if (top?.version === before?.layers[0]?.version) return false;
  if (top?.below !== 0) return under.length === 0 && before !== undefined;
  return under.length > 0 || before !== undefined;
}

/** How many devices each of them concerns. */
export async function previewRollouts(
  { reconciler, clock }: Looking,
  { compiled, begun, underWay, ended }: RolloutsToCome,
  groups: readonly AdmissionGroup[],
): Promise<readonly PlanRollout[]> {
  const views: PlanRollout[] = [];
  const states = reconciler.statesOf(compiled);
  for (const one of underWay) views.push(await viewUnderWay(states, one, groups, clock()));
  const asNow = reconciler.current()?.compiled ?? compiled;
  for (const one of ended) {
    const view = await viewUnderWay(desiredStates(withRollouts(asNow, [one])), one, groups, clock());
    const { place } = aboutOf(compiled, one);
    views.push({ ...view, place, how: "ends", first: view.devices, by: one.by });
  }
  // Counted against what was there before, one by one: another rollout does not hide what this one changes.
  for (const { rollout, before } of begun)
    views.push(await viewBegun(compiled, rollout, before, groups, clock()));
  return views;
}

async function viewUnderWay(
  states: DesiredStates,
  rollout: Rollout,
  groups: readonly AdmissionGroup[],
  now: number,
): Promise<PlanRollout> {
  const at = (states.compiled.rollouts ?? []).findIndex(({ policy }) => policy === rollout.policy);
  const [newest] = rollout.layers;
  let devices = 0;
  let first = 0;
  for await (const group of inSlices(groups)) {
    if (group.kind === "user" || touchOf(states, rollout, group, now) === undefined) continue;
    devices += group.count;
    if (group.waves?.split(".")[at] === "0") first += group.count;
  }
  const about = aboutOf(states.compiled, rollout);
  const wave = about.waves.filter((share) => share <= (newest?.share ?? 0)).length;
  const status = rollout.status === "complete" ? {} : { status: rollout.status };
  return { ...about, how: "under-way", devices, first, wave, ...status };
}

function aboutOf(compiled: Compiled, rollout: Rollout) {
  const policy = compiled.policies.find(({ name }) => name === rollout.policy);
  return {
    policy: rollout.policy,
    place: policy === undefined ? "" : `${policy.origin.file}:${policy.origin.line}`,
    waves: policy?.rollout?.waves ?? [],
    soakMs: policy?.rollout?.soakMs ?? 0,
  };
}

async function viewBegun(
  compiled: Compiled,
  rollout: Rollout,
  before: Rollout | undefined,
  groups: readonly AdmissionGroup[],
  now: number,
): Promise<PlanRollout> {
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
  const about = aboutOf(compiled, rollout);
  const first = isBack ? devices : sizeOf(about.waves[0] ?? 1, devices);
  const stands = rollout.status === "paused" ? { status: rollout.status, by: rollout.by } : {};
  return { ...about, how: isBack ? "back" : "waves", devices, first, ...stands };
}
