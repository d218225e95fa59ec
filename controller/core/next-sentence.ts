import { askedAnew } from "./asked-anew.ts";
import type { Intent } from "./intent.ts";
import { next } from "./next.ts";
import type { Situation } from "./situation.ts";

/** What a channel gets next, in a sentence. */
export function nextSentence(situation: Situation, now: number): string {
  const { outstanding } = situation.state;
  if (situation.halted) return "nothing: the kill switch is on";
  if (outstanding !== undefined)
    return `wait for ${outstanding.intent.type} ${outstanding.id.slice(0, 8)} (attempt ${outstanding.attempt})`;
  const step = next(askedAnew(situation), { now, afterNotNow: false, idle: true });
  if (step.type === "send") return `${describeIntent(step.candidate.intent)}, when it connects`;
  if (step.until === undefined) return "nothing, until something changes";
  const wait = step.until - now;
  return wait <= 0 ? "nothing; it is being woken" : `nothing to do; looked at again in ${describeWait(wait)}`;
}

function describeWait(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return `${Math.max(1, Math.round(ms / 1_000))} s`;
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 72 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}

function describeIntent(intent: Intent): string {
  if (intent.type === "query") return `ask for ${intent.section}`;
  if (intent.type === "enrollment")
    return intent.step === "renew" ? "renew its identity" : "let it leave Setup Assistant";
  if (intent.type === "declare") return "tell it what is declared";
  if (intent.type === "assign") return `give it the policy ${intent.policy}`;
  return intent.type === "act" ? intent.verb : `${intent.type} ${intent.item}`;
}
