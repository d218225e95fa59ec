/**
 * The three kinds of expected error. Everything else that is thrown is our bug and keeps its stack.
 * `code` is a short kebab-case word that appears in metrics, conditions and the documentation.
 */
class ReeveError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Somebody must edit a file, a flag or a setting. Printed without a stack; `hint` says what to do. */
export class UserError extends ReeveError {
  override readonly name = "UserError";
  readonly hint: string | undefined;
  constructor(code: string, message: string, options?: ErrorOptions & { readonly hint?: string }) {
    super(code, message, options);
    this.hint = options?.hint;
  }
}

/** The world is wrong for now: the caller comes back after `afterMs`, or after its own back-off. */
export class Retry extends ReeveError {
  override readonly name = "Retry";
  readonly afterMs: number | undefined;
  constructor(code: string, message: string, options?: ErrorOptions & { readonly afterMs?: number }) {
    super(code, message, options);
    this.afterMs = options?.afterMs;
  }
}

/** Nothing will change until the revision or the configuration does: shown as a condition, not retried. */
export class Stalled extends ReeveError {
  override readonly name = "Stalled";
}

/** True for the three kinds that are expected; all others are our bugs. */
export function isExpected(error: unknown): error is UserError | Retry | Stalled {
  return error instanceof UserError || error instanceof Retry || error instanceof Stalled;
}

/** One line for people: the message and the chain of its causes, without stacks. */
export function describe(error: unknown): string {
  const parts: string[] = [];
  let current: unknown = error;
  while (current instanceof Error && parts.length < 5) {
    if (current.message !== "" && !parts.includes(current.message)) parts.push(current.message);
    current = current.cause;
  }
  return parts.length > 0 ? parts.join(": ") : String(error);
}
