import type { Event } from "../core/ledger.ts";
import type { RevisionRow } from "../core/ports.ts";
import { appendEvents } from "./events.ts";
import { toJson, toText } from "./json.ts";
import type { Lease } from "./leader.ts";
import { requireTerm } from "./leader.ts";
import type { Store } from "./open.ts";

const columns = "id, message, author, verified, at, status, diagnostics";

/**
 * Records a revision. One that is `in-force` supersedes the one before; a refused one leaves it in force, even where
 * it is the same one and only this program refuses it. The same id again replaces what was recorded of it; its time
 * stays while nothing else came in between. `events` are told in the same transaction. Throws Retry when the lease has
 * passed to another process.
 */
export async function putRevision(
  store: Store,
  revision: RevisionRow,
  lease?: Lease,
  events: readonly Event[] = [],
): Promise<void> {
  await store.transaction(async (db) => {
    if (lease !== undefined) await requireTerm(db, lease);
    if (revision.status === "in-force") {
      await db.query(
        "update reeve.revision set status = 'superseded' where status = 'in-force' and id <> $1",
        [revision.id],
      );
    }
    await db.query(
      `insert into reeve.revision as r (id, message, author, at, status, diagnostics, verified)
       values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (id) do update
       set message = excluded.message, author = excluded.author, verified = excluded.verified, diagnostics = excluded.diagnostics,
         at = case when r.status = excluded.status and not exists (select from reeve.revision n where n.at > r.at)
           then r.at else excluded.at end,
         status = case when r.status = 'in-force' then r.status else excluded.status end`,
      [
        revision.id,
        toText(revision.message),
        toText(revision.author),
        revision.at,
        revision.status,
        toJson(revision.diagnostics),
        revision.verified === true,
      ],
    );
    await appendEvents(db, events);
  });
}

/** The revision in force, or undefined before the first. */
export async function revisionInForce(store: Store): Promise<RevisionRow | undefined> {
  const [row] = await store.query<RevisionRow>(
    `select ${columns} from reeve.revision where status = 'in-force'`,
  );
  return row;
}

/** The newest revision, if it was refused. */
export async function newestRefused(store: Store): Promise<RevisionRow | undefined> {
  const [row] = await listRevisions(store, 1);
  return row?.status === "refused" ? row : undefined;
}

/** Revisions, the newest first. */
export function listRevisions(store: Store, limit: number): Promise<RevisionRow[]> {
  return store.query<RevisionRow>(`select ${columns} from reeve.revision order by at desc, n desc limit $1`, [
    limit,
  ]);
}

/** Revisions whose name begins so, or is just that; two at most. */
export function revisionsNamed(store: Store, word: string): Promise<RevisionRow[]> {
  return store.query<RevisionRow>(
    `select ${columns} from reeve.revision where id = $1
     union all select ${columns} from reeve.revision where starts_with(id, $1) and id <> $1
       and not exists (select from reeve.revision where id = $1)
     limit 2`,
    [word],
  );
}
