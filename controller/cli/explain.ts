import { UserError } from "../errors.ts";
import type { ExplainView } from "../loop/views.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { renderExplain } from "./render/explain.ts";
import { clean } from "./render/text.ts";
import type { Session } from "./session.ts";

/** Why a device has what it has, or has not; with an item, that one in full. `UserError` where it has none of the name. */
export async function explain(session: Session, device: string, item: string | undefined): Promise<ExitCode> {
  const client = await session.client();
  const query = item === undefined ? {} : { item };
  const view = await client.get<ExplainView>(`/v1/devices/${encodeURIComponent(device)}/explain`, query);
  const isKnown = [view, ...view.users].some(({ items }) => items.length > 0);
  if (item !== undefined && !isKnown)
    throw new UserError(
      "item-not-found",
      `no item "${clean(item)}" is declared for ${clean(view.device.name ?? device)}`,
      {
        hint: `Expected a kind and a name as "reeve explain ${clean(device)}" lists them, such as Profile/passcode. Of acts: reeve operations --device ${clean(device)}.`,
      },
    );
  await session.show(view, (one, look) => renderExplain(one, look, item));
  return exitCodes.inOrder;
}
