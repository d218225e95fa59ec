import type { RevisionRow } from "../core/ports.ts";
import { UserError } from "../errors.ts";
import type { Store } from "../store/open.ts";
import { changesOf } from "../store/revision-changes.ts";
import { listRevisions, revisionsNamed } from "../store/revisions.ts";
import { viewRevision } from "./view-status.ts";
import type { RevisionEntryView } from "./views.ts";

/** The revisions that were seen, the newest first, with what each changed. */
export async function viewHistory(store: Store, limit: number): Promise<readonly RevisionEntryView[]> {
  return withChanges(store, await listRevisions(store, limit));
}

/** One revision by the beginning of its name. Throws UserError when it means none, or several. */
export async function viewRevisionEntry(store: Store, word: string): Promise<RevisionEntryView> {
  const [only, other] = await withChanges(store, await revisionsNamed(store, word));
  if (only === undefined)
    throw new UserError("no-such-revision", `no revision begins with ${word}`, {
      hint: "`reeve history` lists them.",
    });
  if (other !== undefined)
    throw new UserError("ambiguous-revision", `${word} could mean ${only.revision} and ${other.revision}`);
  return only;
}

async function withChanges(
  store: Store,
  rows: readonly RevisionRow[],
): Promise<readonly RevisionEntryView[]> {
  const changes = await changesOf(
    store,
    rows.map((row) => row.id),
  );
  return rows.map((row) => {
    const found = row.status === "refused" ? undefined : changes.get(row.id);
    return {
      ...viewRevision(row),
      status: row.status,
      diagnostics: row.diagnostics,
      ...(found === undefined ? {} : { changes: found }),
    };
  });
}
