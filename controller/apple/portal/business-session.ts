import { randomUUID } from "node:crypto";
import type { Clock } from "../../core/ports.ts";
import { Retry, Stalled, UserError } from "../../errors.ts";
import { type Answer, type Ask, jsonOf, retryAfterOf, textIn } from "./capped-fetch.ts";
import { type ApiClient, clientAssertion } from "./client-assertion.ts";

export interface BusinessOptions {
  /** `https://api-business.apple.com`, without a slash at its end. */
  readonly url: string;
  /** Where tokens are given out. */
  readonly tokenUrl: string;
  readonly client: ApiClient;
  readonly ask: Ask;
  readonly clock: Clock;
}

/** The API of Apple Business or School Manager with a token of its own. */
export interface BusinessSession {
  /** The answer to a request. Throws UserError for what Apple refuses, Retry while it is not to be had, Stalled. */
  readonly get: (path: string) => Promise<Readonly<Record<string, unknown>>>;
  readonly post: (path: string, body: object) => Promise<Readonly<Record<string, unknown>>>;
}

/** A token is given up so long before its end. */
const marginMs = 60_000;

/** Asks for a token when there is none or it ends, and once more when it is not taken. Tokens stay in memory. */
export function createBusinessSession({
  url,
  tokenUrl,
  client,
  ask,
  clock,
}: BusinessOptions): BusinessSession {
  let token: { readonly value: string; readonly until: number } | undefined;

  async function fresh(): Promise<string> {
    if (token !== undefined && token.until > clock()) return token.value;
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: client.clientId,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: clientAssertion(client, clock(), randomUUID()),
      scope: client.clientId.startsWith("SCHOOLAPI.") ? "school.api" : "business.api",
    });
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const answer = await ask({ method: "POST", url: tokenUrl, headers, body: form.toString() });
    if (answer.status !== 200) return refuseToken(answer, clock());
    const { access_token: value, expires_in: seconds } = jsonOf(answer);
    if (typeof value !== "string" || !/^[\x21-\x7e]{1,8192}$/.test(value))
      throw new Retry("portal-answer", "a token was given out that is none");
    const lives = typeof seconds === "number" && seconds > 0 ? Math.min(seconds, 86_400) * 1_000 : 0;
    token = { value, until: clock() + lives - marginMs };
    return value;
  }

  async function send(method: "GET" | "POST", path: string, body?: object): Promise<Answer> {
    const headers = { authorization: `Bearer ${await fresh()}`, accept: "application/json" };
    const withBody = body === undefined ? {} : { body: JSON.stringify(body) };
    return ask({
      method,
      url: `${url}${path}`,
      headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
      ...withBody,
    });
  }

  async function call(method: "GET" | "POST", path: string, body?: object) {
    let answer = await send(method, path, body);
    if (answer.status === 401) {
      token = undefined;
      answer = await send(method, path, body);
    }
    return answer.status === 200 || answer.status === 201 ? jsonOf(answer) : refuse(answer, clock(), path);
  }

  return { get: (path) => call("GET", path), post: (path, body) => call("POST", path, body) };
}

function refuseToken(answer: Answer, now: number): never {
  if (answer.status !== 400 && answer.status !== 401) return wait(answer, now, "the token");
  const code = /"error"\s*:\s*"([a-z_]{1,60})"/.exec(answer.body.slice(0, 2_000))?.[1] ?? "refused";
  throw new Stalled(
    "business-client",
    `Apple gives no token to this client: ${code}. Look at apple.business.clientId, keyId and keyFile`,
  );
}

function refuse(answer: Answer, now: number, path: string): never {
  const { status, body } = answer;
  if (status === 401 || status === 403)
    throw new Stalled(
      "business-access",
      `the API account may not do this (HTTP ${status}): look at its role`,
    );
  if (status === 400 || status === 404 || status === 409 || status === 422)
    throw new UserError("business-refused", `Apple refuses it: ${detailOf(body) ?? `HTTP ${status}`}`);
  return wait(answer, now, path);
}

function wait(answer: Answer, now: number, what: string): never {
  const afterMs = retryAfterOf(answer, now);
  const code = answer.status === 429 ? "portal-throttled" : "portal-error";
  throw new Retry(
    code,
    `${what} was answered HTTP ${answer.status}`,
    afterMs === undefined ? {} : { afterMs },
  );
}

/** The first of the errors that an answer lists. */
function detailOf(body: string): string | undefined {
  try {
    const { errors } = JSON.parse(body) as { readonly errors?: readonly { readonly detail?: unknown }[] };
    return textIn(errors?.[0]?.detail);
  } catch {
    return undefined;
  }
}
