import type { ActTarget } from "./act.ts";
import type { Sent } from "./channel.ts";
import { type Situation, stopsActs } from "./situation.ts";

/** Nobody waits longer than this for an answer, whatever the end of the act, ms. */
export const longestRepeatMs = 7 * 86_400_000;

type Repeating = Pick<ActTarget, "parameters" | "expiresAt" | "frozenAt">;

/** Until when the command of an act goes again when its answer is lost; undefined: it never does. */
export function repeatedUntil({ parameters, expiresAt, frozenAt }: Repeating): number | undefined {
  if (parameters.delivery !== "untilAcknowledged") return undefined;
  return Math.min(expiresAt, frozenAt + longestRepeatMs);
}

/**
 * The act whose command is outstanding, when it is to be handed out again under its id: its manifest says so, it is not
 * over, the gate has let that very command go, and nothing stops it now. A stop ends the repeating for good: the outcome
 * is unknown from then on. What is outstanding, and that an act was sent, is anybody's to write who has the database.
 */
export function repeatedAct(situation: Situation, sent: Sent, now: number): ActTarget | undefined {
  const { intent } = sent;
  if (intent.type !== "act" || stopsActs(situation)) return undefined;
  const act = situation.acts.find((one) => one.act === intent.act);
  if (act?.status !== "sent" || act.released !== sent.id || now < act.frozenAt) return undefined;
  if (act.destructive && situation.destructionStopped === true) return undefined;
  if (act.verb === "removeProfile" && situation.removalsStopped === true) return undefined;
  const until = repeatedUntil(act);
  return until !== undefined && now < until ? act : undefined;
}
