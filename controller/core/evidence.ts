import type { ChannelState } from "./channel.ts";
import type { Granted, Section } from "./granted.ts";
import { sectionOf } from "./item-state.ts";
import { isAhead } from "./within.ts";

/** What a device said of itself last, and whether that is too old to prove anything. */
export interface Evidence {
  readonly section: Section;
  /** Epoch ms; absent when it never said it in this enrollment. */
  readonly collectedAt?: number;
  readonly stale: boolean;
}

/** What an auditor may conclude from the evidence of a device. */
export type Verdict = "compliant" | "exempt" | "not-compliant" | "pending" | "stale";

/** How old a section may be where no schedule with `maxAge` says it: seven days. */
const standardMaxAgeMs = 7 * 86_400_000;

/** The sections that a device's schedules collect and that its items rest on, by name. */
export function evidenceOf(
  granted: Granted | undefined,
  { collected }: Pick<ChannelState, "collected">,
  now: number,
): readonly Evidence[] {
  const oldest = new Map<Section, number>();
  for (const item of granted?.items ?? []) oldest.set(sectionOf(item.kind), standardMaxAgeMs);
  for (const { collect, maxAgeMs = standardMaxAgeMs } of granted?.inventory ?? [])
    for (const section of collect)
      oldest.set(section, Math.min(maxAgeMs, oldest.get(section) ?? Number.POSITIVE_INFINITY));
  return [...oldest]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([section, maxAgeMs]) => {
      const at = collected[section];
      return {
        section,
        ...(at === undefined ? {} : { collectedAt: at }),
        stale: at === undefined || now - at > maxAgeMs || isAhead(at, now),
      };
    });
}

/** Ready on stale evidence proves nothing; a device with an exemption in force is not as the policies say. */
export function verdictOf(
  condition: { readonly type: string },
  evidence: readonly Evidence[],
  isExempt: boolean,
): Verdict {
  if (condition.type === "Stalled") return "not-compliant";
  if (condition.type === "Unreachable") return "stale";
  if (condition.type !== "Ready") return "pending";
  if (evidence.some((one) => one.stale)) return "stale";
  return isExempt ? "exempt" : "compliant";
}
