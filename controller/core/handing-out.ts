import { backoffMs } from "./backoff.ts";
import { digestOnce } from "./canonical.ts";
import type { Progress } from "./channel.ts";
import { type DeclarationSet, theCommand, withEarlier } from "./declarations.ts";
import { wantedDeclarations } from "./declaring.ts";
import { delivered } from "./delivery.ts";
import type { DeclaredPart, GrantedItem } from "./granted.ts";
import { type Observed, withoutProfiles } from "./observed.ts";
import { type Situation, sendsOnlyQueries } from "./situation.ts";
import { afterReports, type Transition, unchanged, withProgress } from "./transition.ts";

/**
 * The declarations that a channel may have now: what is wanted, or, where nothing may be changed, what it was handed
 * before. Undefined while neither is known: an empty set would take everything from the device.
 */
export function offered(before: Situation): DeclarationSet | undefined {
  const situation = delivered(before);
  if (situation.halted) return undefined;
  if (sendsOnlyQueries(situation)) return situation.declared;
  return wantedDeclarations(situation) ?? situation.declared;
}

/** The DeclarationsToken of what a channel would be handed; undefined while that is not known. */
export function offeredToken(situation: Situation): string | undefined {
  const set = offered(situation);
  const { declared } = situation.state;
  // What could not be written is not in the set as it is wanted, and its token is another one.
  return set !== undefined && declared?.wanted === set.token ? declared.token : set?.token;
}

/** Why items cannot be written for this channel, such as a missing secret. */
export type Unwritten = ReadonlyMap<string, string>;

/**
 * A channel is handed a set of declarations: from now on it is answered from this one, and each item that is new in
 * it waits for a status report. What cannot be written stays as it was handed out before, with its reason, and is tried
 * again later.
 */
export function handOut(
  before: Situation,
  wanted: DeclarationSet,
  unwritten: Unwritten,
  now: number,
): { readonly transition: Transition; readonly set: DeclarationSet } {
  // Who comes for declarations takes them.
  const situation = delivered({ ...before, observed: withoutRefusal(before.observed) });
  const { state, observed, declared } = situation;
  const items = situation.granted?.items ?? [];
  const later = items.filter(({ key }) => unwritten.has(key));
  const set = later.length === 0 ? wanted : withEarlier(wanted, declared, later);
  const isUnheard = state.declared?.unheard === true || takesUnheard(set, situation);
  const start = unchanged(state, isUnheard ? withoutProfiles(observed) : observed);
  if (state.declared?.token === set.token && state.declared.wanted === wanted.token && unwritten.size === 0)
    return { transition: start, set };
  const id = digestOnce(set);
  const at = state.declared?.token === set.token ? state.declared.at : now;
  const handed: Transition = {
    ...start,
    state: {
      ...state,
      declared: {
        set: id,
        token: set.token,
        wanted: wanted.token,
        at,
        ...(isUnheard ? { unheard: true as const } : {}),
      },
    },
  };
  const earlier = new Map((declared?.entries ?? []).map((one) => [one.identifier, one.token]));
  const present = new Map(set.entries.map((one) => [one.identifier, one.token]));
  const isNew = ({ identifier, token }: DeclaredPart): boolean =>
    present.get(identifier) === token && earlier.get(identifier) !== token;
  let transition = handed;
  for (const item of items) {
    if (item.kind !== "Declarations") continue;
    const reason = unwritten.get(item.key);
    if (reason !== undefined) transition = left(transition, situation, item, reason, now);
    else if ((item.parts ?? []).some(isNew))
      transition = waiting(transition, item, afterReports(transition.state, now));
  }
  return { transition, set };
}

/**
 * True when a profile goes with its declaration, and the device never said that it had put it under it: only then does
 * nothing that it told show that the profile goes.
 */
function takesUnheard(set: DeclarationSet, { declared, observed }: Situation): boolean {
  const names = new Set(set.entries.map((one) => one.identifier));
  return (declared?.entries ?? []).some(
    ({ profile, identifier }) =>
      profile !== undefined && !names.has(identifier) && observed.declarations?.[identifier] === undefined,
  );
}

/** What is remembered of a device that refused its declarations. */
function withoutRefusal(known: Observed): Observed {
  const { rejects = [], ...observed } = known;
  if (!rejects.includes(theCommand)) return known;
  const rest = rejects.filter((one) => one !== theCommand);
  return rest.length === 0 ? observed : { ...observed, rejects: rest };
}

function waiting(start: Transition, { key, digest }: GrantedItem, at: number): Transition {
  const progress: Progress = { digest, attempts: 1, phase: "acknowledged", at };
  return { ...start, state: withProgress(start.state, key, progress) };
}

function left(
  start: Transition,
  { device, channel }: Situation,
  { key, digest }: GrantedItem,
  text: string,
  at: number,
): Transition {
  const known = start.state.progress[key];
  const same = known?.digest === digest ? known : undefined;
  const attempts = (same?.attempts ?? 0) + 1;
  const retryAt = at + backoffMs(attempts, `${channel}/${key}`);
  const errors = [{ domain: "reeve", code: 10, text }];
  const progress: Progress = { digest, attempts, phase: "failed", at, retryAt, errors };
  const state = withProgress(start.state, key, progress);
  if (same?.errors?.[0]?.text === text) return { ...start, state };
  const event = { type: "item.failed", at, device, subject: key, message: text } as const;
  return { ...start, state, events: [...start.events, event] };
}

/** True when a set lacks something that the channel was handed before: the device will remove it. */
export function takesAway(set: DeclarationSet, before: DeclarationSet | undefined): boolean {
  const names = new Set(set.entries.map((one) => one.identifier));
  return (before?.entries ?? []).some((one) => !names.has(one.identifier));
}
