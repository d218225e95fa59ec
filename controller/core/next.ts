import type { ActTarget } from "./act.ts";
import type { Candidate } from "./act-candidates.ts";
import { actCandidate, ranks } from "./act-candidates.ts";
import { candidates } from "./candidates.ts";
import { uuidFrom } from "./canonical.ts";
import type { Aside, Sent } from "./channel.ts";
import { delivered } from "./delivery.ts";
import { type Intent, isRepeatable } from "./intent.ts";
import { repeatedAct } from "./repeated.ts";
import type { Situation } from "./situation.ts";

/** The next command of a channel, or nothing until `until` (undefined: until something changes). */
export type Step =
  | { readonly type: "send"; readonly sent: Sent; readonly candidate: Candidate; readonly again: boolean }
  | { readonly type: "wait"; readonly until: number | undefined };

/** How a connection got to the question what is next. */
export interface Occasion {
  readonly now: number;
  /** The device's last word was NotNow: what is set aside is not offered again on this connection. */
  readonly afterNotNow: boolean;
  /** A new connection (Idle): what was set aside may be tried again. */
  readonly idle: boolean;
}

const ageStepMs = 15 * 60_000;

/**
 * Decides the next command from state alone: the outstanding one again while it is due, else the
 * due candidate of the lowest rank, aged so that nothing starves.
 */
export function next(given: Situation, occasion: Occasion): Step {
  const situation = delivered(given);
  // Due at once when the kill switch is lifted: until then nobody is pushed.
  if (situation.halted) return { type: "wait", until: occasion.now };
  const all = candidates(situation, occasion.now);
  const { outstanding } = situation.state;
  if (outstanding !== undefined) {
    const repeated = repeatedAct(situation, outstanding, occasion.now);
    if (repeated !== undefined) {
      const candidate = actCandidate(repeated);
      return { type: "send", sent: { ...outstanding, intent: candidate.intent }, candidate, again: true };
    }
    const candidate = all.find(
      (one) => sameIntent(one.intent, outstanding.intent) && isAbout(one, outstanding),
    );
    if (candidate !== undefined && isRepeatable(outstanding.intent))
      return { type: "send", sent: outstanding, candidate, again: true };
  }
  const due = all.filter((one) => one.notBefore <= occasion.now && mayOffer(one, situation, occasion));
  const first = inTurn(due, situation).sort((a, b) => compare(a, b, occasion.now))[0];
  if (first === undefined) return { type: "wait", until: waitUntil(all, situation, occasion) };
  return { type: "send", candidate: first, again: false, sent: commandFor(first, situation, occasion.now) };
}

/** True when a candidate is what an earlier command was sent for. */
export function isAbout(candidate: Candidate, sent: Sent): boolean {
  const { intent } = sent;
  if (intent.type === "install") return candidate.digest === intent.digest;
  if (intent.type === "declare") return candidate.digest === intent.token;
  if (intent.type === "assign") return candidate.digest === intent.policy;
  return true;
}

/** True when two commands are for the same thing, whatever content or attempt they carry. */
export function sameIntent(a: Intent, b: Intent): boolean {
  if (a.type === "query") return b.type === "query" && a.section === b.section;
  if (a.type === "act") return b.type === "act" && a.act === b.act;
  if (a.type === "enrollment") return b.type === "enrollment" && a.step === b.step && a.about === b.about;
  if (b.type === "enrollment") return false;
  if (a.type === "declare" || b.type === "declare") return a.type === b.type;
  if (a.type === "assign" || b.type === "assign") return a.type === b.type;
  return b.type === a.type && a.item === b.item && a.id === b.id;
}

function commandFor(candidate: Candidate, situation: Situation, now: number): Sent {
  const earlier = asideFor(candidate, situation);
  // What an act does is told by the act, and not by what was set aside for it.
  const { type } = candidate.intent;
  if (earlier !== undefined) {
    const intent = type === "act" ? candidate.intent : earlier.intent;
    return { id: earlier.id, intent, attempt: earlier.attempt, at: now };
  }
  const attempt = attemptsOf(candidate, situation) + 1;
  return { id: idOf(candidate, attempt, situation), intent: candidate.intent, attempt, at: now };
}

/** What tells the commands of one channel and enrollment from all others. */
type Placed = Pick<Situation, "channel" | "epoch" | "state">;

