import { daysLeft, expiryStep } from "../core/expiry.ts";
import { appendEventOnce } from "../store/events-once.ts";
import type { Store } from "../store/open.ts";

/** A certificate that must be renewed by a person before it ends. */
export interface Ending {
  /** Tells it from the one before it. */
  readonly topic: string;
  readonly notAfter: number;
}

/** Says that a push certificate ends, once for each of 60, 30, 14 and 7 days before, and when it has ended. */
export type ExpiryWatch = (now: number) => Promise<void>;

/** A watch over this certificate. However many replicas watch, and however often they start, each event is said once. */
export function watchExpiry(store: Store, { topic, notAfter }: Ending): ExpiryWatch {
  const told = new Set<number>();
  const ends = new Date(notAfter).toISOString();
  return async (now) => {
    const step = expiryStep(notAfter, now);
    if (step === undefined || told.has(step)) return;
    const days = daysLeft(notAfter, now);
    const what = step === 0 ? `ended on ${ends}: no device can be woken` : `ends in ${days} days, on ${ends}`;
    await appendEventOnce(store, {
      type: step === 0 ? "push-certificate.expired" : "push-certificate.expiring",
      subject: `${topic} ${ends} ${step}`,
      at: now,
      message: `the push certificate of topic ${topic} ${what}`,
    });
    told.add(step);
  };
}
