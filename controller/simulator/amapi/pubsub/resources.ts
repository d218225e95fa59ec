import { createHash } from "node:crypto";
import type { Call } from "../cloud.ts";
import { isObject } from "../google/field-mask.ts";
import { alreadyExists, GoogleError, invalid, resourceNotFound } from "../google/google-error.ts";
import type { Json } from "../kept.ts";
import { deliver } from "./publish.ts";
import {
  acknowledge,
  modifyAckDeadline,
  modifyPushConfig,
  pull,
  shownSubscription,
  subscriptionFrom,
  subscriptionOf,
} from "./subscriptions.ts";
import type { Topic } from "./topics.ts";

type Handler = (call: Call) => Json;

/** The methods of Pub/Sub that there are, by their HTTP method and the verb behind the name. */
export const TOPIC_METHODS: Readonly<Record<string, readonly [id: string, Handler]>> = {
  "PUT ": ["pubsub.projects.topics.create", createTopic],
  "GET ": ["pubsub.projects.topics.get", (call) => ({ name: topicOf(call).name })],
  "DELETE ": ["pubsub.projects.topics.delete", deleteTopic],
  "POST :publish": ["pubsub.projects.topics.publish", publishMessages],
  "GET :getIamPolicy": ["pubsub.projects.topics.getIamPolicy", (call) => iamPolicy(topicOf(call))],
  "POST :setIamPolicy": ["pubsub.projects.topics.setIamPolicy", setIamPolicy],
};

export const SUBSCRIPTION_METHODS: Readonly<Record<string, readonly [id: string, Handler]>> = {
  "PUT ": ["pubsub.projects.subscriptions.create", createSubscription],
  "GET ": ["pubsub.projects.subscriptions.get", (call) => shownSubscription(subscriptionOf(call))],
  "DELETE ": ["pubsub.projects.subscriptions.delete", deleteSubscription],
  "POST :pull": ["pubsub.projects.subscriptions.pull", pull],
  "POST :acknowledge": ["pubsub.projects.subscriptions.acknowledge", acknowledge],
  "POST :modifyPushConfig": ["pubsub.projects.subscriptions.modifyPushConfig", modifyPushConfig],
  "POST :modifyAckDeadline": ["pubsub.projects.subscriptions.modifyAckDeadline", modifyAckDeadline],
};

function topicOf({ cloud, name }: Pick<Call, "cloud" | "name">): Topic {
  const found = cloud.kept.topics.get(name);
  if (found === undefined) throw resourceNotFound(name.split("/").at(-1) ?? "");
  return found;
}

function createTopic({ cloud, name }: Call): Json {
  if (cloud.kept.topics.has(name)) throw alreadyExists(name.split("/").at(-1) ?? "");
  cloud.kept.topics.set(name, { name, bindings: [] });
  return { name };
}

function deleteTopic(call: Call): Json {
  topicOf(call);
  call.cloud.kept.topics.delete(call.name);
  return {};
}

function publishMessages(call: Call): Json {
  const topic = topicOf(call);
  const messages = Array.isArray(call.body.messages) ? call.body.messages.filter(isObject) : [];
  if (messages.length === 0) throw invalid("The messages must not be empty.");
  return { messageIds: messages.map((message) => deliver(call.cloud, topic, message)) };
}

function setIamPolicy(call: Call): Json {
  const topic = topicOf(call);
  const { policy } = call.body;
  if (!isObject(policy)) throw invalid("policy must be set.");
  const known = call.body.policy as { etag?: string };
  if (known.etag !== undefined && known.etag !== etagOf(topic))
    throw new GoogleError(
      409,
      "ABORTED",
      "There were concurrent policy changes. Please retry the whole read-modify-write.",
    );
  topic.bindings = (policy.bindings ?? []) as Topic["bindings"];
  return iamPolicy(topic);
}

function iamPolicy(topic: Topic): Json {
  const bindings = topic.bindings.length > 0 ? { bindings: topic.bindings } : {};
  return { version: 1, etag: etagOf(topic), ...bindings };
}

function etagOf({ bindings }: Topic): string {
  return createHash("sha256").update(JSON.stringify(bindings)).digest("base64").slice(0, 12);
}

function createSubscription(call: Call): Json {
  const { cloud, name, body } = call;
  if (cloud.kept.subscriptions.has(name)) throw alreadyExists(name.split("/").at(-1) ?? "");
  const topic = topicOf({ cloud, name: String(body.topic ?? "") });
  const subscription = subscriptionFrom(call, topic.name);
  cloud.kept.subscriptions.set(name, subscription);
  return shownSubscription(subscription);
}

function deleteSubscription(call: Call): Json {
  subscriptionOf(call);
  call.cloud.kept.subscriptions.delete(call.name);
  return {};
}
