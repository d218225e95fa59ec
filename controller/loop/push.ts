import type { Clock, PushAddress } from "../core/ports.ts";
import type { Store } from "../store/open.ts";
import { claimPushes, type DuePush, giveBack, markTokenDead } from "../store/push.ts";

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
  /** Pushes that are sent within a second, at most: a commit that wakes a fleet is spread over time. */
  readonly perSecond?: number;
  readonly onOutcome: (outcome: PushOutcome["type"], reason?: string) => void;
}

const defaultPerSecond = 500;
const batch = 500;
const lanes = 50;
const retryMs = 60_000;
const maxRetryMs = 12 * 3_600_000;
const expiresAfterMs = 7 * 86_400_000;
/** So many pushes in a row of which none got through: the service or our certificate is at fault, not a device. */
const outage = 10;
const outageMs = 30_000;

/** Wakes the devices that are due, one batch at each call; how many pushes the service took. */
export type PushLoop = () => Promise<number>;

/**
 * Wakes the devices that are due, once each, and makes them due again at growing intervals until they connect. One
 * push serves any number of commands. What did not get through counts as no attempt, and while nothing does there is
 * a pause: when the service is back, nobody waits longer for it.
 */
export function createPushLoop(ports: PushLoopPorts): PushLoop {
  let pausedUntil = Number.NEGATIVE_INFINITY;
  const allowance = createAllowance(ports.perSecond ?? defaultPerSecond);
  return async () => {
    const at = ports.clock();
    if (at < pausedUntil && pausedUntil - at <= outageMs) return 0;
    const limit = Math.min(batch, allowance.left(at));
    const due = limit < 1 ? [] : await claimPushes(ports.store, { at, limit, retryMs, maxRetryMs });
    allowance.take(due.length);
    const outcomes = await inLanes(due, (one) => pushOne(ports, one));
    const reached = outcomes.filter((outcome) => outcome === "accepted" || outcome === "token-dead").length;
    if (reached === 0 && outcomes.length >= outage) pausedUntil = at + outageMs;
    return reached;
  };
}

/** A bucket that holds the pushes of one second and fills as time goes by; a clock that jumps back adds nothing. */
function createAllowance(perSecond: number) {
  let tokens = perSecond;
  let filledAt = Number.NEGATIVE_INFINITY;
  return {
    left(at: number): number {
      const elapsed = filledAt === Number.NEGATIVE_INFINITY ? 0 : Math.max(0, at - filledAt);
      tokens = Math.min(perSecond, tokens + (elapsed * perSecond) / 1_000);
      filledAt = at;
      return Math.floor(tokens);
    },
    take(count: number): void {
      tokens -= count;
    },
  };
}

async function inLanes<In, Out>(items: readonly In[], work: (item: In) => Promise<Out>): Promise<Out[]> {
  const waiting = [...items];
  const done: Out[] = [];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) done.push(await work(next));
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
  return done;
}

async function pushOne(ports: PushLoopPorts, due: DuePush): Promise<PushOutcome["type"]> {
  const { store, clock } = ports;
  const expiresAt = clock() + expiresAfterMs;
  const outcome = await ports.push(due.address, { urgent: due.pushes === 0, expiresAt });
  ports.onOutcome(outcome.type, outcome.type === "configuration" ? outcome.reason : undefined);
  if (outcome.type === "token-dead") await markTokenDead(store, due.channel, outcome.since ?? due.at);
  const again = retryAfter(outcome);
  if (again !== undefined) await giveBack(store, due.channel, clock() + again);
  return outcome.type;
}

/** When the last push was that the service took, from how often it was and when the next is due; epoch ms. */
export function lastPushAt(pushes: number, dueAt: number): number {
  return dueAt - Math.min(retryMs * 2 ** Math.min(pushes - 1, 20), maxRetryMs);
}

const shortestRetryMs = 5_000;
/** What the service says of one token (Apple: "Handling notification responses from APNs"); the others may be in order. */
const ofOneToken: ReadonlySet<string> = new Set([
  "BadDeviceToken",
  "DeviceTokenNotForTopic",
  "MissingDeviceToken",
]);

/** When a push that did not get through is repeated, ms; undefined where it waits its growing time. */
function retryAfter(outcome: PushOutcome): number | undefined {
  if (outcome.type === "retry") return Math.max(shortestRetryMs, outcome.afterMs ?? retryMs);
  return outcome.type === "configuration" && !ofOneToken.has(outcome.reason) ? retryMs : undefined;
}
