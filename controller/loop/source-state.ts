import type { Diagnostic } from "../core/diagnostic.ts";

/** How the last look at the source, and at the secrets, ended. */
export interface SourceState {
  readonly lastPollAt?: number;
  readonly error?: string;
  /** `NAME/KEY` of secrets that could not be read when they were looked at last. */
  readonly unreadable?: readonly string[];
  readonly refused?: {
    readonly revision: string;
    readonly message: string;
    readonly author: string;
    readonly at: number;
    readonly diagnostics: readonly Diagnostic[];
  };
}

/** The same after a look that went well. */
export function withoutError(state: SourceState): SourceState {
  const { error: _error, ...rest } = state;
  return rest;
}
