import { signCms } from "./cms.ts";
import type { Machine } from "./machine.ts";
import { type PlistDict, readPlist, writePlist } from "./plist.ts";
import type { Enrollment } from "./state.ts";
import type { TransportRequest, TransportResponse } from "./transport.ts";

export const COMMAND_TYPE = "application/x-apple-aspen-mdm; charset=UTF-8";
export const CHECK_IN_TYPE = "application/x-apple-aspen-mdm-checkin";

/** What became of a message to the server. */
export type Exchange =
  | { readonly outcome: "accepted"; readonly body: Buffer }
  | { readonly outcome: "unenroll"; readonly reason: string }
  | { readonly outcome: "failed"; readonly reason: string };

/** Sends a message as a device does: PUT, XML, signed when the profile says SignMessage. */
export async function tell(
  machine: Machine,
  enrollment: Enrollment,
  kind: "check-in" | "command",
  message: PlistDict,
): Promise<Exchange> {
  const { mdm, identity } = enrollment;
  const body = writePlist(message);
  const headers: Record<string, string> = {
    "content-type": kind === "command" ? COMMAND_TYPE : CHECK_IN_TYPE,
    "user-agent": "MDM/1.0",
  };
  if (mdm.signMessage) headers["Mdm-Signature"] = signatureOf(machine, enrollment, body);
  const url = kind === "command" ? mdm.serverUrl : mdm.checkInUrl;
  try {
    return judge(machine, await follow(machine, { method: "PUT", url, headers, body, identity }));
  } catch (error) {
    return { outcome: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}

/** The detached signature over a body, as the Mdm-Signature header carries it. */
export function signatureOf(machine: Machine, enrollment: Enrollment, body: Buffer): string {
  const signer = enrollment.identity;
  return signCms({ content: body, signer, detached: true, at: machine.world.now() }).toString("base64");
}

/** Gets the answer, following at most three redirections (they are never remembered). */
export async function follow(machine: Machine, request: TransportRequest): Promise<TransportResponse> {
  let current = request;
  for (let hops = 0; ; hops++) {
    const answer = await machine.transport(current);
    const location = answer.headers.location;
    if (answer.status < 300 || answer.status > 399 || location === undefined || hops >= 3) return answer;
    current = { ...current, url: new URL(location, current.url).toString() };
  }
}

function judge(machine: Machine, answer: TransportResponse): Exchange {
  if (answer.status >= 200 && answer.status <= 299) return { outcome: "accepted", body: answer.body };
  if (answer.status === 401) {
    machine.log({
      type: "violation",
      rule: "status-401",
      detail: "a device that gets 401 leaves its management",
    });
    return { outcome: "unenroll", reason: "401" };
  }
  if (answer.status === 403 && codeIn(answer) === "com.apple.unrecognized.device")
    return { outcome: "unenroll", reason: "unrecognized device" };
  return { outcome: "failed", reason: `HTTP ${answer.status}` };
}

function codeIn(answer: TransportResponse): unknown {
  try {
    const isJson = (answer.headers["content-type"] ?? "").includes("json");
    const value: unknown = isJson ? JSON.parse(answer.body.toString("utf8")) : readPlist(answer.body);
    return (value as { code?: unknown } | null)?.code;
  } catch {
    return undefined;
  }
}
