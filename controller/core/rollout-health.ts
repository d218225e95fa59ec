import { stalledAfter } from "./condition.ts";
import { strayDeclarations } from "./declarations.ts";
import { delivered } from "./delivery.ts";
import { isSettled, itemState, progressOf } from "./item-state.ts";
import { reasonOf } from "./reason.ts";
import type { Touch } from "./rollout-touch.ts";
import type { Situation } from "./situation.ts";

/** How a device that was given the newest version of a policy stands with it. */
export type Health =
  /** All of it is there, by what the device reports since. */
  | { readonly type: "healthy" }
  /** It goes on. */
  | { readonly type: "under-way" }
  /** Something failed, and is tried again. */
  | { readonly type: "failing"; readonly reason: string }
  /** It failed again and again, or for good. */
  | { readonly type: "failed"; readonly reason: string };

/**
 * Judges a device by what a rollout changes, and by nothing else. `isFresh`: it has failed since it was given this.
 * The caller has made sure that it was given it, and was heard since.
 */
export function healthOf(given: Situation, touch: Touch, isFresh: boolean): Health {
  const situation = delivered(given);
  const { observed, state, granted } = situation;
  const changed = new Set(touch.given.map((item) => item.key));
  const found = (granted?.items ?? [])
    .filter((item) => changed.has(item.key))
    .map((item): Health => {
      const judged = itemState(item, observed, state);
      if (judged.type === "unsupported") return failed(item.key, judged.reason);
      if (isSettled(judged)) return { type: "healthy" };
      const progress = progressOf(item, state);
      const reason = reasonOf(progress?.errors) ?? "no reason given";
      if (progress?.phase === "rejected") return isFresh ? failed(item.key, reason) : underWay;
      if (progress?.phase !== "failed") return underWay;
      if (!isFresh) return underWay;
      const failing: Health = { type: "failing", reason: `${item.key}: ${reason}` };
      return progress.attempts >= stalledAfter ? failed(item.key, reason) : failing;
    });
  const isThere = (key: string) =>
    observed.owned[key]?.onLeave === "remove" || observed.applied?.[key] !== undefined;
  const leaving = touch.dropped.filter(isThere).map((key): Health => {
    const attempts = state.progress[key]?.attempts ?? 0;
    return attempts >= stalledAfter && isFresh ? failed(key, "it cannot be removed") : underWay;
  });
  const strays = granted === undefined ? [] : strayDeclarations(granted, observed);
  const stray = touch.dropped.length > 0 && strays.length > 0 ? [underWay] : [];
  const disputed = touch.disputed.map((key) => failed(key, "policies of equal priority disagree"));
  const health = worst([...disputed, ...found, ...leaving, ...stray]);
  // Google does not take its policy, again and again: what it waits for does not come.
  if (health.type === "under-way" && given.refusal !== undefined)
    return { type: "failed", reason: `its policy is not at Google: ${given.refusal}` };
  return health;
}

const underWay: Health = { type: "under-way" };

function failed(key: string, reason: string): Health {
  return { type: "failed", reason: `${key}: ${reason}` };
}

function worst(found: readonly Health[]): Health {
  const order: readonly Health["type"][] = ["failed", "failing", "under-way"];
  for (const type of order) {
    const one = found.find((health) => health.type === type);
    if (one !== undefined) return one;
  }
  return { type: "healthy" };
}
