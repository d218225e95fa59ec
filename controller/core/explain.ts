import { armedIn } from "./armed.ts";
import { waitsFirst } from "./awaited-items.ts";
import type { Compiled } from "./compiled.ts";
import { delivered } from "./delivery.ts";
import { type Desired, desiredOf } from "./desired.ts";
import { toTheMinute } from "./expiry.ts";
import type { GrantedItem } from "./granted.ts";
import { isFound, itemState, progressOf, sectionOf } from "./item-state.ts";
import { contentOf } from "./kept.ts";
import { leavingDeclarations, leavingItems } from "./leaving-items.ts";
import { licenceAwaited } from "./licence.ts";
import type { Subject } from "./membership.ts";
import { nextSentence } from "./next-sentence.ts";
import { reasonOf } from "./reason.ts";
import { waitingOn } from "./sent-within.ts";
import { isSetUp, longestSetupMs } from "./setup-assistant.ts";
import type { Situation } from "./situation.ts";

export interface Explanation {
  readonly groups: readonly string[];
  readonly items: readonly ExplainedItem[];
  /** Installed profiles and apps that are not reeve's. */
  readonly notOurs: { readonly profiles: number; readonly apps: number };
  /** What comes next, in a sentence. */
  readonly next: string;
}

export interface ExplainedItem {
  readonly key: string;
  /** `verified`, `sent`, `missing`, `lifted`, `conflict`, `unsupported`, `leaving` … */
  readonly state: string;
  readonly since?: number;
  /** `Policy/NAME FILE:LINE`, or the exemption and its end. */
  readonly because: string;
  readonly detail?: string;
  readonly digest?: string;
  readonly policy?: string;
  /** What lets the device erase itself by it, a sentence part for each. */
  readonly armed?: readonly string[];
}

/** Answers why a device has what it has, from the same functions that decide it. Exemptions go by `exemptAt`. */
export function explain(
  compiled: Compiled,
  subject: Subject,
  given: Situation,
  now: number,
  exemptAt: number,
): Explanation {
  const situation = delivered(given);
  const desired = desiredOf(compiled, subject, situation.granted?.groups, exemptAt);
  const granted = new Map((situation.granted?.items ?? []).map((item) => [item.key, item]));
  const late = waitingOn(situation, now);
  const explained = (item: Desired["items"][number]): ExplainedItem =>
    explainItem(item, granted.get(item.key), situation, originOf(item), late.get(item.key));
  const items = [
    ...desired.items.map((item) => withArms(compiled, inPart(desired, explained(item)))),
    ...retainedItems(desired, situation),
    ...otherItems(desired),
    ...watchedItems(desired, situation),
    ...leavingItems(desired, situation),
    ...leavingDeclarations(desired, situation),
    ...setupItem(situation),
  ];
  return {
    groups: desired.groups,
    items: items.sort((a, b) => (a.key < b.key ? -1 : 1)),
    notOurs: countForeign(situation),
    next: nextSentence(situation, now),
  };
}

/** Somebody may stand before a device and wonder why it does not go on. */
function setupItem(situation: Situation): readonly ExplainedItem[] {
  const { awaiting } = situation.state;
  if (awaiting === undefined) return [];
  const latest = new Date(awaiting + longestSetupMs).toISOString();
  const because = isSetUp(situation)
    ? "everything is there"
    : `what it is to have is not all there; it goes on at ${latest} at the latest`;
  return [{ key: "Setup Assistant", state: "waiting", since: awaiting, because }];
}

function originOf(item: Desired["items"][number]): string {
  return `Policy/${item.policy} ${item.origin.file}:${item.origin.line}`;
}

function explainItem(
  item: GrantedItem,
  granted: GrantedItem | undefined,
  situation: Situation,
  because: string,
  late: string | undefined,
): ExplainedItem {
  const base = { key: item.key, because, digest: item.digest, policy: item.policy };
  if (late !== undefined) return { ...base, state: "waiting", detail: late };
  const withheld = situation.granted?.withheld?.find(({ key }) => key === item.key)?.reason;
  if (granted === undefined)
    return {
      ...base,
      state: "not admitted",
      detail: withheld ?? situation.granted?.because ?? "awaits admission",
    };
  if (contentOf(granted) !== contentOf(item))
    return {
      ...base,
      state: "not admitted",
      detail: `keeps what it had: ${granted.retained ?? withheld ?? situation.granted?.because ?? "it awaits admission"}`,
    };
  const under = underWay(item, situation);
  if (under !== undefined) return { ...base, ...under };
  const state = itemState(granted, situation.observed, situation.state);
  const wait = licenceAwaited(granted, situation) ?? waitsFirst(granted, state, situation);
  if (wait !== undefined) return { ...base, state: "waiting", detail: wait };
  const progress = progressOf(granted, situation.state);
  const seen = situation.state.collected[sectionOf(item.kind)];
  if (state.type === "verified")
    return {
      ...base,
      state: "verified",
      ...(seen === undefined ? {} : { since: seen }),
      ...adoptedDetail(granted, situation),
    };
  if (state.type === "acknowledged") return { ...base, state: "acknowledged", since: state.since };
  if (state.type === "installing")
    return { ...base, state: wordFor(item), since: state.since, detail: state.status };
  if (progress?.phase === "failed" || progress?.phase === "rejected")
    return { ...base, state: progress.phase, since: progress.at, detail: reasonOf(progress.errors) ?? "" };
  if (state.type === "unsupported") return { ...base, state: "unsupported", detail: state.reason };
  return { ...base, state: state.type };
}

