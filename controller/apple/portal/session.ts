import { randomUUID } from "node:crypto";
import type { Clock } from "../../core/ports.ts";
import { Retry, Stalled } from "../../errors.ts";
import { type Answer, type Ask, jsonOf, retryAfterOf, textIn } from "./capped-fetch.ts";
import { authorizationOf } from "./oauth.ts";
import type { ServerToken } from "./server-token.ts";

/** Since version 9 assignments may be throttled device by device, since 10 with a time. */
const protocolVersion = "10";

export interface ServiceOptions {
  /** `https://mdmenrollment.apple.com`, without a slash at its end. */
  readonly url: string;
  readonly token: ServerToken;
  readonly ask: Ask;
  readonly clock: Clock;
}

/** One server of Apple's portal, as its token lets us speak to it. */
export interface EnrollmentService {
  /**
   * The answer to a request when it is 200, else what it refuses with 400. Throws Retry when the service is not to be
   * had or wants to be left alone, and Stalled when a person has to do something in the portal.
   */
  readonly call: (
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: string,
    body?: object,
  ) => Promise<ServiceReply>;
}

export type ServiceReply =
  | { readonly type: "done"; readonly body: Readonly<Record<string, unknown>> }
  | { readonly type: "refused"; readonly code: string };

/**
 * Speaks the protocol of Apple's device enrollment service: a session by OAuth, whose token may be another one with
 * each reply, begun anew once when it is not taken any more (Apple: "Device Assignment", "Authenticating with a DEP
 * server").
 */
export function createEnrollmentService({ url, token, ask, clock }: ServiceOptions): EnrollmentService {
  let session: string | undefined;

  async function begin(): Promise<string> {
    const address = `${url}/session`;
    const authorization = authorizationOf(address, token, { nonce: randomUUID(), now: clock() });
    const answer = await ask({ method: "GET", url: address, headers: { ...headers, authorization } });
    if (answer.status !== 200) return fail(answer, clock(), "session");
    const fresh = jsonOf(answer).auth_session_token;
    if (typeof fresh !== "string" || !isToken(fresh))
      throw new Retry("portal-answer", "it began a session without a token");
    return fresh;
  }

  async function send(
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: string,
    body?: object,
  ): Promise<Answer> {
    session ??= await begin();
    const answer = await ask({
      method,
      url: `${url}${path}`,
      headers: { ...headers, "x-adm-auth-session": session },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const rotated = answer.header("x-adm-auth-session");
    if (rotated !== undefined && isToken(rotated)) session = rotated;
    return answer;
  }

  return {
    async call(method, path, body) {
      let answer = await send(method, path, body);
      if (isSessionOver(answer)) {
        session = undefined;
        answer = await send(method, path, body);
      }
      if (answer.status === 200) return { type: "done", body: jsonOf(answer) };
      const code = codeOf(answer.body);
      if (answer.status === 400 && code !== undefined) return { type: "refused", code };
      session = undefined;
      return fail(answer, clock(), path);
    },
  };
}

const headers = {
  "content-type": "application/json;charset=UTF8",
  "x-server-protocol-version": protocolVersion,
};

function isToken(text: string): boolean {
  return /^[\x21-\x7e]{1,1024}$/.test(text);
}

function isSessionOver({ status, body }: Answer): boolean {
  return status === 401 || (status === 403 && codeOf(body) === "FORBIDDEN");
}

/** Errors are a word, bare or as a JSON string, or an object with a code. */
function codeOf(body: string): string | undefined {
  const text = body.trim();
  const bare = /^"?([A-Z][A-Z0-9_]{1,60})"?$/.exec(text)?.[1];
  if (bare !== undefined) return bare;
  return /"code"\s*:\s*"([A-Z][A-Z0-9_]{1,60})"/.exec(text.slice(0, 2_000))?.[1];
}

function fail(answer: Answer, now: number, path: string): never {
  const { status, body } = answer;
  const code = codeOf(body);
  if (status === 403 && code === "T_C_NOT_SIGNED")
    throw new Stalled(
      "terms-not-accepted",
      "Apple's terms have changed: an administrator of the portal must accept them there",
    );
  if (status === 401 || status === 403)
    throw new Stalled(
      "token-refused",
      `the server token is not taken (HTTP ${status}${code === undefined ? "" : ` ${code}`}): import a new one`,
    );
  const afterMs = status === 429 || status === 503 ? retryAfterOf(answer, now) : undefined;
  const said = code ?? textIn(body.trim(), 80) ?? "nothing";
  throw new Retry(
    status === 429 ? "portal-throttled" : "portal-error",
    `${path} was answered HTTP ${status}: ${said}`,
    afterMs === undefined ? {} : { afterMs },
  );
}