function idOf(candidate: Candidate, attempt: number, situation: Placed): string {
  const name = `${candidate.key}/${candidate.intent.type}/${candidate.digest}/${attempt}`;
  return uuidFrom(`${situation.channel}/${situation.epoch}`, uniqueName(name, candidate, situation));
}

/** The id under which an act's command is or was sent on this channel. An act has one attempt in an epoch. */
export function commandIdOf(act: ActTarget, situation: Placed): string {
  return idOf(actCandidate(act), 1, situation);
}

/** A new content starts over; a query has none. */
function attemptsOf({ key, digest, intent }: Candidate, { state }: Situation): number {
  const earlier = state.progress[key];
  return earlier !== undefined && (intent.type === "query" || earlier.digest === digest)
    ? earlier.attempts
    : 0;
}

/** The same query or content may be due again later; an act never is, and its id must say so. */
function uniqueName(name: string, candidate: Candidate, situation: Placed): string {
  return candidate.intent.type === "act" ? name : `${name}/${situation.state.handed ?? 0}`;
}

function asideFor(candidate: Candidate, situation: Situation): Aside | undefined {
  return situation.state.aside.find(
    (one) => sameIntent(one.intent, candidate.intent) && isAbout(candidate, one),
  );
}

/** A connection lasts seconds: what was put off longer ago was put off on an earlier one. */
const connectionMs = 5 * 60_000;

function mayOffer(candidate: Candidate, situation: Situation, occasion: Occasion): boolean {
  const aside = asideFor(candidate, situation);
  if (aside === undefined || isUntold(aside)) return true;
  return !occasion.afterNotNow && (occasion.idle || aside.last <= occasion.now - connectionMs);
}

/** Put off by reeve itself, before the device was asked (apps-first.ts). */
function isUntold({ last }: Aside): boolean {
  return last === 0;
}

/**
 * What was set aside is tried in turn, the one first that was not tried for longest: one that is put off for ever
 * would keep the others back, since a device that says NotNow is offered nothing else that it has put off.
 */
function inTurn(due: readonly Candidate[], situation: Situation): Candidate[] {
  const lasts = due.map((one) => (one.rank <= ranks.setup ? undefined : asideFor(one, situation)?.last));
  const longest = Math.min(...lasts.filter((last) => last !== undefined));
  return due.filter((_, index) => lasts[index] === undefined || lasts[index] === longest);
}

function compare(a: Candidate, b: Candidate, now: number): number {
  const difference = effectiveRank(a, now) - effectiveRank(b, now);
  if (difference !== 0) return difference;
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

/** One rank better for each quarter of an hour of waiting, but never before urgent acts and set-up. */
function effectiveRank(candidate: Candidate, now: number): number {
  if (candidate.rank <= ranks.setup || candidate.notBefore <= 0) return candidate.rank;
  const waited = Math.floor((now - candidate.notBefore) / ageStepMs);
  return Math.max(ranks.certificate, candidate.rank - Math.max(0, waited));
}

const minute = 60_000;
/** A device whose last word was NotNow polls by itself (Apple: Handling NotNow); this is only a safety net. */
const safetyPushMs = 60 * minute;

function waitUntil(all: readonly Candidate[], situation: Situation, occasion: Occasion): number | undefined {
  const times = all
    .filter((one) => asideFor(one, situation) === undefined)
    .map((one) => Math.max(one.notBefore, occasion.now + 1));
  for (const aside of situation.state.aside) {
    const again = occasion.afterNotNow
      ? safetyPushMs
      : Math.min(safetyPushMs, minute * 2 ** Math.min(aside.count - 1, 6));
    // Its word now holds for all that it has put off: who was not offered again this time wakes nobody.
    const last = occasion.afterNotNow ? occasion.now : aside.last;
    const candidate = all.find((one) => asideFor(one, situation) === aside);
    // What is due only later, or stopped by a guard, must not wake the device before.
    if (candidate !== undefined && isUntold(aside))
      times.push(Math.max(candidate.notBefore, occasion.now + 1));
    else if (candidate !== undefined)
      times.push(Math.max(last + again, candidate.notBefore, occasion.now + 1));
  }
  return times.length === 0 ? undefined : Math.min(...times);
}
