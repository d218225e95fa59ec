import fc from "fast-check";

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

const nat = fc.nat({ max: 999 });
const which = { act: nat, device: nat, replica: nat, person: nat };
const size = fc.constantFrom(1, 1, 2, 3, 4);
const needs = fc.constantFrom(1, 1, 2);
const word = fc.constantFrom("executed" as const, "executed" as const, "unknown" as const, "notNow" as const);

/** What one replica is told to do; numbers mean one of those that there are by then. */
const order = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("file" as const),
      size,
      needs,
      disrupts: fc.constantFrom(false, false, true),
      ...which,
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("approve" as const), ...which }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("break the glass" as const), ...which }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("approve something else" as const), ...which }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("send all" as const), ...which }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("send at the gate" as const), ...which }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("answer" as const), word, ...which }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("withdraw" as const), ...which }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("enroll again" as const), ...which }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("watch" as const), ...which }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("lift the breaker" as const), ...which }) },
);
export type Order = ReturnType<typeof order.generate>["value"];
export type OrderOf<T extends Order["type"]> = Extract<Order, { readonly type: T }>;

/** What replicas do at one moment, all at once, and how long it is until the next moment. */
export interface Moment {
  readonly orders: readonly Order[];
  readonly passMs: number;
}

export const moment: fc.Arbitrary<Moment> = fc.record({
  orders: fc.array(order, { minLength: 4, maxLength: 9 }),
  passMs: fc.constantFrom(0, 0, 7 * minute, 15 * minute, 15 * minute, 20 * minute, 6 * hour),
});

export interface Filed {
  readonly id: string;
  readonly digest: string;
  readonly targets: readonly { readonly n: number; readonly device: string; readonly epoch: number }[];
  readonly needs: number;
  readonly destroys: boolean;
  /** At which moment that was answered first. */
  withdrawn?: number;
  executed?: number;
}

/** A command that the gate let go to a device; `again` after an answer that put it off. */
export interface Sent {
  readonly moment: number;
  readonly at: number;
  readonly act: Filed;
  readonly n: number;
  readonly epoch: number;
  readonly command: string;
  readonly again: boolean;
}

export interface Given {
  readonly act: Filed;
  readonly person: string;
  readonly glass: boolean;
  readonly at: number;
}

/** What was seen from outside: who approved, what went out, when the breaker was on. */
export interface Seen {
  readonly sends: Sent[];
  readonly approvals: Given[];
  readonly acts: Filed[];
  /** Moments that began with the breaker on, and in which nobody lifted it. */
  readonly stopped: Set<number>;
  /** Commands that a device has answered with NotNow, once or more. */
  readonly putOff: Set<string>;
}
