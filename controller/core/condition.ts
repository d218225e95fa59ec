import { waitsFirst } from "./awaited-items.ts";
import type { ChannelState, Progress } from "./channel.ts";
import { strayDeclarations } from "./declarations.ts";
import { awaitingHeirs } from "./declared-heirs.ts";
import { delivered } from "./delivery.ts";
import type { Granted, GrantedItem, ItemKind, Section } from "./granted.ts";
import { goingNow, leavers } from "./heirs.ts";
import { heldReason, type Reason } from "./held-reason.ts";
import { isSettled, itemState, progressOf, sectionOf } from "./item-state.ts";
import { awaited, licenceAwaited } from "./licence.ts";
import type { Observed } from "./observed.ts";
import { protectionIn } from "./protections.ts";
import { reasonOf } from "./reason.ts";
import { refusedPolicy } from "./refused-policy.ts";
import { renewalKey } from "./renewal.ts";
import { waitingOn } from "./sent-within.ts";
import { type Situation, sendsOnlyQueries } from "./situation.ts";
import { unknownApp, violations } from "./watched.ts";

/** A condition in Kubernetes' sense; the one that matters most is told. */
export interface Condition {
  readonly type: "Ready" | "Reconciling" | "Stalled" | "Held" | "Unreachable";
  /** PascalCase, from a fixed list (docs/status.md). */
  readonly reason: string;
  readonly message: string;
}

export interface Contact {
  readonly lastSeenAt: number;
  readonly now: number;
  /** A device that was silent for longer is unreachable. */
  readonly unreachableAfterMs: number;
}

/** Attempts after which an item counts as stalled; it is still tried, at growing intervals. */
export const stalledAfter = 3;

/** How one device stands. What still moves is told before what is stuck, and that before what waits for a person. */
export function conditionOf(given: Situation, contact: Contact): Condition {
  const situation = delivered(given);
  const silentMs = contact.now - contact.lastSeenAt;
  const pending = pendingReason(situation, contact.now);
  if (silentMs > contact.unreachableAfterMs) {
    const message = `not seen for ${Math.round(silentMs / 60_000)} minutes`;
    return { type: "Unreachable", reason: "Silent", message };
  }
  const refused = refusedPolicy(situation, pending?.reason);
  if (refused !== undefined) return { type: "Stalled", reason: "PolicyRefused", message: refused };
  if (pending !== undefined) return { type: "Reconciling", ...pending };
  const stuck = stalledReason(situation);
  if (stuck !== undefined) return { type: "Stalled", ...stuck };
  const stray = strayReason(situation);
  if (stray !== undefined) return { type: "Reconciling", ...stray };
  const held = heldReason(situation, contact.now);
  if (held !== undefined) return { type: "Held", ...held };
  return { type: "Ready", reason: "AsDeclared", message: "as declared, by its own report" };
}

function pendingReason(situation: Situation, now: number): Reason | undefined {
  const { granted, observed, state } = situation;
  if (granted === undefined)
    return { reason: "AwaitsAdmission", message: "not yet compared with the policies" };
  if (
    situation.acts.some((act) => (act.status === "ready" && act.note === undefined) || act.status === "sent")
  )
    return { reason: "ActUnderWay", message: "an operation is on its way" };
  if (sendsOnlyQueries(situation)) return undefined;
  const late = waitingOn(situation, now);
  const open = granted.items.find((item) => isPending(item, situation) && !late.has(item.key));
  if (open !== undefined && licenceAwaited(open, situation) === awaited)
    return { reason: "AwaitsLicence", message: `${open.key} is ${awaited}` };
  if (open !== undefined) return waitingReason(open, situation);
  const unlooked = unknownApp(granted.watched, observed);
  if (unlooked !== undefined && !isUnread("applications", state))
    return { reason: "AppsUnknown", message: `${unlooked.key}: its list of apps is still to come` };
  const leaving = goingNow(granted, situation).find(
    ([key, { kind }]) => !late.has(key) && !isStuck(state, key) && !isUnreadable(kind, state),
  );
  return leaving === undefined
    ? undefined
    : { reason: "RemovalUnderWay", message: `${leaving[0]} is being removed` };
}

/** Why an item that is under way is not there yet, where the device has said it. */
function waitingReason(item: GrantedItem, { state }: Situation): Reason {
  const protection = protectionIn(progressOf(item, state)?.errors);
  if (protection !== undefined)
    return {
      reason: "Protected",
      message: `${item.key}: the device ${protection}; it is asked again at growing intervals`,
    };
  const aside = state.aside.find(({ intent }) => "item" in intent && intent.item === item.key);
  if (aside === undefined) return { reason: "ItemsUnderWay", message: `${item.key} is not verified yet` };
  const times = aside.count === 1 ? "once" : `${aside.count} times`;
  return {
    reason: "PutOff",
    message: `${item.key}: the device put it off ${times} (NotNow): it is locked, asleep or busy`,
  };
}

/** What leaves by declaration goes when the device comes for its declarations: until it says so, it is there. */
function strayReason(situation: Situation): Reason | undefined {
  const { granted, observed } = situation;
  if (granted === undefined || sendsOnlyQueries(situation)) return undefined;
  const strays = strayDeclarations(granted, observed);
  if (strays.length === 0) return undefined;
  const waiting = new Set(awaitingHeirs(situation).map(({ identifier }) => identifier));
  const stray = strays.find((one) => !waiting.has(one));
  return stray === undefined
    ? undefined
    : { reason: "RemovalUnderWay", message: `${stray} is being removed` };
}

