import type { Call } from "../cloud.ts";
import type { Command, Json, OperationRow } from "../kept.ts";
import { checkBody } from "./check-body.ts";
import { checkParameters, commandDuration, commandType } from "./command-shape.ts";
import { deviceRow } from "./devices.ts";
import { shownOperation } from "./finish-operation.ts";
import { asGoogleWrites, timestamp } from "./wire-json.ts";

/** Longer than any timer; what lies behind it never expires while anybody looks. */
const FOREVER = 50 * 365 * 86_400_000;

/** `devices.issueCommand`: an operation that waits for the device. Google knows no key against doing it twice. */
export function issueCommand(call: Call): Json {
  const { cloud, name, body } = call;
  const { record, serial } = deviceRow(call);
  checkBody("Command", body);
  const type = commandType(body);
  checkParameters(type, body, record.ownership);
  const duration = commandDuration(body);
  let createdAt = cloud.now();
  while (cloud.kept.operations.has(`${name}/operations/${createdAt}`)) createdAt += 1;
  const command = asGoogleWrites("Command", {
    ...withoutOutput(body),
    type,
    createTime: timestamp(createdAt),
    duration: `${duration / 1_000}s`,
    userName: record.userName,
  }) as Command;
  const row: OperationRow = {
    name: `${name}/operations/${createdAt}`,
    device: name,
    createdAt,
    expiresAt: createdAt + duration,
    command,
    fetched: false,
    done: false,
  };
  cloud.kept.operations.set(row.name, row);
  if (duration < FOREVER) cloud.timers.at("operation-expires", row.name, row.expiresAt);
  cloud.nudge(serial, "command");
  return shownOperation(cloud, row);
}

/** What only the server writes is not taken from a client. */
function withoutOutput(body: Json): Json {
  const output = ["errorCode", "createTime", "userName", "esimStatus"];
  return Object.fromEntries(
    Object.entries(body).filter(([key]) => !output.includes(key) && !key.endsWith("Status")),
  );
}
