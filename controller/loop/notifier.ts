import type { Clock } from "../core/ports.ts";
import { describe } from "../errors.ts";
import type { Deliver } from "../notify/deliver.ts";
import type { Store } from "../store/open.ts";
import { forgetReceivers, openReceivers, type ReceiverRow } from "../store/receivers.ts";
import type { Receiver } from "./receivers.ts";
import { tellReceiver } from "./tell-receiver.ts";

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

/** Tells receivers, each by itself: one that does not answer keeps no other waiting. */
export interface Notifier {
  /**
   * Begins to tell each receiver what is due, and waits for none. Who is being told is left alone until that has
   * ended. Throws what went wrong with one since the last look, beside that it did not take a message.
   */
  readonly look: () => Promise<void>;
  /** Nobody is being told any more. */
  readonly settled: () => Promise<void>;
  /** Cuts off what is under way; it is sent again under the same id by whoever looks next. */
  readonly stop: () => Promise<void>;
}

/**
 * Tells receivers what was sealed since they were told last: nothing is lost, and what was perhaps told already is told
 * again under the same id. What is not urgent waits for others.
 */
export function createNotifier(ports: NotifierPorts): Notifier {
  const ending = new AbortController();
  const underWay = new Map<string, Promise<void>>();
  const faults: unknown[] = [];

  async function tell(receiver: Receiver, opened: Promise<readonly ReceiverRow[]>): Promise<void> {
    // A database that does not answer is told by the look itself.
    const row = (await opened.catch(() => [])).find((one) => one.id === receiver.id);
    if (row !== undefined && !ending.signal.aborted) await tellReceiver(ports, receiver, row, ending.signal);
  }

  function begin(receiver: Receiver, opened: Promise<readonly ReceiverRow[]>): void {
    const work = tell(receiver, opened)
      .catch((error: unknown) => void faults.push(error))
      .finally(() => underWay.delete(receiver.id));
    underWay.set(receiver.id, work);
  }

  async function look(): Promise<void> {
    if (ending.signal.aborted) return;
    // Their state is read after they are marked: none is read while an earlier message of its own ends.
    const free = ports.receivers().known.filter((one) => !underWay.has(one.id));
    const opened = openReceivers(ports.store, free);
    for (const receiver of free) begin(receiver, opened);
    await opened;
    const [fault, ...others] = faults.splice(0);
    if (others.length > 0) throw allOf([fault, ...others]);
    if (fault !== undefined) throw fault;
  }

  const settled = async (): Promise<void> => void (await Promise.all(underWay.values()));
  const stop = async (): Promise<void> => {
    ending.abort();
    await settled();
  };
  return { look, settled, stop };
}

function allOf(faults: readonly unknown[]): AggregateError {
  const reasons = [...new Set(faults.map(describe))];
  return new AggregateError(faults, `${faults.length} receivers could not be told: ${reasons.join("; ")}`);
}

const day = 86_400_000;

/** Forgets receivers that nobody declares any more, and what was told days ago. */
export async function tidyReceivers({ store, clock, receivers }: NotifierPorts): Promise<void> {
  const { known, areAll } = receivers();
  const ids = known.map((one) => one.id);
  if (areAll) await forgetReceivers(store, ids, clock() - 2 * day);
}
