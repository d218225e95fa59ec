import type { ActTarget } from "./act.ts";
import type { ChannelState } from "./channel.ts";
import type { DeclarationSet } from "./declarations.ts";
import type { Granted } from "./granted.ts";
import { endsEpoch } from "./intent.ts";
import type { Licences } from "./licence.ts";
import { nothingObserved, type Observed } from "./observed.ts";
import type { ChannelKind } from "./ports.ts";

/** Everything that decides what one channel gets next. */
export interface Situation {
  /** Device id and channel id; ids of commands and offsets of schedules derive from them. */
  readonly device: string;
  readonly channel: string;
  /** The channel of a user; the device itself when absent. */
  readonly kind?: ChannelKind | undefined;
  readonly epoch: number;
  /** `queries` for a quarantined epoch; `acts` where only changes are stopped. */
  readonly allows: "all" | "acts" | "queries";
  /** Absent until admission has seen the device: then only what admission needs is asked for. */
  readonly granted: Granted | undefined;
  /** The same with all that would go by declaration, where this device does not take that, or not yet (delivery.ts). */
  readonly declarable?: Granted;
  readonly observed: Observed;
  readonly state: ChannelState;
  readonly acts: readonly ActTarget[];
  /** The kill switch: nothing at all is sent. */
  readonly halted: boolean;
  /** The identity that the device speaks with; absent on channels of users, who share it. */
  readonly identity?: Identity;
  /** The declarations that this channel was handed last, where they matter. */
  readonly declared?: DeclarationSet | undefined;
  /** What Apps and Books says of the licences of this device (core/licence.ts). */
  readonly licences?: Licences | undefined;
  /** Why its policy is not at Google although it was tried again and again; only of Android devices. */
  readonly refusal?: string | undefined;
  /** Other clocks than this process's, epoch ms: a window that is shut by one of them is shut. */
  readonly clocks?: readonly number[];
  /** Nothing is removed, whatever was granted before. */
  readonly removalsStopped?: boolean;
  /** The breaker is engaged: what destroys is not handed out again either. */
  readonly destructionStopped?: boolean;
}

/** The certificate that a device is pinned to. Times are epoch ms. */
export interface Identity {
  /** SHA-256 in lower-case hex. */
  readonly certificate: string;
  readonly renewFrom: number;
  readonly until: number;
}

/** True when no change may leave: observe mode, suspension, a quarantined epoch, or after an act that ends the epoch. */
export function sendsOnlyQueries(situation: Situation): boolean {
  if (situation.allows !== "all" || situation.granted?.sends === "queries") return true;
  return endsByAct(situation);
}

/** True when no act may leave either. What would erase devices sooner holds changes alone. */
export function sendsNoActs(situation: Situation): boolean {
  return stopsActs(situation) || endsByAct(situation);
}

/** The same by what persons and guards have stopped, whatever acts are on their way. */
export function stopsActs({ allows, granted }: Pick<Situation, "allows" | "granted">): boolean {
  return allows === "queries" || (granted?.sends === "queries" && granted.acts !== true);
}

function endsByAct({ acts }: Situation): boolean {
  return acts.some((act) => endsEpoch(act.verb) && (act.status === "sent" || act.status === "unknown"));
}

export { nothingObserved };
