import type { Clock } from "../core/ports.ts";
import type { SourceTree } from "../core/source-tree.ts";
import type { Source } from "../git/source.ts";
import type { Store } from "../store/open.ts";
import type { Reviser } from "./reviser.ts";
import type { RevisionNews } from "./revision-news.ts";
import type { RevisionSettings } from "./secrets.ts";

/** What the reconciler works with, and whom it tells. */
export interface ReconcilerPorts {
  readonly store: Store;
  readonly source: Source;
  readonly clock: Clock;
  readonly settings: RevisionSettings;
  readonly reviser: Reviser;
  /** Only watch until a person resumes: at the first synchronisation, and after an upgrade that renders otherwise. */
  readonly observeFirst: boolean;
  /** Persons who must approve an act of a commit whose author is not verified. */
  readonly approvals: number;
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
  /** Told of errors that the loop survives. */
  readonly onError?: (doing: string, error: unknown) => void;
}

/** How acts are filed. */
export function filingOf({ approvals, disruptive, coolOffMs }: ReconcilerPorts) {
  return { approvals: Math.max(1, approvals), disruptive, coolOffMs };
}
