import type { Rollout, RolloutRules } from "./rollout.ts";

/** Devices that see the newest version of a policy and that it changes something for. */
export interface WaveCounts {
  readonly devices: number;
  /** Those whose granted state has it; the others are suspended, only watched, or wait for a budget. */
  readonly given: number;
  /** Of those given: nothing was heard of them since. */
  readonly offline: number;
  /** Of those given: they have all of it, or have failed. */
  readonly reported: number;
  /** Of those reported: failed at least once, and failed again and again. */
  readonly failing: number;
  readonly failed: number;
  /** What went wrong on the first of them, and which device that is. */
  readonly reason?: string;
  readonly device?: string;
  /** Those that wait for a maintenance window which opens by itself, whether they were given it or not. */
  readonly waiting?: number;
  /** What the first of them waits for, as the end of a sentence. */
  readonly window?: string;
}

export type Verdict =
  /** The wave may be followed by the next one, or the rollout is over. */
  | { readonly type: "pass" }
  | { readonly type: "wait"; readonly isHealthy: boolean }
  | {
      readonly type: "pause";
      readonly reason: string;
      /** Too many devices failed with it; else nobody can say whether it is good. */
      readonly isBad: boolean;
    };

/** A wave is watched in steps: time that passed while nobody looked, or that a clock jumped over, is not soak. */
export const longestStepMs = 10 * 60_000;

/**
 * Looks at a wave once more: how long it has been watched by now, and what becomes of it. While devices wait for a
 * window that will open, the deadline does not run: nothing is wrong.
 */
export function watchWave(
  rollout: Rollout,
  rules: RolloutRules,
  counts: WaveCounts,
  at: number,
): { readonly rollout: Rollout; readonly verdict: Verdict } {
  const stepMs = Math.min(Math.max(at - rollout.countedAt, 0), longestStepMs);
  const verdict = judgeWave(rules, counts, { elapsedMs: 0, soakedMs: 0 });
  const isHealthy = verdict.type === "pass" || (verdict.type === "wait" && verdict.isHealthy);
  const elapsedMs = rollout.elapsedMs + (counts.waiting ? 0 : stepMs);
  const soakedMs = rollout.soakedMs + (isHealthy ? stepMs : 0);
  const watched = { ...rollout, elapsedMs, soakedMs, countedAt: at };
  return { rollout: watched, verdict: judgeWave(rules, counts, watched) };
}

interface Time {
  readonly elapsedMs: number;
  readonly soakedMs: number;
}

/**
 * What becomes of a wave. It passes when enough of its devices have reported, few enough failed, and that held for the
 * soak; it is paused when too many have failed for good, or when it could not be judged by the deadline.
 */
export function judgeWave(rules: RolloutRules, counts: WaveCounts, time: Time): Verdict {
  // Nobody is in it: there is nothing to wait for.
  if (counts.devices === 0) return { type: "pass" };
  const isEnough = counts.reported >= needed(rules, counts);
  if (isEnough && isTooMany(counts.failed, rules, counts))
    return { type: "pause", reason: `${failures(counts.failed, counts)}${because(counts)}`, isBad: true };
  const isHealthy = isEnough && !isTooMany(counts.failing, rules, counts);
  if (isHealthy && time.soakedMs >= rules.soakMs) return { type: "pass" };
  if (time.elapsedMs < rules.deadlineMs) return { type: "wait", isHealthy };
  return { type: "pause", reason: lateReason(rules, counts), isBad: false };
}

/** Reports that a wave is judged by: of those who can report, and of one at least. */
export function needed({ minReports }: RolloutRules, { given, offline }: WaveCounts): number {
  return Math.max(1, Math.min(minReports, given - offline));
}

function isTooMany(failures: number, { maxFailed }: RolloutRules, { reported }: WaveCounts): boolean {
  return failures > maxFailed * reported;
}

function failures(number: number, { reported }: WaveCounts): string {
  return `${number} of ${reported} reported have failed`;
}

function because({ reason }: WaveCounts): string {
  return reason === undefined ? "" : `; first: ${reason}`;
}

function lateReason(rules: RolloutRules, counts: WaveCounts): string {
  const days = rules.deadlineMs / 86_400_000;
  const time = Number.isInteger(days) ? `${days} d` : `${Math.round(rules.deadlineMs / 60_000)} min`;
  const { devices, given, reported, offline, failing } = counts;
  const failed = failing === 0 ? "" : `, ${failing} failing${because(counts)}`;
  return `not found good within ${time}: ${reported} of ${devices} reported, ${offline} offline, ${devices - given} not given it${failed}`;
}
