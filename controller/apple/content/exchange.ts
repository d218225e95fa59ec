import { cleanText } from "../../core/clean-text.ts";
import { Retry, Stalled } from "../../errors.ts";
import { type Answer, ask, retryAfterOf } from "../portal/capped-fetch.ts";
import { meaningOf, ofTheToken, tooMany } from "./error-numbers.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** What the service said: its answer, or that it will not do it, with a number of its own. */
export type Exchanged =
  | { readonly type: "answer"; readonly body: Fields }
  | { readonly type: "refused"; readonly number: number; readonly reason: string };

export interface Request {
  readonly url: string;
  readonly token?: string;
  /** Sent by POST as JSON; without it, it is a GET. */
  readonly body?: Fields;
}

/** Nobody is made to wait longer by a header. */
const longestWaitMs = 6 * 3_600_000;

/**
 * One request to App and Book Management. Throws Stalled `content-token` when the token is of no use, Retry
 * `content-busy` when nothing was done because there were too many requests, and Retry `content-unavailable` when
 * nobody can say whether something was done.
 */
export async function exchange(request: Request): Promise<Exchanged> {
  const answer = await send(request);
  const body = objectIn(answer.body);
  const number = typeof body?.errorNumber === "number" ? body.errorNumber : 0;
  const said = cleanText(typeof body?.errorMessage === "string" ? body.errorMessage : "", 300);
  const { status } = answer;
  const after = waitOf(answer);
  if (status === 401 || ofTheToken.has(number))
    throw new Stalled(
      "content-token",
      number === 0 ? "the content token is not valid" : meaningOf(number, said),
    );
  if (status === 429 || number === tooMany)
    throw new Retry("content-busy", "Apps and Books asks for fewer requests", after);
  if (status === 503 || status >= 500)
    throw new Retry("content-unavailable", `Apps and Books does not work (${status})`, after);
  if (number !== 0 || status >= 400)
    return { type: "refused", number, reason: number === 0 ? `status ${status}` : meaningOf(number, said) };
  if (body === undefined || status !== 200)
    throw new Retry("content-unavailable", `Apps and Books answered in no known form (${status})`);
  return { type: "answer", body };
}

async function send({ url, token, body }: Request): Promise<Answer> {
  const headers = {
    accept: "application/json",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  };
  const what = body === undefined ? ({ method: "GET" } as const) : sent(body);
  try {
    return await ask({ url, headers, ...what });
  } catch (cause) {
    throw new Retry("content-unavailable", "Apps and Books does not answer", { cause });
  }
}

function sent(body: Fields): { readonly method: "POST"; readonly body: string } {
  return { method: "POST", body: JSON.stringify(body) };
}

/** The JSON object of an answer; undefined for anything else. */
function objectIn(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : undefined;
  } catch {
    return undefined;
  }
}

/** What the service asks to wait, by its own clock: ours may be another. */
function waitOf(answer: Answer): { readonly afterMs?: number } {
  const date = Date.parse(answer.header("date") ?? "");
  const ms = retryAfterOf(answer, date);
  return ms === undefined || ms <= 0 ? {} : { afterMs: Math.min(ms, longestWaitMs) };
}
