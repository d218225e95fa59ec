import type { Google } from "../../android/google.ts";
import { isObject, type JsonObject, listAt, objectAt, textAt } from "../../android/json-object.ts";
import { Stalled, UserError } from "../../errors.ts";

/** What Google publishes about an enterprise, and where it is read. */
export interface Subscription {
  readonly enterprise: string;
  readonly topic: string;
  readonly subscription: string;
}

/** Where Google pushes what it publishes, and what its tokens say. */
export interface PushTarget {
  readonly endpoint: string;
  readonly serviceAccount: string;
  readonly audience: string;
}

/** Names of our own for an enterprise, in a Google Cloud project. */
export function subscriptionOf(enterprise: string, project: string): Subscription {
  const id = `reeve-${enterprise.slice(enterprise.indexOf("/") + 1)}`;
  return {
    enterprise,
    topic: `projects/${project}/topics/${id}`,
    subscription: `projects/${project}/subscriptions/${id}`,
  };
}

/** What is heard of: devices that enroll, what devices report, commands that ended, and where lost devices are. */
export const eventTypes: readonly string[] = ["ENROLLMENT", "STATUS_REPORT", "COMMAND", "USAGE_LOGS"];

/** Who publishes, and the role that it needs (Android Management API, Pub/Sub notifications). */
export const publisher = "serviceAccount:android-cloud-policy@system.gserviceaccount.com";
export const publisherRole = "roles/pubsub.publisher";

/**
 * True afterwards: the topic and its subscription are there, Google may publish to it, and does. What is right already
 * is not written. Throws UserError where events of the enterprise go elsewhere: they are not taken away from there.
 */
export async function subscribe(google: Google, names: Subscription, push?: PushTarget): Promise<void> {
  const { enterprise, topic, subscription } = names;
  await thereOrMade(
    google.messages({}, (client, common) => client.projects.topics.get({ topic }, common)),
    () => google.messages({}, (client, common) => client.projects.topics.create({ name: topic }, common)),
  );
  await letPublish(google, topic);
  await subscribed(google, { topic, subscription, push });
  await publishTo(google, enterprise, topic);
}

async function thereOrMade(there: Promise<unknown>, make: () => Promise<unknown>): Promise<void> {
  try {
    await there;
  } catch (error) {
    if (!(error instanceof Stalled && error.code === "google-gone")) throw error;
    await make();
  }
}

/** A subscription that is pulled may become one that is pushed, and the other way round: nothing of it is lost. */
async function subscribed(
  google: Google,
  {
    topic,
    subscription,
    push,
  }: Pick<Subscription, "topic" | "subscription"> & { push: PushTarget | undefined },
): Promise<void> {
  const pushConfig: PushConfig =
    push === undefined
      ? {}
      : {
          pushEndpoint: push.endpoint,
          oidcToken: { serviceAccountEmail: push.serviceAccount, audience: push.audience },
        };
  // One that nobody reads for a month would else be deleted.
  const wished = { topic, ackDeadlineSeconds: 120, expirationPolicy: {}, pushConfig };
  let there: JsonObject;
  try {
    const answer = await google.messages({}, (client, common) =>
      client.projects.subscriptions.get({ subscription }, common),
    );
    there = answer.type === "answer" && isObject(answer.data) ? answer.data : {};
  } catch (error) {
    if (!(error instanceof Stalled && error.code === "google-gone")) throw error;
    await google.messages({}, (client, common) =>
      client.projects.subscriptions.create({ name: subscription, requestBody: wished }, common),
    );
    return;
  }
  if (isSame(objectAt(there, "pushConfig"), pushConfig)) return;
  await google.messages({}, (client, common) =>
    client.projects.subscriptions.modifyPushConfig({ subscription, requestBody: { pushConfig } }, common),
  );
}

interface PushConfig {
  readonly pushEndpoint?: string;
  readonly oidcToken?: { readonly serviceAccountEmail: string; readonly audience: string };
}

function isSame(there: JsonObject | undefined, { pushEndpoint, oidcToken }: PushConfig): boolean {
  const token = objectAt(there, "oidcToken");
  return (
    textAt(there, "pushEndpoint") === pushEndpoint &&
    textAt(token, "serviceAccountEmail") === oidcToken?.serviceAccountEmail &&
    textAt(token, "audience") === oidcToken?.audience
  );
}

async function letPublish(google: Google, resource: string): Promise<void> {
  const answer = await google.messages({}, (client, common) =>
    client.projects.topics.getIamPolicy({ resource }, common),
  );
  const policy: JsonObject = answer.type === "answer" && isObject(answer.data) ? answer.data : {};
  const bindings = listAt(policy, "bindings").filter(isObject);
  if (bindings.some((one) => one.role === publisherRole && listAt(one, "members").includes(publisher)))
    return;
  const requestBody = {
    policy: { ...policy, bindings: [...bindings, { role: publisherRole, members: [publisher] }] },
  };
  await google.messages({}, (client, common) =>
    client.projects.topics.setIamPolicy({ resource, requestBody }, common),
  );
}

async function publishTo(google: Google, name: string, topic: string): Promise<void> {
  const answer = await google.manage({ urgency: "sync" }, (client, common) =>
    client.enterprises.get({ name }, common),
  );
  const enterprise = answer.type === "answer" && isObject(answer.data) ? answer.data : {};
  const elsewhere = textAt(enterprise, "pubsubTopic");
  if (elsewhere !== undefined && elsewhere !== topic)
    throw new UserError("google-events", `events of ${name} go to ${elsewhere}`, {
      hint: "Clear the enterprise's pubsubTopic, if nobody reads there any more; or unset android.project.",
    });
  const enabled = listAt(enterprise, "enabledNotificationTypes").filter((one) => typeof one === "string");
  if (elsewhere === topic && eventTypes.every((one) => enabled.includes(one))) return;
  const requestBody = {
    pubsubTopic: topic,
    enabledNotificationTypes: [...new Set([...enabled, ...eventTypes])],
  };
  await google.manage({ urgency: "sync" }, (client, common) =>
    client.enterprises.patch(
      { name, updateMask: "pubsubTopic,enabledNotificationTypes", requestBody },
      common,
    ),
  );
}
