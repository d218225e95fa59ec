import type { ActTarget } from "./act.ts";
import { isAlreadyThere } from "./already-there.ts";
import { withoutOffer } from "./app-updates.ts";
import { backoffMs } from "./backoff.ts";
import type { Aside, Progress, Sent } from "./channel.ts";
import { refusing } from "./fallback.ts";
import { failAct, finishAct } from "./finish-act.ts";
import { isRepeatable } from "./intent.ts";
import { mostUnanswered, neverAnswered, removalDigest } from "./item-state.ts";
import type { Event } from "./ledger.ts";
import { commandIdOf } from "./next.ts";
import { observe } from "./observe.ts";
import type { Observed } from "./observed.ts";
import { reasonOf } from "./reason.ts";
import { settleRenewal, stepEnded } from "./renewal.ts";
import type { DeviceError, Outcome, Report } from "./report.ts";
import type { Situation } from "./situation.ts";
import {
  afterReports,
  keyOf,
  settleOwned,
  type Transition,
  unchanged,
  withHeirs,
  withoutAside,
  withoutOutstanding,
  withoutStrays,
  withProgress,
} from "./transition.ts";

/** What a device's report changes. A result for a command that is not waiting is recorded and changes nothing else. */
export function applyReport(situation: Situation, report: Report, now: number): Transition {
  const { observed, granted } = situation;
  const state = withHeirs(situation.state, observed, granted);
  const start = unchanged(state, settleOwned(observed, granted, state));
  const heard =
    report.type === "idle"
      ? noteSilence(start, situation, now)
      : applyResult(start, situation, report.commandId, report.outcome, now);
  const settled = settleRenewal(heard, situation, now);
  const carried = withHeirs(settled.state, settled.observed, granted);
  const owned = settleOwned(settled.observed, granted, carried);
  return { ...settled, observed: owned, state: withoutStrays(carried, owned, granted) };
}

function applyResult(
  start: Transition,
  situation: Situation,
  id: string,
  outcome: Outcome,
  now: number,
): Transition {
  const { outstanding, aside } = situation.state;
  const sent = outstanding?.id === id ? outstanding : aside.find((one) => one.id === id);
  if (sent === undefined) return recordLate(start, situation, id, outcome, now);
  const open = outstanding?.id === id ? withoutOutstanding(start.state) : start.state;
  if (outcome.status === "notNow") return setAside({ ...start, state: open }, sent, now);
  const observed = withoutOffer(start.observed, sent.intent);
  const cleared = { ...start, observed, state: withoutAside(open, id) };
  return outcome.status === "acknowledged"
    ? acknowledge(cleared, situation, sent, outcome, now)
    : fail(cleared, situation, sent, outcome.errors, now);
}

/** An idle device with a command outstanding did not get it, or does not answer. What is not repeated has rules of its own. */
function noteSilence(start: Transition, situation: Situation, now: number): Transition {
  const { outstanding } = start.state;
  if (outstanding === undefined || !isRepeatable(outstanding.intent)) return start;
  const unanswered = (outstanding.unanswered ?? 0) + 1;
  if (unanswered < mostUnanswered)
    return { ...start, state: { ...start.state, outstanding: { ...outstanding, unanswered } } };
  const open = { ...start, state: withoutAside(withoutOutstanding(start.state), outstanding.id) };
  return fail(open, situation, outstanding, [neverAnswered], now, "not-notified");
}

/**
 * A repeated or late result: the ledger keeps the first word that ended a command. An act whose outcome was unknown
 * now has one; it is not sent again either way.
 */
function recordLate(
  start: Transition,
  situation: Situation,
  id: string,
  outcome: Outcome,
  at: number,
): Transition {
  if (outcome.status === "notNow") return start;
  const status = outcome.status === "acknowledged" ? "executed" : "failed";
  const errors = outcome.status === "failed" ? { errors: outcome.errors } : {};
  const closed = { type: "closed", id, status, at, note: "late", ...errors } as const;
  const kept = outcome.status === "acknowledged" ? (outcome.kept ?? []) : [];
  const late: Transition = { ...start, kept: [...start.kept, ...kept], ledger: [...start.ledger, closed] };
  const act = situation.acts.find((one) => isOpen(one) && commandIdOf(one, situation) === id);
  if (act === undefined) return late;
  const sent: Sent = { id, intent: { type: "act", act: act.act, verb: act.verb }, attempt: 1, at };
  const why = outcome.status === "failed" ? reasonOf(outcome.errors) : undefined;
  if (act.status === "unknown")
    return finishAct(late, sent, status, at, why === undefined ? "the device answered late" : `late: ${why}`);
  const known = finishAct(late, sent, status, at, "it had been sent before this database was copied");
  const behind: Event = {
    type: "store.behind",
    at,
    subject: act.name,
    message: `${id} was never sent from here`,
  };
  return { ...known, events: [...known.events, behind] };
}

/** Of what waits a command id is known beforehand, and to nobody else: a device that guessed it could end its own act. */
function isOpen({ status }: ActTarget): boolean {
  return status === "unknown" || status === "held" || status === "ready";
}

