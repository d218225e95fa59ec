import type { EventView } from "../loop/views.ts";
import type { Query } from "./client.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { renderEvents } from "./render/events.ts";
import type { Session } from "./session.ts";

/** What happened, of one device or of all. */
export async function events(session: Session, filters: Query): Promise<ExitCode> {
  const view = await (await session.client()).get<{ events: readonly EventView[] }>("/v1/events", filters);
  await session.show(view, (one, look) => renderEvents(one.events, look));
  return exitCodes.inOrder;
}
