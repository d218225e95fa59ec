import { Retry, Stalled } from "../../errors.ts";
import { cleanText } from "../message.ts";
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

const timeoutMs = 30_000;
const largest = 16 * 2 ** 20;
/** Nobody is made to wait longer by a header. */
const longestWaitMs = 6 * 3_600_000;

/**
 * One request to App and Book Management. Throws Stalled `content-token` when the token is of no use, Retry
 * `content-busy` when nothing was done because there were too many requests, and Retry `content-unavailable` when
 * nobody can say whether something was done.
 */
export async function exchange(request: Request): Promise<Exchanged> {
  const response = await send(request);
  const body = await read(response);
  const number = typeof body?.errorNumber === "number" ? body.errorNumber : 0;
  const said = cleanText(typeof body?.errorMessage === "string" ? body.errorMessage : "", 300);
  const { status } = response;
  const after = waitOf(response);
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

async function send({ url, token, body }: Request): Promise<Response> {
  const headers = {
    accept: "application/json",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  };
  try {
    return await fetch(url, {
      method: body === undefined ? "GET" : "POST",
      headers,
      // The token goes to the address that was meant, and to no other.
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (cause) {
    throw new Retry("content-unavailable", "Apps and Books does not answer", { cause });
  }
}

/** The JSON object of an answer; undefined for anything else. */
async function read(response: Response): Promise<Fields | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > largest) throw new Error("the answer is too large");
      chunks.push(chunk);
    }
  } catch (cause) {
    throw new Retry("content-unavailable", "Apps and Books broke off", { cause });
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Retry-After, in seconds or as a date (RFC 9110). */
function waitOf(response: Response): { readonly afterMs?: number } {
  const text = response.headers.get("retry-after");
  if (text === null) return {};
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : undefined;
  const date = response.headers.get("date");
  const until = Date.parse(text) - (date === null ? Number.NaN : Date.parse(date));
  const ms = seconds ?? until;
  return Number.isFinite(ms) && ms > 0 ? { afterMs: Math.min(ms, longestWaitMs) } : {};
}
