import type { ActTarget } from "./act.ts";
import { actCandidate } from "./act-candidates.ts";
import type { AndroidCommand } from "./android-acts.ts";
import type { ChannelState, OpenOperation, Sent } from "./channel.ts";
import type { Decision } from "./connect.ts";
import { finishAct } from "./finish-act.ts";
import { endsEpoch } from "./intent.ts";
import { commandIdOf } from "./next.ts";
import { repeatedUntil } from "./repeated.ts";
import type { Kept } from "./report.ts";
import { type Situation, sendsNoActs } from "./situation.ts";
import { type Transition, unchanged } from "./transition.ts";

/** How an operation of Google's ended, without anything that its metadata repeats. */
export type Operated =
  | { readonly type: "executed"; readonly note?: string; readonly kept?: Kept }
  | { readonly type: "failed"; readonly text: string }
  | { readonly type: "cancelled" }
  | { readonly type: "expired" };

/** The acts of a device that may become commands now, the urgent first; what was put off waits for its time. */
export function actsDue(situation: Situation, now: number): readonly ActTarget[] {
  return actsWaiting(situation, now).filter(({ act }) => putOffUntil(situation.state, act, now) <= now);
}

/** Google asks for less patience than this, ms: what was put off for longer was put off by a clock that stood ahead. */
const mostPutOffMs = 2 * 24 * 3_600_000;

/** Until when an act was put off; 0 when it was not. */
export function putOffUntil({ putOff = {} }: ChannelState, act: string, now: number): number {
  const until = putOff[act] ?? 0;
  return until - now > mostPutOffMs ? 0 : until;
}

/** The acts of a device that are to become commands, now or later, the urgent first. */
export function actsWaiting(situation: Situation, now: number): readonly ActTarget[] {
  if (situation.halted || sendsNoActs(situation) || isEnding(situation.state)) return [];
  const { operations = {} } = situation.state;
  return situation.acts
    .filter(({ act, status, verb, expiresAt }) => {
      if (status !== "ready" || verb === "audit" || expiresAt <= now) return false;
      return operations[act] === undefined;
    })
    .map((act) => ({ act, rank: actCandidate(act).rank }))
    .sort((a, b) => a.rank - b.rank || (a.act.act < b.act.act ? -1 : 1))
    .map(({ act }) => act);
}

/** Audits that the device has answered: Android has no command for them, each report says everything anew. */
export function auditsAnswered({ acts }: Situation, reportedAt: number | undefined): readonly ActTarget[] {
  return acts.filter(
    ({ verb, status, frozenAt }) =>
      verb === "audit" && status === "ready" && reportedAt !== undefined && reportedAt >= frozenAt,
  );
}

/** True while an operation of this type is open: one of a type goes at a time, so that none is taken for another. */
export function isBusy({ operations = {} }: ChannelState, type: AndroidCommand): boolean {
  return Object.values(operations).some((one) => one.type === type && one.ended !== true);
}

/** True when the device said that it ends its management: nothing more is for it. */
function isEnding({ operations = {} }: ChannelState): boolean {
  return Object.values(operations).some((one) => one.ended === true);
}

const minute = 60_000;
/** A device that is away is locked or restarted when it comes back soon; later the gate is asked again. */
const shortMs = 60 * minute;

/** How long Google keeps a command for a device that is away: never beyond the end of its act. */
export function keptFor(type: AndroidCommand, expiresAt: number, now: number): number {
  const left = expiresAt - now;
  return type === "LOCK" || type === "REBOOT" ? Math.min(shortMs, left) : left;
}

/** The intent of an act, which is written before the call leaves: with it the gate in the database decides. */
export function startOperation(
  situation: Situation,
  act: ActTarget,
  type: AndroidCommand,
  now: number,
): Decision & { readonly command: Sent } {
  const { state, observed } = situation;
  const intent = { type: "act", act: act.act, verb: act.verb } as const;
  const command: Sent = { id: commandIdOf(act, situation), intent, attempt: 1, at: now };
  const open: OpenOperation = {
    command: command.id,
    verb: act.verb,
    type,
    at: now,
    until: now + keptFor(type, act.expiresAt, now),
  };
  return {
    ...unchanged(withOperation(withPutOff(state, act.act, undefined), act.act, open), observed),
    ledger: [{ type: "sent", id: command.id, intent, requestType: type, class: "once", attempt: 1, at: now }],
    acts: [{ act: act.act, status: "sent" }],
    command,
    dueAt: undefined,
  };
}

/** Google has taken the command as the operation of this name, created at this time of its own clock. */
export function operationTaken(
  { state, observed }: Situation,
  act: string,
  taken: { readonly name: string; readonly createdAt: number | undefined },
): Transition {
  const open = state.operations?.[act];
  const start = unchanged(state, observed);
  if (open === undefined) return start;
  const { [open.type]: before = 0, ...others } = state.operated ?? {};
  const operated = { ...others, [open.type]: Math.max(before, taken.createdAt ?? 0) };
  return { ...start, state: { ...withOperation(state, act, { ...open, name: taken.name }), operated } };
}

/** For certain nothing was done: the act is ready again under its id, and goes through the gate again. */
export function operationPutOff(
  { state, observed }: Situation,
  act: string,
  retryAt: number,
  now: number,
): Transition {
  const open = state.operations?.[act];
  const start = unchanged(state, observed);
  if (open === undefined) return start;
  return {
    ...start,
    state: withPutOff(withOperation(state, act, undefined), act, retryAt),
    ledger: [{ type: "closed", id: open.command, status: "notNow", at: now, sentAt: open.at }],
    acts: [{ act, status: "ready" }],
  };
}

