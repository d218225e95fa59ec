import { Retry } from "../errors.ts";
import type { Db } from "./db.ts";
import type { Store } from "./open.ts";

/** The right to do something that only one replica does, under a number that rises with each change of hands. */
export interface Lease {
  readonly name: string;
  readonly holder: string;
  readonly term: number;
  readonly expiresAt: number;
}

/**
 * Takes a lease, or extends it for who holds it already, for `ttlMs` by the database's clock. Undefined while
 * somebody else holds it. Extending keeps the term; taking it raises it.
 */
export async function acquireLease(
  store: Store,
  request: { readonly name: string; readonly holder: string; readonly ttlMs: number },
): Promise<Lease | undefined> {
  const [row] = await store.query<Lease>(
    `insert into reeve.lease as l (name, holder, term, expires_at)
     select $1, $2, 1, n.now + $3 from (select reeve.now_ms($4) as now) n
     on conflict (name) do update
     set holder = excluded.holder, expires_at = excluded.expires_at,
       term = case when l.holder = excluded.holder and l.expires_at > excluded.expires_at - $3
         then l.term else l.term + 1 end
     where l.holder = excluded.holder or l.expires_at <= excluded.expires_at - $3
     returning name, holder, term, expires_at as "expiresAt"`,
    [request.name, request.holder, request.ttlMs, store.clock()],
  );
  return row;
}

/** Gives a lease back, so that another process need not wait for its end. */
export async function releaseLease(store: Store, lease: Lease): Promise<void> {
  await store.query("update reeve.lease set expires_at = 0 where name = $1 and holder = $2 and term = $3", [
    lease.name,
    lease.holder,
    lease.term,
  ]);
}

/** Inside a transaction: nobody else takes the lease before it ends. Throws Retry when somebody has. */
export async function requireTerm(db: Db, lease: Pick<Lease, "name" | "term">): Promise<void> {
  const rows = await db.query("select from reeve.lease where name = $1 and term = $2 for share", [
    lease.name,
    lease.term,
  ]);
  if (rows.length === 0) throw new Retry("lease-lost", `another process has taken over as ${lease.name}`);
}
