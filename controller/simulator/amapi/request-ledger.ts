import { createHash } from "node:crypto";

/** A request as the emulator saw it. Bodies are kept as digests: they may hold secrets. */
export type RequestEntry = {
  readonly at: number;
  readonly http: string;
  /** Without the query, as it came. */
  readonly path: string;
  /** `enterprises.policies.patch` or `pubsub.projects.subscriptions.pull`; undefined when no method was meant. */
  readonly method?: string;
  readonly mask?: string;
  /** SHA-256 of the body, in hex; undefined without one. */
  readonly digest?: string;
  /** What was answered; undefined when the connection was broken instead. */
  readonly status?: number;
  /** The request had its effect, whatever became of its answer. */
  readonly committed: boolean;
};

export type RequestLedger = {
  readonly entries: readonly RequestEntry[];
  /** How many requests of a method there were, of those that had their effect when asked so. */
  count(method: string, only?: "committed"): number;
  append(entry: RequestEntry): void;
  /** Forgets what was recorded, so that a test counts from here. */
  clear(): void;
};

export function openRequestLedger(): RequestLedger {
  let entries: RequestEntry[] = [];
  return {
    get entries() {
      return entries;
    },
    count: (method, only) =>
      entries.filter((entry) => entry.method === method && (only === undefined || entry.committed)).length,
    append: (entry) => void entries.push(Object.freeze(entry)),
    clear() {
      entries = [];
    },
  };
}

export function digestOf(body: Buffer): { digest?: string } {
  return body.length === 0 ? {} : { digest: createHash("sha256").update(body).digest("hex") };
}
