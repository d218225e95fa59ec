import { gatherNotices, isAnyUrgent, type Notice, toldKeys } from "../core/gather-notices.ts";
import { describe } from "../errors.ts";
import type { Deliver } from "../notify/deliver.ts";
import type { Message } from "../notify/message.ts";
import {
  beginMessage,
  endTold,
  messageRefused,
  messageTaken,
  passOver,
  type ReceiverRow,
  sealedAfter,
  toldSince,
} from "../store/receivers.ts";
import { deviceNames } from "./device-names.ts";
import type { NotifierPorts } from "./notifier.ts";
import type { Receiver } from "./receivers.ts";

const day = 86_400_000;
/** Of one reading; more come with the next message. */
const mostEvents = 5_000;
const firstRetryMs = 30_000;
const longestRetryMs = 60 * 60_000;

/**
 * Tells a receiver what was sealed since it was told last, when it is due. One that is cut off by `signal` stays as it
 * is: nobody knows whether it arrived, and it is sent again under the same id.
 */
export async function tellReceiver(
  ports: NotifierPorts,
  receiver: Receiver,
  row: ReceiverRow,
  signal: AbortSignal,
): Promise<void> {
  const { store, clock } = ports;
  const now = clock();
  // One that lies further ahead than any was set by a clock that has been put back since.
  if (row.retryAt !== undefined && row.retryAt > now && row.retryAt <= now + longestRetryMs) return;
  const { until, events, isAll } = await sealedAfter(store, row.toldUntil, row.messageUntil, mostEvents);
  if (until <= row.toldUntil) return row.messageUntil === undefined ? undefined : endTold(store, row.id);
  const known = await toldSince(store, row.id, toldKeys(events, receiver.on), now - day);
  const notices = gatherNotices(events, receiver.on, known);
  if (notices.length === 0) return passOver(store, row.id, until);
  const oldest = Math.min(...notices.map((one) => one.at));
  const isDue =
    row.messageUntil !== undefined || !isAll || isAnyUrgent(notices) || oldest <= now - ports.digestMs;
  if (!isDue) return;
  if (!(await beginMessage(store, row, until))) return;
  // The time tells apart histories that count alike: those of two installations, and of one before and after a loss.
  const id = `${row.id}/${row.toldUntil + 1}-${until}-${events[0]?.at.toString(36)}`;
  const message = await messageOf(ports, id, notices);
  const delivery = await attempt(ports, receiver, message, signal);
  if (delivery.ok) {
    const keys = notices.flatMap((one) => one.toldAs);
    return messageTaken(store, { id: row.id, until, keys, at: clock() });
  }
  if (signal.aborted) return;
  const wait = Math.max(
    delivery.afterMs ?? 0,
    Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(row.tries, 12)),
  );
  await messageRefused(store, {
    id: row.id,
    until,
    reason: delivery.reason,
    retryAt: clock() + wait,
    at: clock(),
  });
}

/** Delivers a message, whatever becomes of it: also a secret that cannot be read is a reason. */
export async function attempt(
  ports: Pick<NotifierPorts, "deliver" | "clock">,
  receiver: Receiver,
  message: Message,
  signal?: AbortSignal,
): ReturnType<Deliver> {
  try {
    return await ports.deliver(receiver.address(), message, ports.clock(), signal);
  } catch (error) {
    return { ok: false, reason: describe(error) };
  }
}

async function messageOf(ports: NotifierPorts, id: string, notices: readonly Notice[]): Promise<Message> {
  const names = await deviceNames(
    ports.store,
    notices.flatMap((one) => one.examples),
  );
  const named = notices.map((one) => ({
    ...one,
    examples: one.examples.map((device) => names.get(device) ?? device),
  }));
  return { id, organization: ports.organization(), notices: named };
}
