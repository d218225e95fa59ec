import { UserError } from "../errors.ts";
import type { QuarantinedView, QuarantineView } from "../loop/quarantine-views.ts";
import type { Query } from "./client.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { renderQuarantine, renderQuarantined } from "./render/quarantine.ts";
import { counted } from "./render/text.ts";
import type { Session } from "./session.ts";

/** What could not be read, the newest first. */
export async function quarantine(session: Session, filters: Query): Promise<ExitCode> {
  const view = await (await session.client()).get<QuarantineView>("/v1/quarantine", filters);
  await session.show(view, renderQuarantine);
  return exitCodes.inOrder;
}

/** One message as text; with `raw` its bytes, which go to a file and never to a terminal. */
export async function showQuarantined(session: Session, id: number, raw: boolean): Promise<ExitCode> {
  const client = await session.client();
  if (!raw) {
    await session.show(await client.get<QuarantinedView>(`/v1/quarantine/${id}`), renderQuarantined);
    return exitCodes.inOrder;
  }
  if (session.out === undefined)
    throw new UserError("usage", "--raw needs --out FILE: the message may hold anything, also secrets");
  const taken = await client.post<{ readonly raw: string }>(`/v1/quarantine/${id}/take`);
  await session.write(Buffer.from(taken.raw, "base64"));
  return exitCodes.inOrder;
}

/** Deletes messages by number, or all. */
export async function forgetQuarantined(
  session: Session,
  ids: readonly number[],
  all: boolean,
): Promise<ExitCode> {
  if (all === ids.length > 0)
    throw new UserError("usage", "name the messages by their numbers, or say --all");
  const client = await session.client();
  const view = await client.post<{ readonly forgotten: number }>(
    "/v1/quarantine/forget",
    all ? { all } : { ids },
  );
  await session.show(view, ({ forgotten }) => `Forgotten: ${counted(forgotten, "message")}\n`);
  return exitCodes.inOrder;
}
