import { freshChannel } from "../core/channel.ts";
import type { DesiredStates } from "../core/desired-states.ts";
import { nothingObserved } from "../core/observed.ts";
import type { Rollout } from "../core/rollout.ts";
import { type Health, healthOf } from "../core/rollout-health.ts";
import type { WaveCounts } from "../core/rollout-judgement.ts";
import { hasBeenGiven, type Touch, touchOf } from "../core/rollout-touch.ts";
import { waitingOn } from "../core/sent-within.ts";
import type { Situation } from "../core/situation.ts";
import { opensByItself } from "../core/window.ts";
import { inSlices } from "../slices.ts";
import type { Store } from "../store/open.ts";
import { type WaveReport, waveReports } from "../store/wave-reports.ts";
import { exemptionTime } from "./window-clock.ts";

/** How the devices of a wave stand, by what they have reported since they were given the newest version. */
export async function countWave(
  store: Store,
  states: DesiredStates,
  rollout: Rollout,
  at: number,
): Promise<WaveCounts> {
  const rollouts = states.compiled.rollouts ?? [];
  const counts = { devices: 0, given: 0, offline: 0, reported: 0, failing: 0, failed: 0, waiting: 0 };
  let first: Pick<WaveCounts, "reason" | "device"> = {};
  let window: string | undefined;
  const exemptAt = await exemptionTime(store, states.compiled, at);
  for await (const report of inSlices(await waveReports(store, rollouts, rollout))) {
    const touch = touchOf(states, rollout, report.group, exemptAt);
    if (touch === undefined) continue;
    counts.devices += report.group.count;
    if (report.status !== "enrolled") continue;
    const stand = standOf(report, touch, at);
    for (const name of countedAs(stand)) counts[name] += report.group.count;
    if (stand.type === "waiting") window ??= stand.window;
    if (first.reason === undefined && "reason" in stand)
      first = { reason: stand.reason, device: report.example };
  }
  return { ...counts, ...first, ...(window === undefined ? {} : { window }) };
}

/** `waiting`: for a window that opens by itself; `offline`: nothing was heard since it was given the newest version. */
type Stand = { readonly given: boolean } & (
  | Health
  | { readonly type: "offline" }
  | { readonly type: "waiting"; readonly window: string }
);

type Counted = "given" | "offline" | "reported" | "failing" | "failed" | "waiting";

const counters: Readonly<Record<Stand["type"], readonly Counted[]>> = {
  healthy: ["reported"],
  "under-way": [],
  failing: ["reported", "failing"],
  failed: ["reported", "failing", "failed"],
  offline: ["offline"],
  waiting: ["waiting"],
};

function countedAs({ given, type }: Stand): readonly Counted[] {
  return given ? ["given", ...counters[type]] : counters[type];
}

function standOf(report: WaveReport, touch: Touch, at: number): Stand {
  const given = hasBeenGiven(report.group.granted?.body, touch);
  if (given && !report.isHeard) return { given, type: "offline" };
  const health: Health = given ? healthOf(situationOf(report), touch, report.isFresh) : { type: "under-way" };
  const window = health.type === "under-way" ? windowOf(report, touch, at) : undefined;
  return window === undefined ? { given, ...health } : { given, type: "waiting", window };
}

/** The window that devices which stand alike wait for with what a rollout changes, where it opens by itself. */
function windowOf(report: WaveReport, touch: Touch, at: number): string | undefined {
  const late = waitingOn(situationOf(report), at);
  const keys = [...touch.given.map(({ key }) => key), ...touch.dropped];
  const reason = keys.flatMap((key) => late.get(key) ?? []).find(opensByItself);
  return reason?.replace("waits for ", "");
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
