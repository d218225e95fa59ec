import type { Call } from "../cloud.ts";
import { type Cloud, nextNumber } from "../cloud.ts";
import { isObject } from "../google/field-mask.ts";
import { invalid, resourceNotFound } from "../google/google-error.ts";
import { durationMs } from "../google/wire-json.ts";
import type { Json } from "../kept.ts";
import type { Subscription, Waiting } from "./topics.ts";

const MOST_MESSAGES = 1_000;
const LONGEST_DEADLINE = 600;
const USUAL_EXPIRY = 31 * 86_400_000;

export function subscriptionOf({ cloud, name }: Pick<Call, "cloud" | "name">): Subscription {
  const found = cloud.kept.subscriptions.get(name);
  if (found === undefined) throw resourceNotFound(name.split("/").at(-1) ?? "");
  return found;
}

/** `subscriptions.pull`: leases what waits. An empty subscription is answered at once, and does not wait. */
export function pull(call: Call): Json {
  const { cloud, body } = call;
  const subscription = subscriptionOf(call);
  const most = Number(body.maxMessages);
  if (!Number.isInteger(most) || most < 1) throw invalid("The max_messages must be positive.");
  const now = cloud.now();
  subscription.waiting = subscription.waiting.filter(
    ({ publishedAt }) => publishedAt + subscription.retentionMs > now,
  );
  const ready = subscription.waiting.filter(({ notBefore }) => notBefore <= now);
  const taken = ready.slice(0, Math.min(most, MOST_MESSAGES));
  for (const waiting of taken) lease(cloud, waiting, now + subscription.ackDeadlineMs);
  const received = taken.map(({ ackId, message }) => ({ ackId, message }));
  return received.length === 0 ? {} : { receivedMessages: received };
}

function lease(cloud: Cloud, waiting: Waiting, until: number): void {
  waiting.notBefore = until;
  waiting.deliveries += 1;
  waiting.ackId = `ack-${nextNumber(cloud)}`;
}

/** `subscriptions.acknowledge`: an id of a lease that ran out may still count, unless it was leased again. */
export function acknowledge(call: Call): Json {
  const subscription = subscriptionOf(call);
  const ids = new Set(idsIn(call.body));
  subscription.waiting = subscription.waiting.filter(({ ackId }) => ackId === "" || !ids.has(ackId));
  return {};
}

/** `subscriptions.modifyAckDeadline`: 0 gives the message back at once. */
export function modifyAckDeadline(call: Call): Json {
  const subscription = subscriptionOf(call);
  const ids = new Set(idsIn(call.body));
  const seconds = Number(call.body.ackDeadlineSeconds ?? 0);
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > LONGEST_DEADLINE)
    throw invalid("The ack_deadline_seconds must be between 0 and 600.");
  for (const waiting of subscription.waiting)
    if (waiting.ackId !== "" && ids.has(waiting.ackId))
      waiting.notBefore = call.cloud.now() + seconds * 1_000;
  return {};
}

function idsIn({ ackIds }: Json): readonly string[] {
  if (!Array.isArray(ackIds) || ackIds.length === 0) throw invalid("No ack ids specified.");
  return ackIds.map(String);
}

/** A subscription of a topic as its creator describes it. */
export function subscriptionFrom(call: Call, topic: string): Subscription {
  const { cloud, name, body } = call;
  const deadline = Number(body.ackDeadlineSeconds ?? 0) || 10;
  if (deadline < 10 || deadline > LONGEST_DEADLINE)
    throw invalid("The ack_deadline_seconds must be between 10 and 600.");
  const retentionMs = durationMs(body.messageRetentionDuration) ?? cloud.knobs.messageRetentionMs;
  const row = {
    name,
    topic,
    ackDeadlineMs: deadline * 1_000,
    retentionMs,
    pushConfig: pushConfigIn(body),
    waiting: [],
  };
  const { expirationPolicy } = body;
  // A policy without a time says never; without a policy it is 31 days.
  const ttl = isObject(expirationPolicy) ? durationMs(expirationPolicy.ttl) : USUAL_EXPIRY;
  return ttl === undefined ? row : { ...row, expiresAfterMs: ttl };
}

/** `subscriptions.modifyPushConfig`: an empty one makes it a subscription that is pulled. */
export function modifyPushConfig(call: Call): Json {
  subscriptionOf(call).pushConfig = pushConfigIn(call.body);
  return {};
}

/** Google pushes to https only (Pub/Sub, PushConfig). */
function pushConfigIn({ pushConfig }: Json): Json {
  const config = isObject(pushConfig) ? pushConfig : {};
  const { pushEndpoint } = config;
  if (pushEndpoint !== undefined && !String(pushEndpoint).startsWith("https://"))
    throw invalid("Invalid push endpoint given.");
  return config;
}

export function shownSubscription(subscription: Subscription): Json {
  const { name, topic, ackDeadlineMs, retentionMs, expiresAfterMs, pushConfig } = subscription;
  return {
    name,
    topic,
    ackDeadlineSeconds: ackDeadlineMs / 1_000,
    messageRetentionDuration: `${retentionMs / 1_000}s`,
    pushConfig,
    expirationPolicy: expiresAfterMs === undefined ? {} : { ttl: `${expiresAfterMs / 1_000}s` },
    state: "ACTIVE",
  };
}
