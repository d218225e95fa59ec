import type { Diagnostic } from "../core/diagnostic.ts";
import type { Snapshot } from "../git/source.ts";
import type { Lease } from "../store/leader.ts";
import type { Store } from "../store/open.ts";
import { putRevision } from "../store/revisions.ts";
import { refusalText, rowOf } from "./revise.ts";
import type { SourceState } from "./source-state.ts";

/** Keeps a revision that does not come into force, tells of it, and gives what status shows. */
export async function noteRefused(
  store: Store,
  snapshot: Snapshot,
  diagnostics: readonly Diagnostic[],
  at: number,
  lease: Lease | undefined,
): Promise<NonNullable<SourceState["refused"]>> {
  const errors = diagnostics.filter((one) => one.severity === "error");
  const { revision, message, author } = snapshot;
  const told = { type: "revision.refused", at, message: refusalText(revision, errors), revision, by: author };
  await putRevision(store, rowOf(snapshot, "refused", errors, at), lease, [told]);
  return { revision, message, author, at, diagnostics: errors };
}
