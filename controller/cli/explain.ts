import type { ExplainView } from "../loop/views.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { renderExplain } from "./render/explain.ts";
import type { Session } from "./session.ts";

/** Why a device has what it has, or has not; with an item, that one in full. */
export async function explain(session: Session, device: string, item: string | undefined): Promise<ExitCode> {
  const client = await session.client();
  const query = item === undefined ? {} : { item };
  const view = await client.get<ExplainView>(`/v1/devices/${encodeURIComponent(device)}/explain`, query);
  await session.show(view, (one, look) => renderExplain(one, look, item));
  return exitCodes.inOrder;
}
