import type { ActTarget } from "./act.ts";
import { appsFirstMs, appsToGo } from "./apps-first.ts";
import { digestOf } from "./canonical.ts";
import type { Intent } from "./intent.ts";
import { removalDigest } from "./item-state.ts";
import { type Situation, sendsNoActs } from "./situation.ts";

/** One command that a channel could be given, from `notBefore` on; lower ranks go first. */
export interface Candidate {
  /** What progress and command ids are kept under: an item's key, `query/SECTION`, `act/ID` or `enrollment/STEP`. */
  readonly key: string;
  readonly digest: string;
  readonly intent: Intent;
  readonly rank: number;
  readonly notBefore: number;
}

export const ranks = {
  urgent: 0,
  setup: 1,
  certificate: 2,
  profile: 3,
  app: 4,
  verify: 5,
  remove: 6,
  act: 7,
  inventory: 8,
} as const;

const urgentVerbs: ReadonlySet<string> = new Set(["lock", "wipe", "lostMode", "unenroll", "clearPasscode"]);

/** The command that an act would be. */
export function actCandidate(act: ActTarget): Candidate {
  return {
    key: `act/${act.act}`,
    digest: digestOf([act.verb, act.parameters, ...(typeof act.mark === "string" ? [act.mark] : [])]),
    intent: { type: "act", act: act.act, verb: act.verb },
    rank: urgentVerbs.has(act.verb) ? ranks.urgent : ranks.act,
    notBefore: act.frozenAt,
  };
}

/** The command of an act that has begun waits until its apps are gone, or have had their time. */
export function afterApps(situation: Situation, act: ActTarget, now: number): Candidate {
  const candidate = actCandidate(act);
  const { leaving } = situation.state;
  if (leaving?.act !== act.act || appsToGo(situation, act, now).length === 0) return candidate;
  return { ...candidate, notBefore: leaving.since + appsFirstMs };
}

/** The apps that go first: part of an act that the gate has let begin. No window holds them, and the breaker does. */
export function appRemovals(situation: Situation, act: ActTarget, now: number): readonly Candidate[] {
  const { state, destructionStopped } = situation;
  if (act.status !== "ready" || act.expiresAt <= now || state.leaving?.act !== act.act) return [];
  if (sendsNoActs(situation) || destructionStopped === true) return [];
  return appsToGo(situation, act, now).map(({ key, owned }) => ({
    key,
    digest: removalDigest,
    intent: { type: "remove", item: key, kind: owned.kind, id: owned.id },
    rank: ranks.urgent,
    notBefore: act.frozenAt,
  }));
}
