import { type Cloud, nextNumber } from "../cloud.ts";
import type { Message, Topic } from "./topics.ts";

export type NotificationType =
  | "ENROLLMENT"
  | "STATUS_REPORT"
  | "COMMAND"
  | "USAGE_LOGS"
  | "ENTERPRISE_UPGRADE"
  | "TEST";

/** What goes wrong with messages of a type, or of any: so many times, or always. */
export type PubSubFault = {
  readonly type?: NotificationType;
  readonly times?: number;
  /** `reorder` puts a message before those that wait already; `delay` keeps it back for so long. */
  readonly does: "duplicate" | "lose" | "reorder" | { readonly delay: number };
};

const PUBLISHER = "roles/pubsub.publisher";
const SERVICE = "serviceAccount:android-cloud-policy@system.gserviceaccount.com";

/** Publishes a notification of an enterprise: its body as data, its type as an attribute. Only then is it made. */
export function publish(
  cloud: Cloud,
  enterprise: string,
  type: NotificationType,
  body: () => object | undefined,
): void {
  const settings = cloud.kept.enterprises.get(enterprise)?.body;
  const topic = cloud.kept.topics.get(String(settings?.pubsubTopic ?? ""));
  const enabled = (settings?.enabledNotificationTypes ?? []) as readonly string[];
  const isAlways = type === "TEST" || type === "ENTERPRISE_UPGRADE";
  const isAny = enabled.length === 0 && !cloud.knobs.noTypesMeansNone;
  if (topic === undefined || !(isAlways || isAny || enabled.includes(type))) return;
  if (cloud.knobs.publisherRoleNeeded && !mayPublish(topic)) return;
  const made = body();
  const data = made === undefined ? {} : { data: Buffer.from(JSON.stringify(made)).toString("base64") };
  deliver(cloud, topic, { attributes: { notificationType: type }, ...data });
}

function mayPublish({ bindings }: Topic): boolean {
  return bindings.some(({ role, members }) => role === PUBLISHER && members.includes(SERVICE));
}

/** Puts a message into all subscriptions of a topic, and says its id. */
export function deliver(cloud: Cloud, topic: Topic, given: Pick<Message, "attributes" | "data">): string {
  const messageId = String(7_000_000_000_000 + nextNumber(cloud));
  const message = { ...given, messageId, publishTime: new Date(cloud.now()).toISOString() };
  const fault = faultFor(cloud, given.attributes?.notificationType);
  if (fault === "lose") return messageId;
  for (const subscription of cloud.kept.subscriptions.values()) {
    if (subscription.topic !== topic.name) continue;
    for (let copy = 0; copy < (fault === "duplicate" ? 2 : 1); copy++) {
      const notBefore = cloud.now() + (typeof fault === "object" ? fault.delay : 0);
      const waiting = { message, publishedAt: cloud.now(), notBefore, deliveries: 0, ackId: "" };
      if (fault === "reorder") subscription.waiting.unshift(waiting);
      else subscription.waiting.push(waiting);
    }
  }
  return messageId;
}

function faultFor({ kept }: Cloud, type: string | undefined): PubSubFault["does"] | undefined {
  const at = kept.pubsubFaults.findIndex((fault) => fault.type === undefined || fault.type === type);
  const fault = kept.pubsubFaults[at];
  if (fault === undefined) return undefined;
  if (fault.left <= 1) kept.pubsubFaults.splice(at, 1);
  else fault.left -= 1;
  return fault.does;
}
