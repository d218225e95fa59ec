import type { NotificationEvent } from "./generated/manifest.ts";
import type { Event } from "./ledger.ts";

/** What somebody can ask to be told of, as `notifications[].on` names it. */
export type Topic = NotificationEvent;

const isTopic: Readonly<Record<Topic, true>> = {
  refused: true,
  held: true,
  approved: true,
  stalled: true,
  drift: true,
  budget: true,
  frozen: true,
  unreachable: true,
  certificate: true,
  enrolled: true,
  left: true,
  act: true,
  rollout: true,
  stopped: true,
  exemption: true,
  warning: true,
};

export const topics = Object.keys(isTopic) as readonly Topic[];

/** Beginnings of the types of events, the first that fits decides. */
const beginnings: readonly (readonly [string, Topic])[] = [
  ["revision.refused", "refused"],
  ["act.held", "held"],
  ["act.approved", "approved"],
  ["act.ready", "approved"],
  ["act.", "act"],
  ["gate.break-glass", "stopped"],
  ["gate.", "stopped"],
  ["store.behind", "stopped"],
  ["concern.stalled", "stalled"],
  ["item.violated", "drift"],
  ["item.drifted", "drift"],
  ["removals.frozen", "frozen"],
  ["changes.armed", "stopped"],
  ["removals.waiting", "budget"],
  ["isolating.waiting", "budget"],
  ["device.silent", "unreachable"],
  ["device.enrolled", "enrolled"],
  ["device.left", "left"],
  ["lifecycle.erasure-failed", "warning"],
  ["lifecycle.", "left"],
  ["rollout.", "rollout"],
  ["exemption.", "exemption"],
  ["halted", "stopped"],
  ["unhalted", "stopped"],
  ["suspended", "stopped"],
  ["resumed", "stopped"],
  ["concern.began", "warning"],
  ["device.quarantined", "warning"],
  ["device.rival", "warning"],
  ["enrollment.refused", "warning"],
  ["identity.unvouched", "warning"],
  ["clock.backwards", "warning"],
  ["policy.foreign", "warning"],
  ["policy.refused", "warning"],
  ["licence.lost", "warning"],
  ["enrollment-server.looped", "warning"],
  ["enrollment-server.trouble", "warning"],
  ["seal.", "warning"],
];

/** What an event is about for those who are told; undefined: nobody is told of it. */
export function topicOf({ type, message }: Pick<Event, "type" | "message">): Topic | undefined {
  // What ends by itself has types of its own for each thing: `push-certificate.expiring`, `content-token.expired`.
  if (/\.(expiring|expired)$/.test(type) && !type.startsWith("act.") && !type.startsWith("exemption."))
    return "certificate";
  // Sent is not ended; what becomes of it is told.
  if (type === "act.sent") return undefined;
  if (type === "gate.refused") return /budget|ceiling|room/.test(message) ? "budget" : "act";
  return beginnings.find(([beginning]) => type.startsWith(beginning))?.[1];
}

// What is approved can be stopped while it cools off, and not when the digest of a quarter of an hour comes.
const urgent: ReadonlySet<Topic> = new Set(["refused", "held", "approved", "frozen", "rollout", "stopped"]);

/** True for what is told at once; the rest waits for others of its kind. */
export function isUrgent(topic: Topic): boolean {
  return urgent.has(topic);
}
