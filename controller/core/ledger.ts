import type { CommandClass, Intent } from "./intent.ts";
import type { DeviceError } from "./report.ts";

/** Statuses of a sent command (docs/commands.md); `waiting` and `notified` are views, not rows. */
export type CommandStatus =
  | "sent"
  | "notNow"
  | "executed"
  | "failed"
  | "not-notified"
  | "abandoned"
  | "unknown";

/** A change of the ledger that is written in the transaction of the decision, before the bytes leave. */
export type LedgerChange =
  | {
      readonly type: "sent";
      readonly id: string;
      readonly intent: Intent;
      readonly requestType: string;
      readonly class: CommandClass;
      readonly attempt: number;
      readonly at: number;
    }
  | {
      readonly type: "closed";
      readonly id: string;
      readonly status: Exclude<CommandStatus, "sent">;
      readonly errors?: readonly DeviceError[];
      readonly note?: string;
      readonly at: number;
      /** NotNow: when the command was sent that it answers. */
      readonly sentAt?: number;
    };

/** Something that happened, for `reeve events`; never holds a secret. */
export interface Event {
  readonly type: string;
  readonly at: number;
  readonly device?: string;
  readonly subject?: string;
  readonly message: string;
  /** What devices or persons are called in the message: it is kept apart, so that it can be erased. */
  readonly words?: readonly string[];
  readonly by?: string;
  readonly revision?: string;
}
