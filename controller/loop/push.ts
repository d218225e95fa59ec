import type { Clock, PushAddress } from "../core/ports.ts";
import type { Store } from "../store/open.ts";
import { claimPushes, type DuePush, markDue, markTokenDead } from "../store/push.ts";

/** What the push service answered. */
export type PushOutcome =
  | { readonly type: "accepted" }
  /** The device no longer has this token, as of `since`. */
  | { readonly type: "token-dead"; readonly since?: number | undefined }
  /** Our own certificate or topic is wrong: no device is to blame. */
  | { readonly type: "configuration"; readonly reason: string }
  | { readonly type: "retry"; readonly afterMs?: number | undefined };

export type Push = (
  address: PushAddress,
  options: { readonly urgent: boolean; readonly expiresAt: number },
) => Promise<PushOutcome>;

export interface PushLoopPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly push: Push;
  readonly onOutcome: (outcome: PushOutcome["type"], reason?: string) => void;
}

const batch = 500;
const lanes = 50;
const retryMs = 60_000;
const maxRetryMs = 12 * 3_600_000;
const expiresAfterMs = 7 * 86_400_000;

/**
 * Wakes the devices that are due, once each, and makes them due again at growing intervals until they connect.
 * Returns how many pushes were sent. One push serves any number of commands.
 */
export async function pushDue(ports: PushLoopPorts): Promise<number> {
  const due = await claimPushes(ports.store, { at: ports.clock(), limit: batch, retryMs, maxRetryMs });
  const waiting = [...due];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await pushOne(ports, next);
  };
  await Promise.all(Array.from({ length: Math.min(lanes, due.length) }, work));
  return due.length;
}

async function pushOne(ports: PushLoopPorts, due: DuePush): Promise<void> {
  const expiresAt = ports.clock() + expiresAfterMs;
  const outcome = await ports.push(due.address, { urgent: due.pushes === 0, expiresAt });
  ports.onOutcome(outcome.type, outcome.type === "configuration" ? outcome.reason : undefined);
  if (outcome.type === "token-dead") await markTokenDead(ports.store, due.channel, outcome.since ?? due.at);
  if (outcome.type === "retry")
    await markDue(ports.store, [due.device], ports.clock() + (outcome.afterMs ?? 5_000));
}
