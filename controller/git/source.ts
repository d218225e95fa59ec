import type { Signatures } from "../core/signing/signatures.ts";
import type { SourceTree } from "../core/source-tree.ts";

/** Where policies come from: a Git repository or a watched directory. The loop knows no more than this. */
export interface Source {
  /** What it is, for people; without credentials. */
  readonly describe: () => string;
  /**
   * The newest state. `previous` is the revision last applied, by which a rewritten history is recognised;
   * without it, the last one that this source returned. Throws `Retry` or `UserError`.
   */
  readonly poll: (previous?: string) => Promise<Snapshot>;
  /** Yields whenever a poll is worth while, until the signal. Hints are coalesced and none is lost. */
  readonly changes: (signal: AbortSignal) => AsyncIterable<void>;
  /** Makes `changes` yield now; for a webhook or a person who will not wait for the next poll. */
  readonly nudge: () => void;
  /** Who made a revision that this source has seen; undefined when it no longer knows. */
  readonly lookUp: (revision: string) => Promise<RevisionInfo | undefined>;
  readonly close: () => Promise<void>;
}

export interface RevisionInfo {
  /** A commit id, or the content hash of a directory. */
  readonly revision: string;
  /** As the commit says it: a claim, not a proof. */
  readonly author: string;
  readonly authorEmail: string;
  /** The first line; sanitised and capped. */
  readonly message: string;
  /** Epoch milliseconds: of the commit, or of the reading of a directory. */
  readonly at: number;
}

export interface Snapshot extends RevisionInfo {
  /** The revision applied before is not an ancestor of this one. Never true for a directory. */
  readonly rewritten: boolean;
  /**
   * Names and addresses of the authors and committers of all commits since the revision applied before; of the whole
   * history where that is not known. Claims, like `author`. Absent where there are no commits.
   */
  readonly persons?: readonly string[];
  /**
   * What the signatures of the commits since the revision applied before say. Absent where there are no commits, and
   * where nobody's signatures count. Throws `Retry`.
   */
  readonly signatures?: () => Promise<Signatures>;
  /** Reads the files; the same tree when asked twice. */
  readonly tree: () => Promise<SourceTree>;
}

/** Time to the next poll: the interval within ±10 %, so that replicas and restarts spread out. `random` in [0, 1). */
export function nextPoll(intervalMs: number, random: number): number {
  return Math.round(intervalMs * (0.9 + 0.2 * random));
}
