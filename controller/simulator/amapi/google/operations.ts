import type { Call } from "../cloud.ts";
import type { Json, OperationRow } from "../kept.ts";

import { deviceRow } from "./devices.ts";
import { finishOperation, shownOperation } from "./finish-operation.ts";
import { GoogleError, notFound } from "./google-error.ts";
import { listed, page } from "./paging.ts";

const CANCELLED = 1;

function operationRow(call: Call): OperationRow {
  deviceRow({ ...call, name: call.name.split("/operations")[0] ?? "" });
  const row = call.cloud.kept.operations.get(call.name);
  if (row === undefined) throw notFound();
  return row;
}

export function getOperation(call: Call): Json {
  return shownOperation(call.cloud, operationRow(call));
}

/** `operations.list`: the oldest first. */
export function listOperations(call: Call): Json {
  const { cloud, name, query } = call;
  const device = name.replace(/\/operations$/, "");
  deviceRow({ ...call, name: device });
  if (query.get("returnPartialSuccess") === "true")
    throw new GoogleError(501, "UNIMPLEMENTED", "return_partial_success is not supported.");
  const all = [...cloud.kept.operations.values()].filter((row) => row.device === device);
  const { items, next } = page(all, (row) => row.name, query, cloud.knobs.operationPage);
  return listed(
    "operations",
    items.map((row) => shownOperation(cloud, row)),
    next,
  );
}

/** `operations.cancel`: ends what the device did not execute yet; what has ended stays as it is. */
export function cancelOperation(call: Call): Json {
  const { cloud } = call;
  const row = operationRow(call);
  const isTooLate = row.done || (row.fetched && cloud.knobs.cancelLosesRace);
  if (!isTooLate)
    finishOperation(cloud, row, { error: { code: CANCELLED, message: "The command was cancelled." } });
  return {};
}