function isPending(item: GrantedItem, situation: Situation): boolean {
  const judged = itemState(item, situation.observed, situation.state);
  if (isSettled(judged) || judged.type === "unsupported") return false;
  const wait = licenceAwaited(item, situation);
  if (wait !== undefined) return wait === awaited;
  // What it waits for says why that is not there.
  if (waitsFirst(item, judged, situation) !== undefined) return false;
  const progress = progressOf(item, situation.state);
  return (
    progress?.phase !== "rejected" &&
    !isExhausted(progress) &&
    !isUnreadable(item.kind, situation.state) &&
    !shownOnlyBy(item, situation.state).some((section) => isUnread(section, situation.state))
  );
}

function isExhausted(progress: Progress | undefined): boolean {
  // What a person has switched on ends by itself, or by that person: patience, and no failure.
  if (protectionIn(progress?.errors) !== undefined) return false;
  return (progress?.attempts ?? 0) >= stalledAfter + waitsForAnswer(progress?.phase);
}

/** True when the device's report of such items was asked for again and again and does not come. */
function isUnreadable(kind: ItemKind, state: ChannelState): boolean {
  return isUnread(sectionOf(kind), state);
}

function isUnread(section: Section, state: ChannelState): boolean {
  return isExhausted(state.progress[`query/${section}`]);
}

/** What an app was given along with it, and has taken, shows in sections of its own. */
function shownOnlyBy(item: GrantedItem, state: ChannelState): readonly Section[] {
  return progressOf(item, state)?.phase === "acknowledged" ? (item.shownBy ?? []) : [];
}

/** The attempt that is on its way does not count as failed yet. */
function waitsForAnswer(phase: string | undefined): number {
  return phase === "sent" || phase === "acknowledged" ? 1 : 0;
}

function isStuck(state: ChannelState, key: string): boolean {
  if (protectionIn(state.progress[key]?.errors) !== undefined) return false;
  return (state.progress[key]?.attempts ?? 0) >= stalledAfter;
}

function stalledReason(situation: Situation): Reason | undefined {
  const { granted, observed, state, acts } = situation;
  if (granted === undefined) return undefined;
  const lost = acts.find((one) => one.status === "unknown");
  if (lost !== undefined)
    return {
      reason: "OutcomeUnknown",
      message: `${lost.verb} (${lost.name}): no answer came, and it is not sent again; look at the device`,
    };
  const conflict = granted.conflicts[0];
  if (conflict !== undefined)
    return { reason: "Conflict", message: `${conflict}: policies of equal priority disagree` };
  const unsupported = granted.unsupported[0];
  if (unsupported !== undefined)
    return { reason: "Unsupported", message: `${unsupported.key}: ${unsupported.reason}` };
  const [violation] = violations(granted.watched, observed);
  if (violation !== undefined)
    return {
      reason: "Violated",
      message: `${violation.key}: ${violation.id} is on the device, which cannot block it`,
    };
  const [undecided] = granted.undecided ?? [];
  if (undecided !== undefined)
    return {
      reason: "Undecided",
      message: `Policy/${undecided.policy}: a fact by which it would be in the group ${undecided.groups.join(", ")} is not known`,
    };
  if (granted.sends === "queries") return undefined;
  return (
    unreadableReason(granted, observed, state) ??
    licenceReason(granted, situation) ??
    itemReason(granted, situation) ??
    renewalReason(state)
  );
}

/** An app that waits for a licence which does not come by itself. */
function licenceReason({ items }: Granted, situation: Situation): Reason | undefined {
  for (const item of items) {
    const wait = licenceAwaited(item, situation);
    if (wait !== undefined && wait !== awaited)
      return { reason: "NoLicence", message: `${item.key}: ${wait}` };
  }
  return undefined;
}

/** A device whose identity ends unrenewed is lost to management. */
function renewalReason({ progress }: ChannelState): Reason | undefined {
  const renewal = progress[renewalKey];
  if (renewal === undefined || !isExhausted(renewal)) return undefined;
  const text = renewal.errors?.[0]?.text ?? "it goes on with the old one";
  return { reason: "NotRenewed", message: `its identity cannot be renewed: ${text}` };
}

function unreadableReason(granted: Granted, observed: Observed, state: ChannelState): Reason | undefined {
  const kinds = [...granted.items, ...Object.values(observed.owned)].map((one) => one.kind);
  const sections = [
    ...kinds.map(sectionOf),
    ...granted.items.flatMap((item) => shownOnlyBy(item, state)),
    ...(granted.watched ?? []).map(() => "applications" as const),
  ];
  const section = sections.find((one) => isUnread(one, state));
  if (section === undefined) return undefined;
  const text = reasonOf(state.progress[`query/${section}`]?.errors) ?? "no answer";
  return { reason: "Unreadable", message: `its ${section} cannot be read: ${text}` };
}

function itemReason(granted: Granted, situation: Situation): Reason | undefined {
  const { observed, state } = situation;
  for (const item of granted.items) {
    const progress = progressOf(item, state);
    const judged = itemState(item, observed, state);
    if (judged.type === "drifted" && item.drift === "report")
      return {
        reason: "Drifted",
        message: `${item.key}: changed on the device, and its policy only reports it`,
      };
    if (judged.type === "unsupported")
      return { reason: "Unsupported", message: `${item.key}: ${judged.reason}` };
    if (progress === undefined || isSettled(judged) || waitsFirst(item, judged, situation)) continue;
    const text = reasonOf(progress.errors) ?? "no reason given";
    return {
      reason: progress.phase === "rejected" ? "Rejected" : "Failing",
      message: `${item.key}: ${text}`,
    };
  }
  const stuck = leavers(granted, { observed }).find(([key]) => isStuck(state, key));
  return stuck && { reason: "Failing", message: `${stuck[0]} cannot be removed` };
}
