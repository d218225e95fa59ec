import type { Authority } from "../apple/identity.ts";
import type { Parts } from "../assemble.ts";
import type { SourceTree } from "../core/source-tree.ts";
import type { Log } from "../log.ts";
import type { RevisionNews } from "../loop/revision-news.ts";
import type { RevisionSettings } from "../loop/secrets.ts";
import type { Looking } from "../loop/view-devices.ts";
import type { StoreOptions } from "../store/open.ts";
import type { DeviceTls } from "./certificates.ts";

/** What the demo and tests ask of a daemon beyond its configuration. */
export interface DaemonOptions {
  readonly version: string;
  readonly log?: Log;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** TLS of the device plane instead of the configured files. */
  readonly tls?: (authority: Authority) => Promise<DeviceTls>;
  /** How many destructive commands the embedded store lets out; break-glass when absent. */
  readonly ceiling?: NonNullable<StoreOptions["ceiling"]>;
  readonly beforeInForce?: (tree: SourceTree, looking: Looking, settings: RevisionSettings) => Promise<void>;
  readonly onRevision?: (news: RevisionNews) => void;
  /** What the controller is put together from, instead of the parts that the configuration gave. */
  readonly around?: (parts: Parts) => Parts;
}
