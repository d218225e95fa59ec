import { gatherNotices, isAnyUrgent, type Notice } from "../core/gather-notices.ts";
import type { Clock } from "../core/ports.ts";
import { describe } from "../errors.ts";
import type { Deliver } from "../notify/deliver.ts";
import type { Message } from "../notify/message.ts";
import { listDevices } from "../store/devices.ts";
import type { Store } from "../store/open.ts";
import {
  beginMessage,
  forgetReceivers,
  messageRefused,
  messageTaken,
  openReceivers,
  passOver,
  type ReceiverRow,
  sealedAfter,
  toldSince,
} from "../store/receivers.ts";
import type { Receiver } from "./receivers.ts";

export interface NotifierPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly deliver: Deliver;
  /** As configuration and manifests say now. Not all are known while no revision is in force. */
  readonly receivers: () => { readonly known: readonly Receiver[]; readonly areAll: boolean };
  readonly organization: () => string;
  /** How long what is not urgent waits for others. */
  readonly digestMs: number;
}

const day = 86_400_000;
/** Of one reading; more come with the next message. */
const mostEvents = 5_000;
const firstRetryMs = 30_000;
const longestRetryMs = 60 * 60_000;

/**
 * Tells receivers what was sealed since they were told last: nothing is lost, and what was perhaps told already is told
 * again under the same id. What is not urgent waits for others. A receiver that does not answer keeps no other waiting.
 */
export async function notify(ports: NotifierPorts): Promise<void> {
  const { known: receivers } = ports.receivers();
  const rows = await openReceivers(ports.store, receivers);
  const byId = new Map(rows.map((row) => [row.id, row]));
  await Promise.all(
    receivers.map(async (receiver) => {
      const row = byId.get(receiver.id);
      if (row !== undefined) await tell(ports, receiver, row);
    }),
  );
}

/** Forgets receivers that nobody declares any more, and what was told days ago. */
export async function tidyReceivers({ store, clock, receivers }: NotifierPorts): Promise<void> {
  const { known, areAll } = receivers();
  const ids = known.map((one) => one.id);
  if (areAll) await forgetReceivers(store, ids, clock() - 2 * day);
}

async function tell(ports: NotifierPorts, receiver: Receiver, row: ReceiverRow): Promise<void> {
  const { store, clock } = ports;
  const now = clock();
  // One that lies further ahead than any was set by a clock that has been put back since.
  if (row.retryAt !== undefined && row.retryAt > now && row.retryAt <= now + longestRetryMs) return;
  const { until, events, isAll } = await sealedAfter(store, row.toldUntil, row.messageUntil, mostEvents);
  if (until <= row.toldUntil) return;
  const found = gatherNotices(events, receiver.on);
  const known = await toldSince(
    store,
    row.id,
    found.map((one) => one.key),
    now - day,
  );
  const notices = found.filter((one) => !known.has(one.key));
  if (notices.length === 0) return passOver(store, row.id, until);
  const oldest = Math.min(...notices.map((one) => one.at));
  const isDue =
    row.messageUntil !== undefined || !isAll || isAnyUrgent(notices) || oldest <= now - ports.digestMs;
  if (!isDue) return;
  await beginMessage(store, row.id, until);
  const message = await messageOf(ports, `${row.id}/${row.toldUntil + 1}-${until}`, notices);
  const delivery = await attempt(ports, receiver, message);
  if (delivery.ok) {
    const keys = notices.map((one) => one.key);
    return messageTaken(store, row.id, keys, clock());
  }
  const wait = Math.max(
    delivery.afterMs ?? 0,
    Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(row.tries, 12)),
  );
  await messageRefused(store, row.id, { reason: delivery.reason, retryAt: clock() + wait, at: clock() });
}

async function attempt(ports: NotifierPorts, receiver: Receiver, message: Message): ReturnType<Deliver> {
  try {
    return await ports.deliver(receiver.address(), message, ports.clock());
  } catch (error) {
    return { ok: false, reason: describe(error) };
  }
}

async function messageOf(ports: NotifierPorts, id: string, notices: readonly Notice[]): Promise<Message> {
  const ids = [...new Set(notices.flatMap((one) => one.examples))];
  const rows = ids.length === 0 ? [] : await listDevices(ports.store, { ids, limit: ids.length });
  const names = new Map(rows.map(({ id: device, alias, serial }) => [device, alias ?? serial ?? device]));
  const named = notices.map((one) => ({
    ...one,
    examples: one.examples.map((device) => names.get(device) ?? device),
  }));
  return { id, organization: ports.organization(), notices: named };
}

/** How each receiver stands, for people. */
export interface ReceiverView {
  readonly name: string;
  readonly on: readonly string[];
  readonly sentAt?: number;
  readonly failingSince?: number;
  readonly failure?: string;
}

/** The receivers that there are now, and how far and how well they were told; holds no address. */
export async function viewReceivers(ports: NotifierPorts): Promise<readonly ReceiverView[]> {
  const { known: receivers } = ports.receivers();
  const rows = await openReceivers(ports.store, receivers);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return receivers.map(({ id, name, on }) => {
    const { sentAt, failingSince, failure } = byId.get(id) ?? {};
    return {
      name,
      on,
      ...(sentAt === undefined ? {} : { sentAt }),
      ...(failingSince === undefined ? {} : { failingSince }),
      ...(failure === undefined ? {} : { failure }),
    };
  });
}

/** Sends a message that says it is a test, to one receiver or all. How each took it. */
export async function testReceivers(
  ports: NotifierPorts,
  name: string | undefined,
  by: string,
): Promise<readonly { readonly name: string; readonly ok: boolean; readonly reason?: string }[]> {
  const chosen = ports.receivers().known.filter((one) => name === undefined || one.name === name);
  const at = ports.clock();
  const notice: Notice = {
    topic: "warning",
    key: "test",
    type: "notification.test",
    message: "this is a test, asked for by hand",
    by,
    devices: 0,
    examples: [],
    at,
  };
  return Promise.all(
    chosen.map(async (receiver) => {
      const message = { id: `test/${at}`, organization: ports.organization(), notices: [notice] };
      const delivery = await attempt(ports, receiver, message);
      return { name: receiver.name, ok: delivery.ok, ...(delivery.ok ? {} : { reason: delivery.reason }) };
    }),
  );
}
