import type { Compiled } from "../core/compiled.ts";
import type { DesiredStates } from "../core/desired-states.ts";
import type { Clock } from "../core/ports.ts";
import type { SignatureMode } from "../core/signing/signatures.ts";
import type { SourceTree } from "../core/source-tree.ts";
import type { Source } from "../git/source.ts";
import type { Lease } from "../store/leader.ts";
import type { Store } from "../store/open.ts";
import type { Latches } from "./latches.ts";
import type { Revised, Reviser } from "./reviser.ts";
import type { RevisionNews } from "./revision-news.ts";
import type { Rollouts } from "./rollouts.ts";
import type { RevisionSettings } from "./secrets.ts";
import type { SourceState } from "./source-state.ts";

/** What the reconciler works with, and whom it tells. */
export interface ReconcilerPorts {
  readonly store: Store;
  readonly source: Source;
  readonly clock: Clock;
  readonly settings: RevisionSettings;
  readonly reviser: Reviser;
  /** As the store has them at the start: what is halted stays so also before the first pass. */
  readonly latches: Latches;
  /** Only watch until a person resumes: at the first synchronisation, and after an upgrade that renders otherwise. */
  readonly observeFirst: boolean;
  /** Persons who must approve an act of a commit whose author is not verified. */
  readonly approvals: number;
  /** The same where signatures or a token say who the author is; one when absent, and never more than of others. */
  readonly verifiedApprovals?: number | undefined;
  /** Which commits must be signed; none when absent. */
  readonly signatures?: SignatureMode | undefined;
  /** Devices that may be disrupted without an approval in an hour; the database has a ceiling of its own. */
  readonly disruptive: number;
  /** Between the last approval and the first command of what destroys on more than one device, ms; none when absent. */
  readonly coolOffMs?: number | undefined;
  /** How long a leader that is heard no more keeps its place, ms; 15 s when absent. */
  readonly leaseMs?: number | undefined;
  /** Called with a valid revision before it comes into force: the last moment to show what it will do. */
  readonly beforeInForce?: (tree: SourceTree) => Promise<void>;
  /** Told of every revision that came into force or was refused. */
  readonly onRevision?: (about: RevisionNews) => void;
  /** Told of errors that the loop survives, with the device where it is about one. */
  readonly onError?: (doing: string, error: unknown, device?: string) => void;
}

/** How acts are filed. An act of a verified author never needs more approvals than one of a claimed author. */
export function filingOf({
  approvals: given,
  verifiedApprovals = 1,
  disruptive,
  coolOffMs,
}: ReconcilerPorts) {
  const approvals = Math.max(1, given);
  return {
    approvals,
    verifiedApprovals: Math.min(approvals, Math.max(1, verifiedApprovals)),
    disruptive,
    coolOffMs,
  };
}

export interface Reconciler extends ReturnType<typeof filingOf> {
  /** The revision in force, compiled. */
  readonly current: () => Revised | undefined;
  /** Desired states under a policy set, with what is known of the one in force. */
  readonly statesOf: (compiled: Compiled) => DesiredStates;
  readonly latches: () => Latches;
  readonly rollouts: Pick<Rollouts, "all" | "over">;
  readonly sourceState: () => SourceState;
  /** Held while this process compiles and admits: what the leader's writes are checked against. */
  readonly lease: () => Lease | undefined;
  readonly isLeader: () => boolean;
  /** Takes up what is in force without looking at the source; for looking while no daemon runs. */
  readonly recall: () => Promise<void>;
  /** Looks at the source once. */
  readonly poll: () => Promise<void>;
  /** Reads the secrets in use again; what a new value changes goes out like what a commit changes. */
  readonly rotate: () => Promise<void>;
  /** One pass: what has changed is admitted, acts are filed. True when nothing was left to do. */
  readonly tick: () => Promise<boolean>;
  /** The next tick looks at the whole fleet again. */
  readonly reconsider: () => void;
  readonly close: () => Promise<void>;
}
