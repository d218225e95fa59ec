import { freshChannel } from "../core/channel.ts";
import type { DesiredStates } from "../core/desired-states.ts";
import { nothingObserved } from "../core/observed.ts";
import type { Rollout } from "../core/rollout.ts";
import { healthOf } from "../core/rollout-health.ts";
import type { WaveCounts } from "../core/rollout-judgement.ts";
import { hasBeenGiven, touchOf } from "../core/rollout-touch.ts";
import type { Situation } from "../core/situation.ts";
import { inSlices } from "../slices.ts";
import type { Store } from "../store/open.ts";
import { type WaveReport, waveReports } from "../store/wave-reports.ts";

/** How the devices of a wave stand, by what they have reported since they were given the newest version. */
export async function countWave(
  store: Store,
  states: DesiredStates,
  rollout: Rollout,
  at: number,
): Promise<WaveCounts> {
  const rollouts = states.compiled.rollouts ?? [];
  const counts = { devices: 0, given: 0, offline: 0, reported: 0, failing: 0, failed: 0 };
  let reason: string | undefined;
  for await (const report of inSlices(await waveReports(store, rollouts, rollout))) {
    const touch = touchOf(states, rollout, report.group, at);
    if (touch === undefined) continue;
    const { count } = report.group;
    counts.devices += count;
    if (report.status !== "enrolled" || !hasBeenGiven(report.group.granted?.body, touch)) continue;
    counts.given += count;
    if (!report.isHeard) {
      counts.offline += count;
      continue;
    }
    const health = healthOf(situationOf(report), touch, report.isFresh);
    if (health.type === "under-way") continue;
    counts.reported += count;
    if (health.type === "healthy") continue;
    counts.failing += count;
    if (health.type === "failed") counts.failed += count;
    reason ??= health.reason;
  }
  return reason === undefined ? counts : { ...counts, reason };
}

function situationOf(report: WaveReport): Situation {
  return {
    device: report.example,
    channel: "",
    epoch: 0,
    allows: "all",
    granted: report.group.granted?.body,
    observed: report.group.observed?.body ?? nothingObserved,
    state: { ...freshChannel, progress: report.progress },
    acts: report.acts,
    licences: report.licences,
    refusal: report.refusal,
    halted: false,
  };
}
