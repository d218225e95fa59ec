import type { HoldView } from "../loop/hold-view.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { renderHolds } from "./render/holds.ts";
import type { Session } from "./session.ts";

/** Acts that a guard has stopped and that wait for an approval. */
export async function holds(session: Session, all: boolean): Promise<ExitCode> {
  const view = await (await session.client()).get<{ holds: readonly HoldView[] }>("/v1/holds");
  await session.show(view, (one, look) => renderHolds(one.holds, look, all));
  return exitCodes.inOrder;
}
