import { answer, type Desk } from "./answer.ts";
import { findMethod } from "./find-method.ts";
import { completeSignup } from "./google/signup-urls.ts";
import type { Answered, Received } from "./http-server.ts";
import type { RequestFaults } from "./request-faults.ts";
import { digestOf, type RequestLedger } from "./request-ledger.ts";

export type Front = {
  readonly desk: Desk;
  readonly faults: RequestFaults;
  readonly requests: RequestLedger;
  /** Resolves when so many milliseconds of the emulator's clock have passed. */
  hold(ms: number): Promise<void>;
};

const SIGNUP = "/_emu/signup/";

/** Answers a request as Google would, or as a fault wants it, and records it. */
export async function serveApi(front: Front, request: Received): Promise<Answered> {
  const path = request.url.pathname;
  if (path.startsWith(SIGNUP)) return sendBack(front.desk, path.slice(SIGNUP.length));
  const found = findMethod(request.http, path);
  const fault = front.faults.take(found?.id, path);
  const isKeptOut = fault?.drop === "before-commit" || fault?.answer !== undefined;
  const answered: Answered = isKeptOut ? (fault?.answer ?? "drop") : answer(front.desk, request, found);
  const given = fault?.drop === undefined ? answered : "drop";
  record(front, request, found?.id, given, !isKeptOut && answered !== "drop" && answered.status < 400);
  if (fault?.delayMs !== undefined) await front.hold(fault.delayMs);
  return given;
}

function record(
  { requests, desk }: Front,
  { http, url, body }: Received,
  method: string | undefined,
  given: Answered,
  committed: boolean,
): void {
  const mask = url.searchParams.get("updateMask");
  requests.append({
    at: desk.cloud.now(),
    http,
    path: url.pathname,
    ...(method === undefined ? {} : { method }),
    ...(mask === null ? {} : { mask }),
    ...digestOf(body),
    ...(given === "drop" ? {} : { status: given.status }),
    committed,
  });
}

/** The person has signed the organization up, and their browser goes back to who asked for it. */
function sendBack({ cloud }: Desk, id: string): Answered {
  const location = completeSignup(cloud, id);
  return location === undefined ? { status: 404 } : { status: 302, headers: { location } };
}
