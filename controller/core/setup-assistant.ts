import type { Candidate } from "./act-candidates.ts";
import { backoffMs } from "./backoff.ts";
import type { Progress, Sent } from "./channel.ts";
import { isSettled, itemState } from "./item-state.ts";
import { type Situation, sendsOnlyQueries } from "./situation.ts";
import { keyOf, type Transition, withProgress } from "./transition.ts";

/** Nobody waits longer in Setup Assistant, whatever is still missing. */
export const longestSetupMs = 15 * 60_000;

/**
 * The command that lets a device go that waits in Setup Assistant (Apple: DeviceConfigured; UserConfigured for a user):
 * when everything it was granted is verified, and after `longestSetupMs` in any case.
 */
export function letGo(situation: Situation): Omit<Candidate, "rank"> | undefined {
  const { state, kind } = situation;
  if (state.awaiting === undefined || sendsOnlyQueries(situation)) return undefined;
  const step = kind === "user" ? "userConfigured" : "deviceConfigured";
  const about = String(state.awaiting);
  const progress = state.progress[`enrollment/${step}`];
  const retryAt = progress?.digest === about ? (progress.retryAt ?? 0) : 0;
  const from = isSetUp(situation) ? 0 : state.awaiting + longestSetupMs;
  return {
    key: `enrollment/${step}`,
    digest: about,
    intent: { type: "enrollment", step, about },
    notBefore: Math.max(from, retryAt),
  };
}

/** When a device refused to be let go, if it has not said since how it stands: it may have gone on already. */
export function letGoRefusedAt({ state, kind }: Situation): number | undefined {
  const progress = state.progress["enrollment/deviceConfigured"];
  if (kind === "user" || state.awaiting === undefined || progress?.phase !== "failed") return undefined;
  return (state.collected.device ?? 0) <= progress.at ? progress.at : undefined;
}

/**
 * True when everything that was granted is there, but for what is declared: a device that waits may not look at its
 * declarations. Before admission nothing is known of that.
 */
export function isSetUp({ granted, observed, state }: Situation): boolean {
  const first = granted?.items.filter((item) => item.kind !== "Declarations");
  return first?.every((item) => isSettled(itemState(item, observed, state))) === true;
}

/** A device that took the command goes on by itself; one that did not is told again. */
export function setupEnded(
  start: Transition,
  situation: Situation,
  sent: Sent,
  { phase, errors }: Pick<Progress, "phase" | "errors">,
  at: number,
): Transition {
  if (sent.intent.type !== "enrollment") return start;
  const key = keyOf(sent);
  if (phase === "acknowledged") {
    const { awaiting: _over, ...state } = withProgress(start.state, key, undefined);
    const event = {
      type: "device.configured",
      at,
      device: situation.device,
      message: "it leaves Setup Assistant",
    };
    return { ...start, state, events: [...start.events, event] };
  }
  const retryAt = at + backoffMs(sent.attempt, `${situation.channel}/${key}`);
  const failed = { digest: sent.intent.about, attempts: sent.attempt, phase, at, retryAt };
  const progress: Progress = errors === undefined ? failed : { ...failed, errors };
  return { ...start, state: withProgress(start.state, key, progress) };
}
