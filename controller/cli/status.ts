import type { StatusView } from "../loop/views.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { renderStatus } from "./render/status.ts";
import type { Session } from "./session.ts";

/** How the fleet stands. The breaker, a refused revision, an unreadable source and stalled devices are problems. */
export async function status(session: Session): Promise<ExitCode> {
  const view = await (await session.client()).get<StatusView>("/v1/status");
  await session.show(view, renderStatus);
  const isBroken = view.latches.some((one) => one.name === "breaker");
  const isRead = view.refused === undefined && view.source.error === undefined;
  const inOrder = !isBroken && isRead && view.total.stalled === 0;
  return inOrder ? exitCodes.inOrder : exitCodes.problems;
}
