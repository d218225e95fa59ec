import type { OperationsSummaryView, OperationView } from "../loop/views.ts";
import type { Query } from "./client.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { renderOperations, renderOperationsSummary } from "./render/operations.ts";
import type { Session } from "./session.ts";

/** The log of commands and reports, of one device or of all. */
export async function operations(session: Session, filters: Query): Promise<ExitCode> {
  const client = await session.client();
  const view = await client.get<{ operations: readonly OperationView[] }>("/v1/operations", filters);
  await session.show(view, (one, look) => renderOperations(one.operations, look));
  return exitCodes.inOrder;
}

/** How many commands of each type have each status. */
export async function operationsSummary(session: Session): Promise<ExitCode> {
  const view = await (await session.client()).get<OperationsSummaryView>("/v1/operations/summary");
  await session.show(view, renderOperationsSummary);
  return exitCodes.inOrder;
}
