import type { RevisionRow } from "../core/ports.ts";
import { toJson, toText } from "./json.ts";
import type { Lease } from "./leader.ts";
import { requireTerm } from "./leader.ts";
import type { Store } from "./open.ts";

const columns = "id, message, author, at, status, diagnostics";

/**
 * Records a revision. One that is `in-force` supersedes the one before; a refused one leaves it in force. The same
 * id again replaces what was recorded of it. Throws Retry when the lease has passed to another process.
 */
export async function putRevision(store: Store, revision: RevisionRow, lease?: Lease): Promise<void> {
  await store.transaction(async (db) => {
    if (lease !== undefined) await requireTerm(db, lease);
    if (revision.status === "in-force") {
      await db.query(
        "update reeve.revision set status = 'superseded' where status = 'in-force' and id <> $1",
        [revision.id],
      );
    }
    await db.query(
      `insert into reeve.revision (id, message, author, at, status, diagnostics) values ($1, $2, $3, $4, $5, $6)
       on conflict (id) do update
       set message = excluded.message, author = excluded.author, at = excluded.at, status = excluded.status,
         diagnostics = excluded.diagnostics`,
      [
        revision.id,
        toText(revision.message),
        toText(revision.author),
        revision.at,
        revision.status,
        toJson(revision.diagnostics),
      ],
    );
  });
}

/** The revision in force, or undefined before the first. */
export async function revisionInForce(store: Store): Promise<RevisionRow | undefined> {
  const [row] = await store.query<RevisionRow>(
    `select ${columns} from reeve.revision where status = 'in-force'`,
  );
  return row;
}

/** Revisions, the newest first. */
export function listRevisions(store: Store, limit: number): Promise<RevisionRow[]> {
  return store.query<RevisionRow>(`select ${columns} from reeve.revision order by at desc, n desc limit $1`, [
    limit,
  ]);
}
