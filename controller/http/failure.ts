import { Retry, Stalled, UserError } from "../errors.ts";

/** What an error means to the one who asked. `code`, `message` and `hint` may be shown; a bug shows none of its own. */
export interface Failure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** Seconds after which the request may be repeated. */
  readonly retryAfter?: number;
  readonly isBug: boolean;
}

/**
 * UserError is 400; 404 when its code ends in `not-found`, 409 in `conflict`, 403 in `forbidden`.
 * Retry is 503, Stalled 409, an error of the HTTP layer its own status; all else is our bug, 500.
 */
export function failureOf(error: unknown): Failure {
  if (error instanceof UserError) {
    const { code, message, hint } = error;
    return { status: statusOf(code), code, message, isBug: false, ...(hint === undefined ? {} : { hint }) };
  }
  if (error instanceof Retry) {
    const retryAfter = Math.max(1, Math.ceil((error.afterMs ?? 5_000) / 1_000));
    return { status: 503, code: error.code, message: error.message, retryAfter, isBug: false };
  }
  if (error instanceof Stalled)
    return { status: 409, code: error.code, message: error.message, isBug: false };
  const status = httpStatusOf(error);
  if (status !== undefined) {
    return {
      status,
      code: "bad-request",
      message: messages[status] ?? "The request is not valid.",
      isBug: false,
    };
  }
  return { status: 500, code: "internal", message: "This is a bug of reeve.", isBug: true };
}

const messages: Readonly<Record<number, string>> = {
  400: "The request cannot be read.",
  408: "The request took too long.",
  413: "The body is larger than this route takes.",
  414: "The path is too long.",
  415: "The content type is not one that this route takes.",
};

function statusOf(code: string): number {
  if (code.endsWith("not-found")) return 404;
  if (code.endsWith("conflict")) return 409;
  return code.endsWith("forbidden") ? 403 : 400;
}

/** Errors of fastify carry `statusCode` and a code of their own; a 5xx of theirs is a bug of ours. */
function httpStatusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("code" in error) || !String(error.code).startsWith("FST_ERR_"))
    return undefined;
  const status = "statusCode" in error ? Number(error.statusCode) : 500;
  return status >= 400 && status < 500 ? status : undefined;
}
