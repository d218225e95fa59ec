import { once } from "node:events";
import type { Notice } from "../core/gather-notices.ts";
import { openReceivers } from "../store/receivers.ts";
import type { NotifierPorts } from "./notifier.ts";
import { attempt } from "./tell-receiver.ts";

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

/** Whoever asks at a command line waits for two minutes, and is to hear who has answered. */
const longestMs = 90_000;

/**
 * Sends a message that says it is a test, to one receiver, to those of one entry, or to all. How each took it: who has
 * not answered within `withinMs` is cut off, and has not.
 */
export async function testReceivers(
  ports: Pick<NotifierPorts, "receivers" | "clock" | "organization" | "deliver">,
  name: string | undefined,
  by: string,
  withinMs = longestMs,
): Promise<readonly { readonly name: string; readonly ok: boolean; readonly reason?: string }[]> {
  const chosen = ports
    .receivers()
    .known.filter((one) => name === undefined || one.name === name || one.entries.includes(name));
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
  const end = AbortSignal.timeout(withinMs);
  // A mail may stand behind others, which this one does not cut off.
  const late = once(end, "abort").then(() => ({
    ok: false as const,
    reason: `no answer within ${withinMs / 1_000} s: it takes too long, or the mails before it do`,
  }));
  return Promise.all(
    chosen.map(async (receiver) => {
      const message = { id: `test/${at}`, organization: ports.organization(), notices: [notice] };
      const taken = await Promise.race([attempt(ports, receiver, message, end), late]);
      const delivery = !taken.ok && end.aborted ? await late : taken;
      return { name: receiver.name, ok: delivery.ok, ...(delivery.ok ? {} : { reason: delivery.reason }) };
    }),
  );
}
