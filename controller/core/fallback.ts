import type { ChannelState, Sent } from "./channel.ts";
import { theCommand, unsupportedType } from "./declarations.ts";
import { mostTellings } from "./declaring.ts";
import { delivered } from "./delivery.ts";
import { equal } from "./equal.ts";
import type { GrantedItem } from "./granted.ts";
import type { Event } from "./ledger.ts";
import type { Observed } from "./observed.ts";
import { protectionIn } from "./protections.ts";
import type { DeviceError, Observation } from "./report.ts";
import type { Situation } from "./situation.ts";
import { type Transition, withProgress } from "./transition.ts";

const notSupported = "Error.ConfigurationNotSupported";

/**
 * What was observed, and what the device says that it does not support of what went to it by preference: that goes as a
 * profile, until the device reports another list of what it supports.
 */
export function rejecting(
  { granted, declarable, observed }: Situation,
  { observation: { declarations = {}, supports } }: { readonly observation: Observation },
): Observed {
  const isOther = supports !== undefined && !equal(supports, observed.supports ?? []);
  const { rejects: known, ...others } = observed;
  // Who tells of its declarations takes them.
  const rejects = known?.filter((one) => one !== theCommand) ?? [];
  const parts = ((declarable ?? granted)?.items ?? []).flatMap((item) =>
    item.orProfile === undefined ? [] : (item.parts ?? []),
  );
  const news = parts.flatMap(({ identifier, token }) => {
    const status = declarations[identifier];
    const isRejected = status?.token === token && status.reasons?.includes(notSupported) === true;
    return isRejected ? [identifier] : [];
  });
  const all = [...new Set([...(isOther ? [] : rejects), ...news])].sort();
  if (equal(all, known ?? [])) return observed;
  return all.length === 0 ? others : { ...others, rejects: all };
}

/**
 * A device that refused again and again to hear of declarations, or heard of them and never told of any, does not take
 * them: what went to it by preference goes as a profile. It is asked again, once a day (declaring.ts).
 */
export function refusing(
  start: Transition,
  situation: Situation,
  sent: Sent,
  at: number,
  errors?: readonly DeviceError[],
): Transition {
  const { observed, state } = start;
  const { rejects = [], declarations } = observed;
  const isFinal = errors === undefined ? sent.attempt > mostTellings : sent.attempt >= mostTellings;
  // What it has by declaration no profile may take the place of; and a protection ends by itself.
  if (!isFinal || declarations !== undefined || protectionIn(errors) !== undefined) return start;
  if (sent.intent.type !== "declare" || rejects.includes(theCommand)) return start;
  const refused = { ...observed, rejects: [...rejects, theCommand].sort() };
  const after = delivered({ ...situation, observed: refused });
  const moved = movedItems(delivered(situation), after);
  const events = [...start.events, ...moved.flatMap((item) => movedEvent(item, after, at))];
  return { ...start, observed: refused, state: withoutProgress(state, moved), events };
}

/** Items that go to the device in another way than before. */
export function movedItems(before: Situation, { granted }: Situation): readonly GrantedItem[] {
  const kinds = new Map((before.granted?.items ?? []).map((item) => [item.key, item.kind]));
  return (granted?.items ?? []).filter(({ key, kind }) => (kinds.get(key) ?? kind) !== kind);
}

/** What was done in the way before says nothing of the new one. */
export function withoutProgress(state: ChannelState, moved: readonly GrantedItem[]): ChannelState {
  return moved.reduce((rest, { key }) => withProgress(rest, key, undefined), state);
}

/** What people are told of an item that goes as a profile now. */
export function movedEvent(
  { key, kind }: GrantedItem,
  { device, declarable, observed }: Situation,
  at: number,
): readonly Event[] {
  if (kind !== "Profile") return [];
  const item = declarable?.items.find((one) => one.key === key);
  const type = item === undefined ? undefined : unsupportedType(item, observed);
  const message = `the device does not support ${type ?? "it"}: it goes by InstallProfile`;
  return [{ type: "item.by-profile", at, device, subject: key, message }];
}
