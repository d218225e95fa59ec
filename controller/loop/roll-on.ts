import type { Compiled } from "../core/compiled.ts";
import type { DesiredStates } from "../core/desired-states.ts";
import type { Event } from "../core/ledger.ts";
import { versionOf } from "../core/policy-version.ts";
import { isUnderWay, type Rollout, type RolloutRules } from "../core/rollout.ts";
import { type WaveCounts, watchWave } from "../core/rollout-judgement.ts";
import { beginWave, complete, fail, pause } from "../core/rollout-layers.ts";
import type { Lease } from "../store/leader.ts";
import type { Store } from "../store/open.ts";
import { writeRollouts } from "../store/rollouts.ts";
import { countWave } from "./count-wave.ts";
import type { Latches } from "./latches.ts";
import { lackingOf } from "./wave-outcome.ts";
import { wavePosition } from "./wave-position.ts";

/** How often a wave is looked at, at most. */
const everyMs = 10_000;

interface Pass {
  readonly at: number;
  readonly lease: Lease | undefined;
}

/**
 * Takes each rollout that progresses one step further, if it is time: its first wave, the next one, or its end. A wave
 * that has failed is paused. Nothing is judged while nothing may be given. True when anything was written.
 */
export async function rollOn(
  store: Store,
  states: DesiredStates,
  rollouts: Iterable<Rollout>,
  latches: Latches,
  { at, lease }: Pass,
): Promise<boolean> {
  if (states.compiled.rollouts === undefined || givesNothing(states.compiled, latches)) return false;
  let changed = false;
  for (const rollout of rollouts) {
    const policy = states.compiled.policies.find(({ name }) => name === rollout.policy);
    const rules = policy?.rollout;
    if (policy === undefined || rules === undefined || rollout.status !== "progressing") continue;
    // It was prepared for a revision that comes into force only now.
    if (rollout.layers[0]?.version !== versionOf(policy)) continue;
    const step = await stepOf(store, states, rollout, rules, at);
    if (step === undefined) continue;
    const known = new Map([[rollout.policy, rollout]]);
    changed = true;
    // Nothing is written when a person was quicker: what he says is looked at first.
    const write = { put: [step.rollout], drop: [], known, events: eventsOf(step, rollout, at) };
    await writeRollouts(store, write, at, lease);
  }
  return changed;
}

function givesNothing({ organization }: Compiled, { observe, armed, suspended }: Latches): boolean {
  if (organization.mode === "observe") return true;
  return (observe ?? armed ?? suspended ?? organization.suspended) !== undefined;
}

interface Step {
  readonly rollout: Rollout;
  readonly event?: string;
  readonly message?: string;
}

function eventsOf({ event, message = "" }: Step, { policy }: Rollout, at: number): readonly Event[] {
  return event === undefined ? [] : [{ type: event, at, message, subject: `Policy/${policy}` }];
}

async function stepOf(
  store: Store,
  states: DesiredStates,
  rollout: Rollout,
  rules: RolloutRules,
  at: number,
): Promise<Step | undefined> {
  if (!isUnderWay(rollout)) return undefined;
  const share = rollout.layers[0]?.share ?? 0;
  if (share === 0) return nextWave(store, states, rollout, rules, at);
  const passed = at - rollout.countedAt;
  if (passed >= 0 && passed < everyMs) return undefined;
  const counts = await countWave(store, states, rollout, at);
  const { rollout: watched, verdict } = watchWave(rollout, rules, counts, at);
  if (verdict.type === "wait") return { rollout: watched };
  if (verdict.type === "pause")
    return {
      rollout: verdict.isBad
        ? fail(watched, verdict.reason, at)
        : pause(watched, verdict.reason, "reeve", at),
      event: "rollout.paused",
      message: verdict.reason,
    };
  return nextWave(store, states, watched, rules, at, counts);
}

async function nextWave(
  store: Store,
  states: DesiredStates,
  rollout: Rollout,
  rules: RolloutRules,
  at: number,
  counts?: WaveCounts,
): Promise<Step> {
  const share = rollout.layers[0]?.share ?? 0;
  const index = rules.waves.findIndex((wave) => wave > share);
  const next = rules.waves[index];
  if (next === undefined) {
    const reason = counts === undefined ? undefined : lackingOf(counts);
    return {
      rollout: { ...complete(rollout, at), reason },
      event: "rollout.completed",
      message: reason ?? "all its devices have the newest version",
    };
  }
  const { below, size, devices } = await wavePosition(store, states, rollout, next, at);
  return {
    rollout: beginWave(rollout, next, below, at),
    event: "rollout.wave",
    message: `wave ${index + 1} of ${rules.waves.length} begins: ${size} of ${devices} devices`,
  };
}
