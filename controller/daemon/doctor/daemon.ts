import type { Finding, Patient } from "../../cli/doctor.ts";
import { describe } from "../../errors.ts";
import type { StatusView } from "../../loop/views.ts";

/** What the daemon says of itself. */
export async function checkDaemon({ ask }: Patient): Promise<readonly Finding[]> {
  const check = "daemon";
  let status: StatusView;
  try {
    status = await ask<StatusView>("/v1/status");
  } catch (error) {
    return [{ check, status: "warn", says: describe(error), hint: "Start it with `reeve run`." }];
  }
  const { inForce, refused, latches, warnings } = status;
  return [
    inForce === undefined
      ? {
          check,
          status: "warn",
          says: "it answers, and no revision is in force yet",
          hint: "reeve history",
        }
      : { check, status: "pass", says: `it answers; in force ${inForce.revision.slice(0, 7)}` },
    ...(refused === undefined ? [] : [finding("a newer revision was refused", "reeve history", "fail")]),
    ...latches.map(({ name, reason }) => finding(`${name}: ${reason}`, "reeve status")),
    ...warnings.map(({ message, hint }) => finding(message, hint)),
  ];
}

function finding(says: string, hint: string | undefined, status: "warn" | "fail" = "warn"): Finding {
  return { check: "daemon", status, says, ...(hint === undefined ? {} : { hint }) };
}
