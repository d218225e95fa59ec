import type { WaveCounts } from "../core/rollout-judgement.ts";

/**
 * Who lacks the newest version when the soak of the last wave is over, and when they get it. Undefined when all have it.
 * Nobody of them held the rollout up: one device in a drawer would hold up a fleet.
 */
export function lackingOf(counts: WaveCounts): string | undefined {
  const { devices, given, offline, reported, failing } = counts;
  const underWay = given - offline - reported;
  const missing = devices - given;
  const parts = [
    ...(failing === 0 ? [] : [`${failing} failed`]),
    ...(underWay <= 0 ? [] : [`${underWay} still at it`]),
    ...(offline === 0 ? [] : [`${offline} offline, which get it when they are heard again`]),
    ...(missing === 0
      ? []
      : [`${missing} not given it, which get it when what holds them ends (suspended, a window, a budget)`]),
  ];
  if (parts.length === 0) return undefined;
  return `${reported - failing} of ${devices} devices have the newest version; ${parts.join("; ")}`;
}
