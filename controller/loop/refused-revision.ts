import type { Diagnostic } from "../core/diagnostic.ts";
import type { Snapshot } from "../git/source.ts";
import { appendEvents } from "../store/events.ts";
import type { Lease } from "../store/leader.ts";
import type { Store } from "../store/open.ts";
import { putRevision } from "../store/revisions.ts";
import { refusalText, rowOf } from "./revise.ts";

/** Records a revision that does not come into force; the one before stays. */
export async function noteRefused(
  store: Store,
  snapshot: Snapshot,
  errors: readonly Diagnostic[],
  { at, lease }: { readonly at: number; readonly lease: Lease | undefined },
): Promise<void> {
  const { revision, author: by } = snapshot;
  await putRevision(store, rowOf(snapshot, "refused", errors, at), lease);
  const message = refusalText(revision, errors);
  await appendEvents(store, [{ type: "revision.refused", at, message, revision, by }]);
}