/** What else may have become of a command: nobody knows whether it was carried out. */
export type Ended = Operated | { readonly type: "unknown"; readonly text: string };

/**
 * The operation of an act has ended. What expired goes again while its act lasts, and so does what nobody knows of, where
 * its manifest says so; what ends the management stays remembered until Google has the device no more.
 */
export function operationEnded(situation: Situation, act: string, outcome: Ended, now: number): Transition {
  const { state, observed } = situation;
  const open = state.operations?.[act];
  const target = situation.acts.find((one) => one.act === act);
  const start = unchanged(state, observed);
  if (open === undefined) return start;
  if (target !== undefined && goesAgain(outcome, target, now))
    return operationPutOff(situation, act, now, now);
  const isOver = outcome.type === "executed" && endsEpoch(open.verb);
  const closed: Transition = {
    ...start,
    state: withOperation(state, act, isOver ? { ...open, ended: true } : undefined),
    ledger: [{ type: "closed", id: open.command, at: now, ...closing(outcome) }],
  };
  const sent: Sent = {
    id: open.command,
    intent: { type: "act", act, verb: open.verb },
    attempt: 1,
    at: open.at,
  };
  if (outcome.type === "executed") {
    const note = [outcome.note, undelivered(target)].filter((one) => one !== undefined).join("; ");
    const kept = [...closed.kept, ...(outcome.kept === undefined ? [] : [outcome.kept]), ...forgotten(open)];
    return finishAct({ ...closed, kept }, sent, "executed", now, note === "" ? undefined : note);
  }
  if (outcome.type === "failed" || outcome.type === "unknown")
    return finishAct(closed, sent, outcome.type, now, outcome.text);
  // The store tells of what ends without an outcome by itself, whoever ends it.
  if (outcome.type === "expired")
    return { ...closed, acts: [{ act, status: "expired", note: "the device did not come in time" }] };
  return { ...closed, acts: [{ act, status: "cancelled", note: "cancelled before it was done" }] };
}

function goesAgain({ type }: Ended, target: ActTarget, now: number): boolean {
  if (type === "expired") return target.expiresAt > now;
  return type === "unknown" && now < (repeatedUntil(target) ?? 0);
}

function closing(outcome: Ended) {
  if (outcome.type === "executed") return { status: "executed" } as const;
  if (outcome.type === "unknown") return { status: "unknown", note: outcome.text } as const;
  if (outcome.type === "cancelled") return { status: "abandoned", note: "cancelled" } as const;
  const text = outcome.type === "expired" ? "the device did not come in time" : outcome.text;
  return { status: "failed", errors: [{ domain: "google", code: 0, text: text.slice(0, 512) }] } as const;
}

/** Where a device was is personal data, and nobody's business once it is found. */
function forgotten({ verb }: OpenOperation): readonly Kept[] {
  return verb === "endLostMode" ? [{ kind: "location", source: "latest" }] : [];
}

/** Google's lock shows nothing, and the user of a company's device is not told why it is erased. */
function undelivered(act: ActTarget | undefined): string | undefined {
  if (act?.verb !== "lock" && act?.verb !== "wipe") return undefined;
  const { message, phoneNumber } = act.parameters;
  return message === undefined && phoneNumber === undefined ? undefined : "message not delivered";
}

/** An act that this device cannot carry out, by what Google says of it now: nothing was sent. */
export function actRefused({ state, observed }: Situation, { act }: ActTarget, reason: string, now: number) {
  const message = reason.slice(0, 512);
  return {
    ...unchanged(state, observed),
    acts: [{ act, status: "failed", note: message }],
    events: [{ type: "act.failed", at: now, subject: act, message }],
  } satisfies Transition;
}

/**
 * Google has the device no more. What was to end its management has done it; whether the rest was carried out nobody
 * will say. `by` is the act that ended it; undefined: somebody else did.
 */
export function operationsLeft(
  situation: Situation,
  now: number,
): { readonly transition: Transition; readonly by: string | undefined } {
  let transition = unchanged(situation.state, situation.observed);
  let by: string | undefined;
  for (const [act, open] of Object.entries(situation.state.operations ?? {})) {
    const isOurs = open.name !== undefined && endsEpoch(open.verb);
    if (isOurs) by = act;
    if (open.ended === true) continue;
    const outcome: Ended = isOurs
      ? { type: "executed", note: "Google has it no more" }
      : { type: "unknown", text: "the device is gone, and did not say" };
    const step = operationEnded({ ...situation, state: transition.state }, act, outcome, now);
    transition = {
      ...step,
      ledger: [...transition.ledger, ...step.ledger],
      acts: [...transition.acts, ...step.acts],
      events: [...transition.events, ...step.events],
    };
  }
  return { transition, by };
}

function withOperation(state: ChannelState, act: string, open: OpenOperation | undefined): ChannelState {
  const { [act]: _old, ...rest } = state.operations ?? {};
  return { ...state, operations: open === undefined ? rest : { ...rest, [act]: open } };
}

function withPutOff(state: ChannelState, act: string, until: number | undefined): ChannelState {
  const { [act]: _old, ...rest } = state.putOff ?? {};
  return { ...state, putOff: until === undefined ? rest : { ...rest, [act]: until } };
}
