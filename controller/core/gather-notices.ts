import { sha256 } from "./canonical.ts";
import type { Event } from "./ledger.ts";
import { isUrgent, type Topic, topicOf } from "./notice.ts";

/** One thing to be told, however many events say it. */
export interface Notice {
  readonly topic: Topic;
  /** The same for the same news. */
  readonly key: string;
  readonly type: string;
  readonly subject?: string;
  readonly message: string;
  readonly by?: string;
  readonly revision?: string;
  /** How many devices it is about; 0 when it is about none. */
  readonly devices: number;
  /** The ids of some of them. */
  readonly examples: readonly string[];
  readonly at: number;
}

/** What a receiver was not told of lately. */
export interface News extends Notice {
  /** Under which it is remembered that it was told. */
  readonly toldAs: readonly string[];
}

const mostExamples = 3;

/** Events that a receiver asked for and was not told of, each news once, in the order in which they came. */
export function gatherNotices(
  events: readonly Event[],
  on: readonly Topic[],
  told: ReadonlySet<string> = new Set(),
): readonly News[] {
  const found = new Map<string, Begun>();
  for (const { event, topic } of wantedOf(events, on)) {
    const toldAs = toldKeyOf(event, topic);
    if (told.has(toldAs)) continue;
    const key = keyOf(event, topic);
    const known = found.get(key) ?? begin(event, topic, key);
    known.keys.add(toldAs);
    found.set(key, event.device === undefined ? known : withDevice(known, event.device));
  }
  return [...found.values()].map(({ seen: _seen, keys, ...notice }) => ({ ...notice, toldAs: [...keys] }));
}

/** Under which it is remembered that these events were told. */
export function toldKeys(events: readonly Event[], on: readonly Topic[]): readonly string[] {
  return [...new Set(wantedOf(events, on).map(({ event, topic }) => toldKeyOf(event, topic)))];
}

type Begun = Notice & { readonly seen: Set<string>; readonly keys: Set<string> };

function wantedOf(events: readonly Event[], on: readonly Topic[]) {
  const wanted = new Set(on);
  return events.flatMap((event) => {
    const topic = topicOf(event);
    return topic !== undefined && wanted.has(topic) ? [{ event, topic }] : [];
  });
}

/** True when one of these is told at once. */
export function isAnyUrgent(notices: readonly Pick<Notice, "topic">[]): boolean {
  return notices.some(({ topic }) => isUrgent(topic));
}

/** The same words of another device are told again: one that means no harm must not hide one that does. */
const ofEachDevice: ReadonlySet<string> = new Set([
  "device.quarantined",
  "device.rival",
  "identity.unvouched",
  "lifecycle.erasure-failed",
]);

/** Such devices are told together, but each is remembered: one that flaps is told once. */
function toldKeyOf(event: Event, topic: Topic): string {
  const key = keyOf(event, topic);
  return ofEachDevice.has(event.type) ? sha256(JSON.stringify([key, event.device])) : key;
}

/**
 * What people call one news; which device it happened to is no other news, unless that is all it says. Each stop, and
 * each end of one, is news of its own, and so is each step of a rollout: who lifts the same one twice in a day, or what
 * fails twice for the same reason, is not passed over in silence.
 */
function keyOf({ type, subject, message, revision, device, at }: Event, topic: Topic): string {
  const isAboutOne = topic === "enrolled" || topic === "left" || topic === "unreachable";
  const parts = [type, subject ?? "", message, revision ?? "", isAboutOne ? device : ""];
  const isEachTime = topic === "stopped" || topic === "rollout";
  return sha256(JSON.stringify(isEachTime ? [...parts, at] : parts));
}

function begin(event: Event, topic: Topic, key: string): Begun {
  const { type, subject, message, by, revision, at } = event;
  return {
    topic,
    key,
    type,
    ...(subject === undefined ? {} : { subject }),
    message,
    ...(by === undefined ? {} : { by }),
    ...(revision === undefined ? {} : { revision }),
    devices: 0,
    examples: [],
    at,
    seen: new Set(),
    keys: new Set(),
  };
}

function withDevice(notice: Begun, device: string): Begun {
  if (notice.seen.has(device)) return notice;
  notice.seen.add(device);
  const { examples, seen } = notice;
  const shown = examples.length < mostExamples ? [...examples, device] : examples;
  return { ...notice, devices: seen.size, examples: shown };
}
