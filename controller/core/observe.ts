import { adopt } from "./adopt.ts";
import { isToldBy, settleSettings } from "./app-settings.ts";
import { noteOffered } from "./app-updates.ts";
import { backoffMs } from "./backoff.ts";
import type { ChannelState, Progress } from "./channel.ts";
import { noteDrift } from "./drift.ts";
import { failedAttempt } from "./failed-attempt.ts";
import type { GrantedItem } from "./granted.ts";
import { isShown, itemState, listed, mostAsked, rejected, removalDigest, sectionOf } from "./item-state.ts";
import { settleLapsed } from "./lapse.ts";
import type { Event } from "./ledger.ts";
import type { Observed } from "./observed.ts";
import { isThere } from "./presence.ts";
import { reasonOf } from "./reason.ts";
import type { DeviceError, Observation } from "./report.ts";
import type { Situation } from "./situation.ts";
import { type Transition, withProgress } from "./transition.ts";
import { noteFound } from "./watched.ts";

function withoutAwaiting({ awaiting: _over, ...state }: ChannelState): ChannelState {
  return state;
}

/** Takes one observation in: what it shows is verified, what it should show and does not has failed. */
export function observe(
  start: Transition,
  situation: Situation,
  observation: Observation,
  now: number,
): Transition {
  const observed: Observed = {
    ...start.observed,
    ...(observation.profiles === undefined ? {} : { profiles: observation.profiles }),
    ...(observation.apps === undefined ? {} : { apps: observation.apps }),
    ...(observation.books === undefined ? {} : { books: observation.books }),
  };
  const at = afterAcknowledgements(start.state, now);
  const collected = { ...start.state.collected, [observation.section]: at };
  const seen: Transition = {
    ...start,
    observed,
    state: { ...(observation.awaiting === false ? withoutAwaiting(start.state) : start.state), collected },
    facts: observation.facts === undefined ? start.facts : { ...start.facts, ...observation.facts },
    observations: [...start.observations, observation],
  };
  const adopted = adopt(seen, situation, at);
  const lapsed = observation.profiles === undefined ? adopted : settleLapsed(adopted, situation, at);
  const noted = noteOffered(noteFound(lapsed, situation, observation, at), situation, observation);
  return settleProgress(noteDrift(noted, situation, observation, at), situation, observation, at);
}

/**
 * Reports of a channel come one after the other, so what is observed is newer than all that was acknowledged before,
 * also within one millisecond and where the clock of another replica is ahead.
 */
function afterAcknowledgements(state: ChannelState, now: number): number {
  const acknowledged = Object.values(state.progress).filter(
    (one) => one.phase === "acknowledged" || one.phase === "unknown",
  );
  return Math.max(now, ...acknowledged.map((one) => one.at + 1));
}

function settleProgress(
  start: Transition,
  situation: Situation,
  observation: Observation,
  now: number,
): Transition {
  const items = settleItems(start, situation, observation, now);
  return settleRemovals(items, situation, observation, now);
}

function settleItems(
  start: Transition,
  situation: Situation,
  observation: Observation,
  now: number,
): Transition {
  let settled = start;
  for (const item of situation.granted?.items ?? []) {
    const progress = settled.state.progress[item.key];
    if (progress === undefined || !isToldBy(observation.section, item)) continue;
    const outcome =
      sectionOf(item.kind) === observation.section
        ? settleItem(item, progress, start.observed, settled.state, situation, now)
        : settleSettings(item, progress, { ...start, state: settled.state }, situation, observation, now);
    if (outcome === progress) continue;
    const event: Event =
      outcome === undefined
        ? {
            ...about(item.key, situation, now),
            type: "item.verified",
            message: "as declared, by its own report",
          }
        : {
            ...about(item.key, situation, now),
            type: "item.failed",
            message: reasonOf(outcome.errors) ?? "not there",
          };
    settled = withOutcome(settled, item.key, outcome, event);
  }
  return settled;
}

