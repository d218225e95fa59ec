import { daysLeft, expiryStep } from "../core/expiry.ts";
import { appendEventOnce } from "../store/events-once.ts";
import type { Store } from "../store/open.ts";

/** A certificate that must be renewed by a person before it ends. */
export interface Ending {
  /** Tells it from the one before it. */
  readonly topic: string;
  readonly notAfter: number;
}

/** What ends, in the words of its events. */
interface Words {
  /** The beginning of the events' type. */
  readonly type: string;
  readonly what: string;
  readonly lost: string;
}

/** Says that something ends, once for each of 60, 30, 14 and 7 days before, and when it has ended. */
export type ExpiryWatch = (now: number) => Promise<void>;

/** A watch over this certificate, or over what `words` say. However many replicas watch, and however often they start, each event is said once. */
export function watchExpiry(
  store: Store,
  { topic, notAfter }: Ending,
  words: Words = pushWords(topic),
): ExpiryWatch {
  const told = new Set<number>();
  const ends = new Date(notAfter).toISOString();
  return async (now) => {
    const step = expiryStep(notAfter, now);
    if (step === undefined || told.has(step)) return;
    const days = daysLeft(notAfter, now);
    const what = step === 0 ? `ended on ${ends}: ${words.lost}` : `ends in ${days} days, on ${ends}`;
    await appendEventOnce(store, {
      type: `${words.type}.${step === 0 ? "expired" : "expiring"}`,
      subject: `${topic} ${ends} ${step}`,
      at: now,
      message: `${words.what} ${what}`,
    });
    told.add(step);
  };
}

function pushWords(topic: string): Words {
  return {
    type: "push-certificate",
    what: `the push certificate of topic ${topic}`,
    lost: "no device can be woken",
  };
}
