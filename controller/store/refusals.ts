import type { Event } from "../core/ledger.ts";
import { withRetries } from "./db.ts";
import { appendEvents } from "./events.ts";
import { toText } from "./json.ts";
import { type Lease, requireTerm } from "./leader.ts";
import type { Store } from "./open.ts";

/** An act that was refused whole. */
export interface ActRefusal {
  /** By name and generation. */
  readonly name: string;
  /** What was asked for, as canonical JSON. */
  readonly content: string;
  readonly expiresAt: number;
  readonly revision: string;
  readonly reason: string;
  readonly at: number;
}

/** Remembers that an act was refused, and tells of it in the same transaction. Throws Retry when the lease has passed on. */
export function refuseAct(
  store: Store,
  refusal: ActRefusal,
  events: readonly Event[],
  lease?: Lease,
): Promise<void> {
  const { name, content, expiresAt, revision, reason, at } = refusal;
  return withRetries(() =>
    store.transaction(async (db) => {
      if (lease !== undefined) await requireTerm(db, lease);
      await db.query(
        `insert into reeve.act_refusal (name, content, expires_at, revision, reason, at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (name) do update set content = excluded.content, expires_at = excluded.expires_at,
           revision = excluded.revision, reason = excluded.reason, at = excluded.at`,
        [name, content, expiresAt, revision, toText(reason), at],
      );
      await appendEvents(db, events);
    }),
  );
}

/** What is remembered of acts with these names. */
export function findRefusals(store: Store, names: readonly string[]): Promise<ActRefusal[]> {
  return store.query<ActRefusal>(
    `select name, content, expires_at as "expiresAt", revision, reason, at from reeve.act_refusal
     where name = any($1) order by name`,
    [names],
  );
}