function settleRemovals(
  start: Transition,
  situation: Situation,
  observation: Observation,
  now: number,
): Transition {
  const wanted = new Set(situation.granted?.items.map(({ key, id }) => `${key} ${id}`));
  let settled = start;
  for (const [key, progress] of Object.entries(start.state.progress)) {
    const owned = start.observed.owned[key];
    if (progress.digest !== removalDigest || owned === undefined) continue;
    // What is granted again is judged as an item.
    if (sectionOf(owned.kind) !== observation.section || wanted.has(`${key} ${owned.id}`)) continue;
    const outcome = settleRemoval(key, progress, owned, start.observed, situation, now);
    if (outcome === progress) continue;
    const event: Event | undefined =
      outcome === undefined
        ? { ...about(key, situation, now), type: "item.removed", message: "gone, by its own report" }
        : undefined;
    settled = withOutcome(settled, key, outcome, event);
  }
  return settled;
}

function about(subject: string, situation: Situation, at: number): Pick<Event, "at" | "device" | "subject"> {
  return { at, device: situation.device, subject };
}

function withOutcome(
  start: Transition,
  key: string,
  outcome: Progress | undefined,
  event: Event | undefined,
): Transition {
  const events = event === undefined ? start.events : [...start.events, event];
  return { ...start, state: withProgress(start.state, key, outcome), events };
}

/** How long an accepted app may take to appear in the list at all. */
const appearanceMs = 60_000;

function settleItem(
  item: GrantedItem,
  progress: Progress,
  observed: Observed,
  state: ChannelState,
  situation: Situation,
  now: number,
): Progress | undefined {
  const status = statusOf(item, observed);
  if (status !== undefined && rejected.has(status))
    return isTold(progress) ? progress : rejection(status, progress, situation, item, now);
  const judged = itemState(item, observed, state);
  if (isShown(item, observed) || judged.type === "verified") return undefined;
  const isUnknown = progress.phase === "unknown";
  if (progress.digest !== item.digest || !(isUnknown || progress.phase === "acknowledged")) return progress;
  if (judged.type === "installing" || now <= progress.at) return progress;
  // The app is there; what it was given along with it is still to be seen.
  if (judged.type === "acknowledged" && judged.section !== undefined) return progress;
  if (listedSlowly.has(item.kind) && now - progress.at < appearanceMs) return progress;
  const text = isUnknown
    ? "no answer came, and the device does not show it"
    : "acknowledged, but the device does not show it";
  return failedAttempt(progress, [{ domain: "reeve", code: 2, text }], situation, item.key, now);
}

const listedSlowly: ReadonlySet<GrantedItem["kind"]> = new Set(["App", "Book"]);

function statusOf({ kind, id }: GrantedItem, observed: Observed): string | undefined {
  if (kind === "App") return observed.apps?.[id]?.status;
  return kind === "Book" ? observed.books?.[id]?.status : undefined;
}

/** A device that goes on reporting the same must not put off the next attempt. */
function isTold({ phase }: Progress): boolean {
  return phase === "rejected" || phase === "failed";
}

/** The user said no, or the installation failed; reported once. A user is not asked again for a day. */
function rejection(
  status: string,
  progress: Progress,
  situation: Situation,
  item: GrantedItem,
  now: number,
): Progress {
  const error = { domain: listed, code: 0, text: status };
  const failed = failedAttempt(progress, [error], situation, item.key, now);
  // Who installed it by himself is asked once more: only so does it come under management.
  if (status === "Failed" || status === "UserInstalledApp") return failed;
  if (progress.attempts >= mostAsked) return { ...failed, phase: "rejected", errors: [error, enough(error)] };
  return {
    ...failed,
    phase: "rejected",
    retryAt: now + backoffMs(progress.attempts, situation.channel, dayMs, 7 * dayMs),
  };
}

/** A user who declined so often is left alone until the content changes or a person asks anew. */
function enough(error: DeviceError): DeviceError {
  const text = `${reasonOf([error])}; asked ${mostAsked} times, and not again by itself`;
  return { domain: "reeve", code: 7, text };
}

const dayMs = 24 * 60 * 60_000;

function settleRemoval(
  key: string,
  progress: Progress,
  owned: Observed["owned"][string],
  observed: Observed,
  situation: Situation,
  now: number,
): Progress | undefined {
  if (isThere(owned, observed) !== true) return undefined;
  if (progress.phase !== "acknowledged" || now <= progress.at) return progress;
  return failedAttempt(
    progress,
    [{ domain: "reeve", code: 3, text: "removal acknowledged, but it is still there" }],
    situation,
    key,
    now,
  );
}