function underWay(
  { key }: GrantedItem,
  { state: { outstanding, aside } }: Situation,
): Pick<ExplainedItem, "state" | "since" | "detail"> | undefined {
  const about = (sent: { intent: { type: string; item?: string } }): boolean => sent.intent.item === key;
  if (outstanding !== undefined && about(outstanding)) return { state: "sent", since: outstanding.at };
  const later = aside.find(about);
  if (later === undefined) return undefined;
  return { state: "not now", since: later.at, detail: `answered NotNow ${later.count} times` };
}

function adoptedDetail(item: GrantedItem, { observed, state }: Situation): Pick<ExplainedItem, "detail"> {
  const isAdopted = observed.owned[item.key]?.adopted === true || isFound(item, observed, state);
  return isAdopted ? { detail: "adopted: it was there already" } : {};
}

/** A setting of Android's that waits for its user is on the device already. */
function wordFor({ kind }: GrantedItem): string {
  return kind === "AndroidFragment" ? "waiting" : "installing";
}

function withArms(compiled: Compiled, item: ExplainedItem): ExplainedItem {
  if (item.policy === undefined || item.digest === undefined) return item;
  const armed = armedIn(compiled, item.policy, item.key, item.digest);
  return armed.length === 0 ? item : { ...item, armed };
}

/** What is there and is ignored in part is not as declared, whatever the device reports of it. */
function inPart({ unsupported }: Desired, item: ExplainedItem): ExplainedItem {
  const ignored = unsupported.find((one) => one.key === item.key && one.given === true);
  if (ignored === undefined) return item;
  const state = item.state === "verified" ? "unsupported" : item.state;
  const detail = item.detail === undefined ? ignored.reason : `${item.detail}; ${ignored.reason}`;
  return { ...item, state, detail };
}

function retainedItems(desired: Desired, situation: Situation): readonly ExplainedItem[] {
  const wanted = new Set(desired.items.map((item) => item.key));
  return (situation.granted?.items ?? [])
    .filter((item) => item.retained !== undefined && !wanted.has(item.key))
    .map((item) => ({
      key: item.key,
      state: "kept",
      because: `was Policy/${item.policy}`,
      detail: item.retained ?? "",
    }));
}

function otherItems(desired: Desired): readonly ExplainedItem[] {
  return [
    ...desired.lifted.map((one) => ({
      key: one.key,
      state: "lifted",
      because: `${one.exemption} until ${toTheMinute(one.until)}`,
    })),
    ...desired.conflicts.map((one) => ({
      key: one.key,
      state: "conflict",
      because: one.policies.map((name) => `Policy/${name}`).join(", "),
      ...(one.about === undefined ? {} : { detail: `equal priority: ${one.about}` }),
    })),
    ...desired.perUser.map((key) => ({
      key,
      state: "per user",
      because: "it goes to the channel of each user",
    })),
    ...desired.unsupported
      .filter((one) => one.given !== true)
      .map((one) => ({ key: one.key, state: "unsupported", because: one.reason })),
    ...desired.notApplicable.map((key) => ({
      key,
      state: "not applicable",
      because: "it says nothing for this platform",
    })),
  ];
}

function watchedItems({ watched }: Desired, { observed }: Situation): readonly ExplainedItem[] {
  const states = { true: "violated", false: "absent", undefined: "unknown" } as const;
  const details = {
    true: "it is on the device",
    false: "it is not on the device",
    undefined: "not looked yet",
  };
  return watched.map(({ key, id, policy }) => {
    const found = String(observed.found?.[id]) as keyof typeof states;
    const because = `Policy/${policy}, which this device can only report`;
    return { key, state: states[found], because, detail: details[found] };
  });
}

/** The enrollment profile, which is the management itself. */
const managementIdentifier = "reeve.enrollment";

function countForeign({ observed, granted }: Situation): Explanation["notOurs"] {
  const ours = new Set(Object.values(observed.owned).map((owned) => owned.id));
  ours.add(managementIdentifier);
  for (const item of granted?.items ?? []) if (item.wraps === true) ours.add(item.id);
  const foreign = (ids: Readonly<Record<string, unknown>> | undefined): number =>
    Object.keys(ids ?? {}).filter((id) => !ours.has(id)).length;
  return { profiles: foreign(observed.profiles), apps: foreign(observed.apps) };
}
