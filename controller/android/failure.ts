import { isExpected, Retry, Stalled, UserError } from "../errors.ts";
import { exhaustedMs } from "./bucket.ts";
import { cleanText, secretsIn } from "./redact.ts";

type Failure = UserError | Retry | Stalled;

/**
 * What a failed call to Google means. The codes:
 * - `google-quota` (Retry): nothing was done; a minute or more must pass.
 * - `google-unanswered` (Retry): nobody knows whether it was done. Writes are looked up before they are sent again.
 * - `google-conflict` (Retry): another change came between; nothing was done.
 * - `google-gone` (Stalled): there is no such thing, or no longer; for a device a normal end.
 * - `google-refused` (Stalled): Google does not take it, and will not until something else is sent.
 * - `google-credentials`, `google-permission` (UserError): a person must set something.
 *
 * The error that came is not kept as a cause: it carries the request, with its secrets.
 */
export function failureOf(error: unknown, secrets: readonly string[] = []): Failure {
  if (isExpected(error)) return error;
  const { config, response, message } = (typeof error === "object" && error !== null ? error : {}) as Thrown;
  const known = [...secrets, ...secretsIn(bodyOf(config?.data))];
  const answer = answerIn(response?.data);
  const says = cleanText(answer.message ?? message ?? "no reason was given", known);
  if (response === undefined || typeof response.status !== "number") return unanswered(error, says);
  return answered({ code: response.status, ...answer, says, retryAfterMs: retryAfterOf(response.headers) });
}

/** True when a write may have been carried out although the call failed. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof Retry && error.code === "google-unanswered";
}

interface Thrown {
  readonly message?: string;
  readonly code?: unknown;
  readonly config?: { readonly data?: unknown };
  readonly response?: { readonly status?: unknown; readonly data?: unknown; readonly headers?: unknown };
}

interface Answered {
  readonly code: number;
  readonly status?: string;
  readonly reasons: readonly string[];
  readonly says: string;
  readonly retryAfterMs: number | undefined;
}

function answered({ code, status, reasons, says, retryAfterMs }: Answered): Failure {
  if (code === 429 || status === "RESOURCE_EXHAUSTED" || reasons.includes("RATE_LIMIT_EXCEEDED")) {
    const afterMs = Math.max(exhaustedMs, retryAfterMs ?? 0);
    return new Retry("google-quota", `Google's quota is used up: ${says}`, { afterMs });
  }
  // Some calls say so with 400.
  if (code === 404 || code === 410 || /no longer being managed/i.test(says))
    return new Stalled("google-gone", says);
  if (code === 401 || (code === 400 && /^invalid_(grant|client)/.test(status ?? "")))
    return new UserError("google-credentials", `Google does not accept the credentials: ${says}`, {
      hint: "Set a key of a service account that exists and is enabled, and check this host's clock.",
    });
  if (code === 403)
    return new UserError("google-permission", `Google does not allow this: ${says}`, {
      hint: "The service account needs the role Android Management User in the project of the enterprise, and the Android Management API must be enabled there.",
    });
  if (code === 409 && status !== "ALREADY_EXISTS")
    return new Retry("google-conflict", `another change came between: ${says}`);
  // An answer that could not be read, or that leads elsewhere, says nothing about what was done.
  if (code < 400 || code === 408 || (code >= 500 && code !== 501))
    return new Retry("google-unanswered", `Google did not answer (${code}): ${says}`);
  return new Stalled("google-refused", says);
}

/** Without an answer nobody knows: not even a refused connection is told apart from one that broke later. */
function unanswered(error: unknown, says: string): Failure {
  // What the client says when the host has none (google-auth-library).
  if (/could not load the default credentials/i.test(says))
    return new UserError("google-credentials", "this host has no credentials for Google", {
      hint: "Set GOOGLE_APPLICATION_CREDENTIALS, or the key of a service account.",
    });
  const code = (error as Thrown | undefined)?.code;
  const short = typeof code === "string" && /^\w{1,40}$/.test(code) ? ` (${code})` : "";
  return new Retry("google-unanswered", `Google was not reached${short}: ${says}`);
}

/** Google's own form, and that of its token endpoint, where `error` is a word. */
function answerIn(data: unknown): {
  readonly message?: string;
  readonly status?: string;
  readonly reasons: readonly string[];
} {
  const error = (typeof data === "object" && data !== null ? (data as Fields).error : undefined) ?? {};
  if (typeof error === "string") {
    const described = (data as Fields).error_description;
    const message = typeof described === "string" ? `${error}: ${described}` : error;
    return { status: error, message, reasons: [] };
  }
  if (typeof error !== "object") return { reasons: [] };
  const { message, status, details } = error as Fields;
  const reasons = (Array.isArray(details) ? details : []).flatMap((one: unknown) => {
    const reason = typeof one === "object" && one !== null ? (one as Fields).reason : undefined;
    return typeof reason === "string" ? [reason] : [];
  });
  return {
    ...(typeof message === "string" ? { message } : {}),
    ...(typeof status === "string" ? { status } : {}),
    reasons,
  };
}

type Fields = Readonly<Record<string, unknown>>;

function bodyOf(data: unknown): unknown {
  if (typeof data !== "string") return data;
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

/** Only seconds; Google sends no dates here. The headers are those of whatever fetch the client uses. */
function retryAfterOf(headers: unknown): number | undefined {
  const read = (headers as { readonly get?: unknown } | undefined)?.get;
  const text: unknown = typeof read === "function" ? read.call(headers, "retry-after") : undefined;
  return typeof text === "string" && /^\d{1,5}$/.test(text) ? Number(text) * 1_000 : undefined;
}
