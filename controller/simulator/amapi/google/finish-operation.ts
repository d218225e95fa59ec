import type { Cloud } from "../cloud.ts";
import type { Command, Json, OperationRow } from "../kept.ts";
import { publish } from "../pubsub/publish.ts";
import { enterpriseIn } from "./delete-device.ts";

const COMMAND = "type.googleapis.com/google.android.devicemanagement.v1.Command";
const RESPONSE = "type.googleapis.com/google.android.devicemanagement.v1.IssueCommandResponse";

/** An operation as the wire has it: `done` is absent until it is true. */
export function shownOperation(cloud: Cloud, { name, command, done, error }: OperationRow): Json {
  return {
    name,
    metadata: { "@type": COMMAND, ...command },
    ...(done ? { done } : {}),
    ...(error !== undefined ? { error } : {}),
    ...(done && error === undefined && cloud.knobs.includeResponse
      ? { response: { "@type": RESPONSE } }
      : {}),
  };
}

/** The operation has ended: it can be read for a while, and its end is published. */
export function finishOperation(
  cloud: Cloud,
  row: OperationRow,
  end: Pick<OperationRow, "error"> | Command,
): void {
  row.done = true;
  if ("error" in end && end.error !== undefined) row.error = end.error as NonNullable<OperationRow["error"]>;
  else Object.assign(row.command, end);
  cloud.timers.cancel("operation-expires", row.name);
  cloud.timers.at("operation-forgotten", row.name, cloud.now() + cloud.knobs.operationRetentionMs);
  if (row.error === undefined || cloud.knobs.publishUnexecuted)
    publish(cloud, enterpriseIn(row.device), "COMMAND", () => shownOperation(cloud, row));
}

/** The time of a command is over and its device did not execute it. */
export function expireOperation(cloud: Cloud, name: string): void {
  const row = cloud.kept.operations.get(name);
  if (row === undefined || row.done) return;
  const message = "The command expired before it was executed.";
  finishOperation(cloud, row, { error: { code: cloud.knobs.expiredCode, message } });
}
