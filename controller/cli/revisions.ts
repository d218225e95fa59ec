import type { RevisionEntryView } from "../loop/views.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { renderRevisions } from "./render/revisions.ts";
import type { Session } from "./session.ts";

/** The revisions that the daemon has seen, and what was wrong with those it refused. */
export async function revisions(session: Session): Promise<ExitCode> {
  const client = await session.client();
  const view = await client.get<{ revisions: readonly RevisionEntryView[] }>("/v1/revisions");
  await session.show(view, (one, look) => renderRevisions(one.revisions, look));
  return exitCodes.inOrder;
}
