import { type ActTarget, auditSections } from "./act.ts";
import type { Candidate } from "./act-candidates.ts";
import { applyReport } from "./apply-report.ts";
import { appsToGo, putOffForApps } from "./apps-first.ts";
import { askedAnew } from "./asked-anew.ts";
import { candidates } from "./candidates.ts";
import type { Sent } from "./channel.ts";
import { delivered } from "./delivery.ts";
import { giveUpOutstanding } from "./ending.ts";
import { classOf, isRepeatable } from "./intent.ts";
import { withEnd } from "./lapse.ts";
import { isAbout, next, sameIntent } from "./next.ts";
import type { Report } from "./report.ts";
import type { Situation } from "./situation.ts";
import { afterReports, keyOf, type Transition, withoutOutstanding, withProgress } from "./transition.ts";
import { withoutFuture } from "./without-future.ts";

/** What a connection changes and what it is answered. */
export interface Decision extends Transition {
  /** The command to hand out; undefined answers "nothing". */
  readonly command: Sent | undefined;
  /** When the channel is due again, epoch ms; undefined: when something changes. */
  readonly dueAt: number | undefined;
}

/** Names the platform's command for an intent, for the ledger. */
export type RequestTypeOf = (sent: Sent) => string;

/**
 * One round of a channel: takes the report in and decides the next command. The same function serves every
 * connection and every platform that is asked for work; nothing is sent that is not in `ledger`.
 */
export function connect(
  stored: Situation,
  report: Report,
  now: number,
  requestTypeOf: RequestTypeOf,
): Decision {
  const situation = delivered(askedAnew({ ...stored, state: withoutFuture(stored.state, now) }));
  const idle = report.type === "idle";
  const applied = endActs(applyReport(situation, report, now), situation, now);
  const reported = idle ? dropStaleAsides(applied, situation, now) : applied;
  const afterNotNow = report.type === "result" && report.outcome.status === "notNow";
  const after = withReport(situation, reported);
  const step = next(after, { now, afterNotNow, idle });
  if (step.type === "send" && step.again)
    return { ...reported, command: step.sent, dueAt: expectAnswer(now) };
  const cleared = giveUpOutstanding(reported, situation, now);
  if (isOutcomeLost(reported)) return decideAgain(situation, cleared, now, requestTypeOf);
  if (step.type === "wait") return { ...cleared, command: undefined, dueAt: step.until };
  return send(cleared, step.sent, step.candidate.digest, situation, now, requestTypeOf);
}

/** Acts that ended without a command of their own: audits that have their answers, and what came too late. */
function endActs(start: Transition, situation: Situation, now: number): Transition {
  const acts = [...start.acts];
  const events = [...start.events];
  for (const act of situation.acts) {
    if (acts.some((change) => change.act === act.act)) continue;
    const collected = start.state.collected;
    const answered = auditSections.every((section) => (collected[section] ?? -1) >= act.frozenAt);
    if (act.verb === "audit" && act.status === "ready" && answered) {
      acts.push({ act: act.act, status: "executed" });
      events.push({ type: "act.executed", at: now, subject: act.act, message: "audit" });
    }
    // What may have been carried out never becomes "expired": it stays to be looked into.
    else if (act.status !== "sent" && act.status !== "unknown" && act.expiresAt <= now)
      acts.push({ act: act.act, status: "expired" });
  }
  return { ...start, acts, events };
}

/** What was answered NotNow and is not asked for any more is let go; with the kill switch on nothing is. */
function dropStaleAsides(start: Transition, situation: Situation, now: number): Transition {
  if (start.state.aside.length === 0 || situation.halted) return start;
  const current = withReport(situation, start);
  const due = candidates(current, now);
  const stale = start.state.aside.filter((aside) => !isWanted(aside, due, current.acts));
  if (stale.length === 0) return start;
  const ids = new Set(stale.map((one) => one.id));
  const state = { ...start.state, aside: start.state.aside.filter((one) => !ids.has(one.id)) };
  const closed = stale.map((one) => ({ type: "closed", id: one.id, status: "abandoned", at: now }) as const);
  return { ...start, state, ledger: [...start.ledger, ...closed] };
}

/**
 * An act goes on under its id when what stops it now is over, a guard, an approval that ended or a suspension: only
 * its own end lets it go.
 */
