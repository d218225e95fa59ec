import type { AndroidCommand } from "./android-acts.ts";
import type { Section } from "./granted.ts";
import type { Intent, Verb } from "./intent.ts";
import type { DeviceError } from "./report.ts";

/** What has to be remembered of one channel between two connections; small, and per device. Times are epoch ms. */
export interface ChannelState {
  /** The one command that was handed out and not answered. */
  readonly outstanding?: Sent;
  /** Commands that were answered NotNow: sent again under the same id while they are due. */
  readonly aside: readonly Aside[];
  /** Attempts and back-off of what is not settled, by item key, `query/SECTION` or `act/ID`. */
  readonly progress: Readonly<Record<string, Progress>>;
  /** How many commands this epoch has been handed; tells the ids of repeated ones apart. */
  readonly handed?: number;
  /** When a person last wanted this device to be looked at anew; forgotten when it has reported since. */
  readonly askedAt?: number;
  /** When time-limited profiles go by themselves, by identifier and for one content. */
  readonly ends?: Readonly<Record<string, { readonly digest: string; readonly at: number }>>;
  /** The declarations that this channel was handed last. */
  readonly declared?: Declared;
  /** Since when it stands in Setup Assistant and waits to be let go (AwaitingConfiguration). */
  readonly awaiting?: number;
  /** Whose managed apps go before the management does: the act, and since when. */
  readonly leaving?: { readonly act: string; readonly since: number };
  /** Android: operations of Google's that are open, by act; one that ended the management stays. */
  readonly operations?: Readonly<Record<string, OpenOperation>>;
  /** Android: acts that were certainly not carried out and are not tried again before this time. */
  readonly putOff?: Readonly<Record<string, number>>;
  /** Android: when Google made the last operation of each type that reeve knows, by Google's clock. */
  readonly operated?: Readonly<Record<string, number>>;
  /** When each section was last reported. */
  readonly collected: Readonly<Partial<Record<Section, number>>>;
}

export interface Declared {
  /** The set was stored under this digest. */
  readonly set: string;
  /** Its DeclarationsToken. */
  readonly token: string;
  /** The token of what was wanted then: another one where an item could not be written. */
  readonly wanted: string;
  readonly at: number;
  /** A profile went with a declaration of which the device had not told: what is seen of profiles waits for its report. */
  readonly unheard?: true;
}

export interface Sent {
  readonly id: string;
  readonly intent: Intent;
  readonly attempt: number;
  readonly at: number;
  /** How often the device came back since without an answer. */
  readonly unanswered?: number;
}

/** A command that was given to Google for a device, or was about to be. Times are epoch ms. */
export interface OpenOperation {
  /** Its id in the ledger. */
  readonly command: string;
  readonly verb: Verb;
  /** Google's type of it. */
  readonly type: AndroidCommand;
  readonly at: number;
  /** Google gives it up then. */
  readonly until: number;
  /** Google's name of the operation; absent while nobody knows whether Google has taken it. */
  readonly name?: string;
  readonly ended?: true;
}

export interface Aside extends Sent {
  readonly count: number;
  readonly last: number;
}

export interface Progress {
  /** The content this is about; a new digest starts over. */
  readonly digest: string;
  readonly attempts: number;
  /** `lapsed`: it went by itself when its time was over, and nothing more is to be done. */
  readonly phase: "sent" | "acknowledged" | "failed" | "rejected" | "unknown" | "lapsed";
  readonly at: number;
  /** Not tried again before this time; absent when it waits for nothing. */
  readonly retryAt?: number;
  readonly errors?: readonly DeviceError[];
}

export const freshChannel: ChannelState = { aside: [], progress: {}, collected: {} };
