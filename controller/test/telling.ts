import type { Topic } from "../core/notice.ts";
import { createNotifier, type NotifierPorts } from "../loop/notifier.ts";
import type { Receiver } from "../loop/receivers.ts";
import type { Address, Deliver } from "../notify/deliver.ts";
import { sealEvents } from "../store/event-seals.ts";
import type { Installation } from "./installation.ts";

const all: readonly Topic[] = [
  "held",
  "approved",
  "refused",
  "stopped",
  "warning",
  "enrolled",
  "stalled",
  "unreachable",
  "act",
];

/** A receiver of the configuration. */
export function to(name: string, address: Address): Receiver {
  return { id: `configuration/${name}`, name, entries: [name], on: all, address: () => address };
}

/** Rounds of the notifier after everything was sealed, as the leader makes them; each waits for its deliveries. */
export function roundsOf(house: Installation, deliver: Deliver, known: readonly Receiver[]) {
  const ports: NotifierPorts = {
    store: house.store,
    clock: house.world.now,
    deliver,
    receivers: () => ({ known, areAll: true }),
    organization: () => "acme",
    digestMs: 15 * 60_000,
  };
  const notifier = createNotifier(ports);
  /** As the leader does it: waits for nobody. */
  const look = async (): Promise<void> => {
    while ((await sealEvents(house.store, 10_000)) > 0);
    await notifier.look();
  };
  const round = async (): Promise<void> => {
    await look();
    await notifier.settled();
  };
  return Object.assign(round, { ports, look, stop: notifier.stop, settled: notifier.settled });
}
