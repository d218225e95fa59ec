import { sha256 } from "./canonical.ts";
import type { Event } from "./ledger.ts";
import { isUrgent, type Topic, topicOf } from "./notice.ts";

/** One thing to be told, however many events say it. */
export interface Notice {
  readonly topic: Topic;
  /** The same for the same news: what was told lately is not told again. */
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

const mostExamples = 3;

/** Events that a receiver asked for, each news once, in the order in which they came. */
export function gatherNotices(events: readonly Event[], on: readonly Topic[]): readonly Notice[] {
  const wanted = new Set(on);
  const found = new Map<string, Notice & { readonly seen: Set<string> }>();
  for (const event of events) {
    const topic = topicOf(event);
    if (topic === undefined || !wanted.has(topic)) continue;
    const key = keyOf(event, topic);
    const known = found.get(key) ?? begin(event, topic, key);
    found.set(key, event.device === undefined ? known : withDevice(known, event.device));
  }
  return [...found.values()].map(({ seen: _seen, ...notice }) => notice);
}

/** True when one of these is told at once. */
export function isAnyUrgent(notices: readonly Pick<Notice, "topic">[]): boolean {
  return notices.some(({ topic }) => isUrgent(topic));
}

/**
 * What people call one news; which device it happened to is no other news, unless that is all it says. Each stop, and
 * each end of one, is news of its own: who lifts the same one twice in a day is not passed over in silence.
 */
function keyOf({ type, subject, message, revision, device, at }: Event, topic: Topic): string {
  const isAboutOne = topic === "enrolled" || topic === "left" || topic === "unreachable";
  const parts = [type, subject ?? "", message, revision ?? "", isAboutOne ? device : ""];
  return sha256(JSON.stringify(topic === "stopped" ? [...parts, at] : parts));
}

function begin(event: Event, topic: Topic, key: string): Notice & { readonly seen: Set<string> } {
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
  };
}

function withDevice<T extends Notice & { readonly seen: Set<string> }>(notice: T, device: string): T {
  if (notice.seen.has(device)) return notice;
  notice.seen.add(device);
  const { examples, seen } = notice;
  const shown = examples.length < mostExamples ? [...examples, device] : examples;
  return { ...notice, devices: seen.size, examples: shown };
}
