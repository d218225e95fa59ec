import { Retry } from "../../errors.ts";

/** One request to a service of Apple. */
export interface Question {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Its answer, whatever the status; a body beyond the cap is no answer. */
export interface Answer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: string;
}

export type Ask = (question: Question) => Promise<Answer>;

/** Without a sane User-Agent the enrollment service refuses everything. */
export const userAgent = "reeve-mdm/1.0";

const largestAnswer = 16 * 1024 * 1024;
const timeoutMs = 30_000;

/** Asks over HTTPS. No redirect is followed: it would carry what authorizes us to somebody else. Throws Retry. */
export const ask: Ask = async ({ method, url, headers, body }) => {
  try {
    const response = await fetch(url, {
      method,
      headers: { "user-agent": userAgent, ...headers },
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body }),
    });
    const text = await readCapped(response);
    return { status: response.status, header: (name) => response.headers.get(name) ?? undefined, body: text };
  } catch (cause) {
    if (cause instanceof Retry) throw cause;
    throw new Retry("portal-unreachable", `${new URL(url).host} does not answer`, { cause });
  }
};

async function readCapped(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > largestAnswer) throw new Retry("portal-answer", "its answer is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * The JSON object of an answer. Throws Retry when it is none: a proxy's page, or half of one. What the parser says is not
 * told: it quotes the answer, which may be a token.
 */
export function jsonOf({ body, status }: Pick<Answer, "body" | "status">): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Readonly<Record<string, unknown>>;
  } catch {
    throw new Retry("portal-answer", `what it answered (HTTP ${status}) is no JSON`);
  }
  throw new Retry("portal-answer", `what it answered (HTTP ${status}) is no JSON object`);
}

/** `Retry-After` in milliseconds: seconds or a date; at most a day. */
export function retryAfterOf(answer: Pick<Answer, "header">, now: number): number | undefined {
  const written = answer.header("retry-after");
  if (written === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(written) ? Number(written) * 1_000 : Date.parse(written) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), 86_400_000);
}

/** A text field, cut to what anybody needs of it and without control characters. */
export function textIn(value: unknown, most = 200): string | undefined {
  if (typeof value !== "string" || value === "") return undefined;
  return value.replace(/\p{Cc}/gu, " ").slice(0, most);
}
