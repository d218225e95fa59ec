import type { CommandStatus } from "./ledger.ts";

/** From when on a device was to have a policy, by the calls that gave it to it. Times are epoch ms. */
export interface PolicyStay {
  readonly policy: string;
  readonly from: number;
}

/** One version of a policy: what was written when. Items by their keys, with the digests of their contents. */
export interface PolicyVersion {
  readonly policy: string;
  readonly version: string;
  readonly at: number;
  readonly items: Readonly<Record<string, string>>;
}

/** A version that a device has applied, and when it first reported that. */
export interface AppliedVersion {
  readonly policy: string;
  readonly version: string;
  readonly at: number;
}

/** A version of a policy that was meant for a device. */
export interface SentPolicy {
  readonly policy: string;
  readonly version: string;
  readonly sentAt: number;
  readonly status: Extract<CommandStatus, "sent" | "executed" | "abandoned">;
  readonly closedAt?: number;
  /** Keys of what is in it with another content than in what was sent before: `+Profile/x`, `~App/y`, `-App/z`. */
  readonly changes: readonly string[];
}

/** Clocks of Google's and of reeve's need not agree to the second. */
const skewMs = 60_000;

/**
 * What a device was sent, the last first: a policy is written once for all devices that have it, and each version of it
 * that was current while a device was to have that policy was sent to that device. One that it never applied because
 * a later one came first is abandoned.
 */
export function sentPolicies(
  stays: readonly PolicyStay[],
  versions: readonly PolicyVersion[],
  applied: readonly AppliedVersion[],
): readonly SentPolicy[] {
  const inOrder = stays.toSorted((a, b) => a.from - b.from);
  const meant = inOrder.flatMap((stay, index) => versionsOf(stay, inOrder[index + 1]?.from, versions));
  const sent = meant.map(({ version, sentAt }, index): SentPolicy => {
    const before = meant[index - 1]?.version.items ?? {};
    const later = meant[index + 1]?.sentAt;
    const about = { policy: version.policy, version: version.version, sentAt };
    const changes = changesBetween(before, version.items);
    const done = applied
      .filter((one) => one.policy === version.policy && one.version === version.version)
      .map((one) => one.at)
      .filter((at) => at >= sentAt - skewMs)
      .sort((a, b) => a - b)[0];
    if (done !== undefined)
      return { ...about, status: "executed", closedAt: Math.max(done, sentAt), changes };
    return later === undefined
      ? { ...about, status: "sent", changes }
      : { ...about, status: "abandoned", closedAt: later, changes };
  });
  return sent.reverse();
}

interface Meant {
  readonly version: PolicyVersion;
  readonly sentAt: number;
}

/** The version that was current when the stay began, and those that were written until it ended. */
function versionsOf(
  { policy, from }: PolicyStay,
  until: number | undefined,
  versions: readonly PolicyVersion[],
): readonly Meant[] {
  const own = versions.filter((one) => one.policy === policy).toSorted((a, b) => a.at - b.at);
  const first = own.filter((one) => one.at <= from).at(-1);
  const later = own.filter((one) => one.at > from && (until === undefined || one.at < until));
  return [...(first === undefined ? [] : [first]), ...later].map((version) => ({
    version,
    sentAt: Math.max(version.at, from),
  }));
}

/** Items that are new, differ or are gone. */
export function changesBetween(
  before: PolicyVersion["items"],
  after: PolicyVersion["items"],
): readonly string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) => {
    if (before[key] === after[key]) return [];
    return [`${before[key] === undefined ? "+" : after[key] === undefined ? "-" : "~"}${key}`];
  });
}