function isWanted(aside: Sent, due: readonly Candidate[], acts: readonly ActTarget[]): boolean {
  const { intent } = aside;
  if (intent.type === "act")
    return acts.some(({ act, status }) => act === intent.act && (status === "ready" || status === "held"));
  return due.some((one) => sameIntent(one.intent, intent) && isAbout(one, aside));
}

/** What is outstanding may have been carried out and is not sent again: what was chosen before may not be due now. */
function isOutcomeLost({ state: { outstanding } }: Transition): boolean {
  return outstanding !== undefined && !isRepeatable(outstanding.intent);
}

/** An outcome that became unknown may forbid what had been chosen before. */
function decideAgain(
  situation: Situation,
  cleared: Transition,
  now: number,
  requestTypeOf: RequestTypeOf,
): Decision {
  const step = next(withReport(situation, cleared), { now, afterNotNow: false, idle: true });
  if (step.type === "wait") return { ...cleared, command: undefined, dueAt: step.until };
  return send(cleared, step.sent, step.candidate.digest, situation, now, requestTypeOf);
}

function withReport(situation: Situation, transition: Transition): Situation {
  const statuses = new Map(transition.acts.map((change) => [change.act, change.status]));
  const acts = situation.acts.map((act) => ({ ...act, status: statuses.get(act.act) ?? act.status }));
  return delivered({ ...situation, state: transition.state, observed: transition.observed, acts });
}

/** An answer that does not come is asked for by a push after this time. */
const answerMs = 5 * 60_000;

function expectAnswer(now: number): number {
  return now + answerMs;
}

function send(
  start: Transition,
  sent: Sent,
  digest: string,
  situation: Situation,
  now: number,
  requestTypeOf: RequestTypeOf,
): Decision {
  const handed = (start.state.handed ?? 0) + 1;
  const { intent, attempt, id } = sent;
  const requestType = requestTypeOf(sent);
  const entry = { type: "sent", id, intent, requestType, class: classOf(intent), attempt, at: now } as const;
  if (intent.type === "act" && isFirstOf(intent.act, situation, start, now)) {
    const begun = putOffForApps(
      { ...start, state: withoutOutstanding(start.state) },
      sent,
      entry,
      intent.act,
      now,
    );
    return decideAgain(situation, begun, now, requestTypeOf);
  }
  const state = { ...withoutOutstanding(start.state), outstanding: sent, handed };
  const ledger: Transition["ledger"] = [...start.ledger, entry];
  const decided = { ...start, state, ledger, command: sent, dueAt: expectAnswer(now) };
  if (intent.type === "act")
    return { ...decided, acts: [...decided.acts, { act: intent.act, status: "sent" }] };
  if (intent.type === "query") return { ...decided, state: attempted(state, sent, "query", now) };
  const item =
    intent.type === "install" ? situation.granted?.items.find(({ key }) => key === intent.item) : undefined;
  return {
    ...own(decided, sent, situation),
    state: withEnd(attempted(state, sent, digest, now), item, now),
  };
}

/** True when an act begins of which managed apps go first. */
function isFirstOf(id: string, situation: Situation, { state, observed }: Transition, now: number): boolean {
  const act = situation.acts.find((one) => one.act === id);
  if (act === undefined || state.leaving?.act === id) return false;
  return appsToGo({ ...situation, state, observed }, act, now).length > 0;
}

function attempted(state: Transition["state"], sent: Sent, digest: string, now: number): Transition["state"] {
  const at = afterReports(state, now);
  return withProgress(state, keyOf(sent), { digest, attempts: sent.attempt, phase: "sent", at });
}

/** Ownership is recorded before the bytes leave, so that a lost answer never orphans what was installed. */
function own(decision: Decision, sent: Sent, situation: Situation): Decision {
  const { intent } = sent;
  if (intent.type !== "install") return decision;
  const before = decision.observed.owned[intent.item];
  if (before?.id === intent.id) return decision;
  const owned = { kind: intent.kind, id: intent.id, digest: "", onLeave: onLeaveOf(intent.item, situation) };
  return {
    ...decision,
    observed: { ...decision.observed, owned: { ...decision.observed.owned, [intent.item]: owned } },
  };
}

function onLeaveOf(key: string, situation: Situation): "remove" | "keep" {
  return situation.granted?.items.find((item) => item.key === key)?.onLeave ?? "remove";
}
