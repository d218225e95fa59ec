import type { Decision } from "../core/connect.ts";
import type { Kept } from "../core/report.ts";

/** A command as it leaves, with what must be kept of it: written before its bytes leave. */
export interface Rendered {
  readonly body: Buffer;
  readonly kept?: readonly Kept[];
}

/** The decision to send it, which writes down what is kept in the same transaction. */
export function withKept(decided: Decision, kept: readonly Kept[]): Decision {
  return kept.length === 0 ? decided : { ...decided, kept: [...decided.kept, ...kept] };
}
