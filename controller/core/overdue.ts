import type { ChannelState } from "./channel.ts";
import type { Granted, Section } from "./granted.ts";

/** A section that a device should have reported by now. */
export interface Overdue {
  readonly section: Section;
  /** The schedule whose `maxAge` says so, the strictest of them. */
  readonly schedule: string;
  readonly maxAgeMs: number;
  /** When it was reported last, in this enrollment; absent when it never was. */
  readonly collectedAt?: number;
  /** Since when it is overdue, epoch ms. */
  readonly since: number;
}

/**
 * Sections whose last report is older than a schedule allows. One that was never reported counts from the beginning of
 * the enrollment: until then nobody could have asked. Said of a device that is silent as of one that puts off or
 * refuses to answer; `store/overdue.ts` says the same of all devices at once.
 */
export function overdueSections(
  granted: Granted | undefined,
  { collected }: Pick<ChannelState, "collected">,
  enrolledAt: number,
  now: number,
): readonly Overdue[] {
  const strictest = new Map<Section, Overdue>();
  for (const { name, collect, maxAgeMs } of granted?.inventory ?? []) {
    if (maxAgeMs === undefined) continue;
    for (const section of collect) {
      const collectedAt = collected[section];
      const since = (collectedAt ?? enrolledAt) + maxAgeMs;
      const known = strictest.get(section);
      if (since > now || (known !== undefined && known.maxAgeMs <= maxAgeMs)) continue;
      const at = collectedAt === undefined ? {} : { collectedAt };
      strictest.set(section, { section, schedule: name, maxAgeMs, since, ...at });
    }
  }
  return [...strictest.values()].sort((a, b) => (a.section < b.section ? -1 : 1));
}
