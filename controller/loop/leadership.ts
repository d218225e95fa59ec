import { randomUUID } from "node:crypto";
import { acquireLease, type Lease, releaseLease } from "../store/leader.ts";
import type { Store } from "../store/open.ts";

/** Whether this process is the one that compiles and admits. */
export interface Leadership {
  /** Takes or renews the lease when it is time; true while this process holds it. */
  readonly lead: () => Promise<boolean>;
  /** The lease that the leader's writes are checked against. */
  readonly lease: () => Lease | undefined;
  readonly release: () => Promise<void>;
}

/** One of many replicas; the others follow. `leaseMs` is how long a leader that is heard no more keeps its place. */
export function createLeadership(store: Store, leaseMs = 15_000): Leadership {
  // An embedded store has one process at a time: the next one need not wait for the lease of one that was killed.
  const holder = store.kind === "embedded" ? "embedded" : randomUUID();
  let lease: Lease | undefined;
  let renewAt = 0;
  return {
    lead: async () => {
      const now = performance.now();
      if (lease !== undefined && now < renewAt) return true;
      lease = await acquireLease(store, { name: "leader", holder, ttlMs: leaseMs });
      renewAt = now + leaseMs / 3;
      return lease !== undefined;
    },
    lease: () => lease,
    release: async () => {
      if (lease !== undefined) await releaseLease(store, lease);
    },
  };
}
