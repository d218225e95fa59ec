import type { RevisionEntryView } from "../loop/views.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { renderHistory, renderRevision } from "./render/history.ts";
import type { Session } from "./session.ts";

/** The revisions that the daemon has seen: what each changed, and what was wrong with those it refused. */
export async function history(session: Session, limit: number | undefined): Promise<ExitCode> {
  const client = await session.client();
  const view = await client.get<{ revisions: readonly RevisionEntryView[] }>("/v1/revisions", { limit });
  await session.show(view, (one, look) => renderHistory(one.revisions, look));
  return exitCodes.inOrder;
}

/** One of them, with all that it changed. */
export async function historyOf(session: Session, revision: string): Promise<ExitCode> {
  const client = await session.client();
  const view = await client.get<RevisionEntryView>(`/v1/revisions/${encodeURIComponent(revision)}`);
  await session.show(view, renderRevision);
  return exitCodes.inOrder;
}
