import type { Machine } from "./machine.ts";
import { CHECK_IN_TYPE, COMMAND_TYPE, signatureOf } from "./talk.ts";
import type { TransportRequest } from "./transport.ts";

export type RawRequest = {
  readonly channel: "check-in" | "command";
  readonly body: Buffer;
  /** Added to, or in place of, those that a device sends. */
  readonly headers?: Readonly<Record<string, string>>;
  /** False leaves Mdm-Signature out. */
  readonly sign?: boolean;
  readonly url?: string;
};

/** The request that a device would send with this body, for tests that forge and benches that repeat. */
export function prepareRaw(machine: Machine, request: RawRequest): TransportRequest {
  const { enrollment } = machine.state;
  const mdm = enrollment?.mdm;
  const url = request.url ?? (request.channel === "command" ? mdm?.serverUrl : mdm?.checkInUrl);
  if (url === undefined) throw new Error("the device is not enrolled");
  const isSigned = enrollment !== undefined && request.sign !== false;
  return {
    method: "PUT",
    url,
    headers: {
      "content-type": request.channel === "command" ? COMMAND_TYPE : CHECK_IN_TYPE,
      ...(isSigned ? { "Mdm-Signature": signatureOf(machine, enrollment, request.body) } : {}),
      ...request.headers,
    },
    body: request.body,
    ...(enrollment !== undefined ? { identity: enrollment.identity } : {}),
  };
}
