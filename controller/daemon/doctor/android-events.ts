import type { Google } from "../../android/google.ts";
import { isObject, type JsonObject, listAt, objectAt, textAt } from "../../android/json-object.ts";
import type { Finding } from "../../cli/doctor.ts";
import { describe, Stalled, UserError } from "../../errors.ts";
import {
  eventTypes,
  publisher,
  publisherRole,
  type Subscription,
  subscriptionOf,
} from "../../loop/android/subscribe.ts";

const check = "Android events";

/** Whether what happens to devices is published, and can be taken. `enterprise` is Google's record; nothing is written. */
export async function checkEvents(
  google: Google,
  project: string,
  enterprise: JsonObject,
): Promise<readonly Finding[]> {
  const names = subscriptionOf(textAt(enterprise, "name") ?? "", project);
  try {
    const found = [
      ...(await topicFindings(google, names)),
      ...(await subscriptionFindings(google, names)),
      ...publishing(enterprise, names.topic),
    ];
    return found.length > 0
      ? found
      : [{ check, status: "pass", says: `they are taken from ${names.subscription}` }];
  } catch (error) {
    return [unable(error, project)];
  }
}

function unable(error: unknown, project: string): Finding {
  const isForbidden = error instanceof UserError && error.code === "google-permission";
  const hint = `Enable the Pub/Sub API in ${project}, and give the service account the role Pub/Sub Admin there.`;
  return { check, status: "fail", says: describe(error), ...(isForbidden ? { hint } : {}) };
}

const daemonMakes = "A running daemon makes it. If one runs, `reeve status` says why it has not.";

function toBeMade(says: string): Finding {
  return { check, status: "warn", says, hint: daemonMakes };
}

async function topicFindings(google: Google, { topic }: Subscription): Promise<readonly Finding[]> {
  const found = await thereOrNot(
    google.messages({}, (client, common) => client.projects.topics.getIamPolicy({ resource: topic }, common)),
  );
  if (found === undefined) return [toBeMade(`there is no topic ${topic}`)];
  const may = listAt(found, "bindings")
    .filter(isObject)
    .some((one) => one.role === publisherRole && listAt(one, "members").includes(publisher));
  return may
    ? []
    : [toBeMade(`Google may not publish to ${topic}: ${publisher} has not the role Pub/Sub Publisher`)];
}

/** Handling what was taken lasts for a round of Google's, or some. */
const leastDeadline = 60;

async function subscriptionFindings(
  google: Google,
  { topic, subscription }: Subscription,
): Promise<readonly Finding[]> {
  const found = await thereOrNot(
    google.messages({}, (client, common) => client.projects.subscriptions.get({ subscription }, common)),
  );
  if (found === undefined) return [toBeMade(`there is no subscription ${subscription}`)];
  const findings: Finding[] = [];
  const add = (status: "warn" | "fail", says: string, hint: string): void =>
    void findings.push({ check, status, says: `${subscription} ${says}`, hint });
  const reads = textAt(found, "topic");
  if (reads !== topic) add("fail", `reads ${reads ?? "nothing"}, and not ${topic}`, deleteIt);
  const endpoint = textAt(objectAt(found, "pushConfig") ?? {}, "pushEndpoint");
  if (endpoint !== undefined) add("fail", "pushes its messages elsewhere: nothing is left to take", deleteIt);
  const seconds = Number(found.ackDeadlineSeconds ?? 10);
  if (seconds < leastDeadline)
    add(
      "warn",
      `gives a message anew after ${seconds} s, while it is being taken`,
      "Set its acknowledgement deadline to 120 s.",
    );
  const ttl = textAt(objectAt(found, "expirationPolicy") ?? {}, "ttl");
  if (ttl !== undefined)
    add("warn", `is deleted when nobody reads it for ${days(ttl)}`, "Set it to never expire.");
  return findings;
}

const deleteIt = "Delete it in the Google Cloud console: a running daemon makes it anew.";

function days(ttl: string): string {
  const seconds = Number.parseFloat(ttl);
  return Number.isFinite(seconds) ? `${Math.round(seconds / 86_400)} d` : "a while";
}

function publishing(enterprise: JsonObject, topic: string): readonly Finding[] {
  const to = textAt(enterprise, "pubsubTopic");
  if (to === undefined) return [toBeMade("Google publishes nothing about the enterprise yet")];
  if (to !== topic) {
    const hint =
      "Clear the enterprise's pubsubTopic, if nobody reads there any more; or unset android.project.";
    return [{ check, status: "fail", says: `they go to ${to}, and not to ${topic}`, hint }];
  }
  const enabled = listAt(enterprise, "enabledNotificationTypes");
  const missing = eventTypes.filter((one) => !enabled.includes(one));
  return missing.length === 0 ? [] : [toBeMade(`Google does not publish ${missing.join(", ")}`)];
}

async function thereOrNot(call: Promise<{ readonly type: string; readonly data?: unknown }>) {
  try {
    const answer = await call;
    return isObject(answer.data) ? answer.data : {};
  } catch (error) {
    if (error instanceof Stalled && error.code === "google-gone") return undefined;
    throw error;
  }
}
