import type { ActTarget } from "./act.ts";
import type { ChannelState } from "./channel.ts";
import type { Granted } from "./granted.ts";
import { nothingObserved, type Observed } from "./observed.ts";

/** Everything that decides what one channel gets next. */
export interface Situation {
  /** Device id and channel id; ids of commands and offsets of schedules derive from them. */
  readonly device: string;
  readonly channel: string;
  readonly epoch: number;
  /** `queries` for a quarantined epoch. */
  readonly allows: "all" | "queries";
  /** Absent until admission has seen the device: then only what admission needs is asked for. */
  readonly granted: Granted | undefined;
  readonly observed: Observed;
  readonly state: ChannelState;
  readonly acts: readonly ActTarget[];
  /** The kill switch: nothing at all is sent. */
  readonly halted: boolean;
  /** Nothing is removed, whatever was granted before. */
  readonly removalsStopped?: boolean;
}

/** True when only queries may leave: observe mode, suspension, a quarantined epoch, or after a destructive act. */
export function sendsOnlyQueries(situation: Situation): boolean {
  if (situation.allows === "queries" || situation.granted?.sends === "queries") return true;
  return situation.acts.some((act) => act.destructive && (act.status === "sent" || act.status === "unknown"));
}

export { nothingObserved };