function setAside(start: Transition, sent: Sent, now: number): Transition {
  const earlier = start.state.aside.find((one) => one.id === sent.id);
  const { id, intent, attempt, at } = sent;
  const one: Aside = { id, intent, attempt, at, count: (earlier?.count ?? 0) + 1, last: now };
  const state = { ...start.state, aside: [...withoutAside(start.state, id).aside, one] };
  const ledger: Transition["ledger"] = [
    ...start.ledger,
    { type: "closed", id, status: "notNow", at: now, sentAt: at },
  ];
  // Not carried out: it may be sent again, under the same id.
  const acts: Transition["acts"] = intent.type === "act" ? [{ act: intent.act, status: "ready" }] : [];
  return { ...start, state, ledger, acts: [...start.acts, ...acts] };
}

function acknowledge(
  start: Transition,
  situation: Situation,
  sent: Sent,
  outcome: Extract<Outcome, { status: "acknowledged" }>,
  now: number,
): Transition {
  const note = outcome.note === undefined ? {} : { note: outcome.note };
  const closed: Transition = {
    ...start,
    kept: [...start.kept, ...(outcome.kept ?? [])],
    ledger: [...start.ledger, { type: "closed", id: sent.id, status: "executed", at: now, ...note }],
  };
  const { intent } = sent;
  if (intent.type === "query") {
    const answered = { ...closed, state: withProgress(closed.state, keyOf(sent), undefined) };
    if (outcome.observation === undefined) return fail(start, situation, sent, [noContent], now);
    return observe(answered, situation, outcome.observation, now);
  }
  if (intent.type === "act") return finishAct(closed, sent, "executed", now);
  if (intent.type === "enrollment") return stepEnded(closed, situation, sent, { phase: "acknowledged" }, now);
  if (intent.type === "declare")
    return acknowledgeToken(refusing(closed, situation, sent, now), sent, intent.token, now);
  return acknowledgeItem(closed, sent, now);
}

/** The device knows the token, and comes for what is new by itself. */
function acknowledgeToken(start: Transition, sent: Sent, digest: string, at: number): Transition {
  const progress: Progress = { digest, attempts: sent.attempt, phase: "acknowledged", at };
  return { ...start, state: withProgress(start.state, keyOf(sent), progress) };
}

const noContent: DeviceError = {
  domain: "reeve",
  code: 1,
  text: "acknowledged, but the answer lacks what was asked for",
};

function acknowledgeItem(start: Transition, sent: Sent, now: number): Transition {
  const { intent } = sent;
  if (intent.type !== "install" && intent.type !== "remove") return start;
  const digest = intent.type === "install" ? intent.digest : removalDigest;
  const at = afterReports(start.state, now);
  const progress: Progress = { digest, attempts: sent.attempt, phase: "acknowledged", at };
  const state = withProgress(start.state, intent.item, progress);
  if (intent.type === "remove") return { ...start, state };
  const before = start.observed.owned[intent.item];
  const owned = {
    kind: intent.kind,
    id: intent.id,
    digest: intent.digest,
    ...(intent.base === undefined ? {} : { base: intent.base }),
    onLeave: before?.onLeave ?? "remove",
  };
  return {
    ...start,
    state,
    observed: { ...start.observed, owned: { ...start.observed.owned, [intent.item]: owned } },
  };
}

function fail(
  start: Transition,
  situation: Situation,
  sent: Sent,
  errors: readonly DeviceError[],
  now: number,
  status: "failed" | "not-notified" = "failed",
): Transition {
  const closed: Transition = {
    ...start,
    ledger: [...start.ledger, { type: "closed", id: sent.id, status, errors, at: now }],
  };
  if (sent.intent.type === "act") return failAct(closed, situation, sent, errors, now);
  if (sent.intent.type === "install" && errors.some(isAlreadyThere))
    return acknowledgeItem(closed, sent, now);
  const key = keyOf(sent);
  const events = [...closed.events, failedEvent(situation, key, errors, now)];
  if (sent.intent.type === "enrollment")
    return { ...stepEnded(closed, situation, sent, { phase: "failed", errors }, now), events };
  const state = withProgress(closed.state, key, failedProgress(situation, sent, errors, now));
  const { observed } = closed;
  const known = status === "failed" ? disowned(observed, sent) : observed;
  return refusing({ ...closed, state, events, observed: known }, situation, sent, now, errors);
}

/** What the device refused to take is not ours, whoever else brought something of that name. */
function disowned(observed: Observed, { intent }: Sent): Observed {
  if (intent.type !== "install" || observed.owned[intent.item]?.digest !== "") return observed;
  const { [intent.item]: _claimed, ...owned } = observed.owned;
  return { ...observed, owned };
}

function failedProgress(
  situation: Situation,
  sent: Sent,
  errors: readonly DeviceError[],
  now: number,
): Progress {
  const { intent } = sent;
  const digest = contentOf(intent);
  const key = keyOf(sent);
  const wait = backoffMs(sent.attempt, `${situation.channel}/${key}`);
  return { digest, attempts: sent.attempt, phase: "failed", at: now, retryAt: now + wait, errors };
}

function contentOf(intent: Sent["intent"]): string {
  if (intent.type === "install") return intent.digest;
  if (intent.type === "declare") return intent.token;
  if (intent.type === "assign") return intent.policy;
  return intent.type === "remove" ? removalDigest : "query";
}

function failedEvent(situation: Situation, key: string, errors: readonly DeviceError[], at: number): Event {
  const reason = reasonOf(errors) ?? "the device gave no reason";
  return { type: "item.failed", at, device: situation.device, subject: key, message: reason };
}
