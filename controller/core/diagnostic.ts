import type { Origin } from "./origin.ts";

/** One thing that is wrong with a manifest, as `reeve validate` shows it. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  /** Kebab-case rule id such as `unknown-field`; documented in docs/rules.md. */
  readonly rule: string;
  readonly origin: Origin;
  /** Length of the marked text in columns, for the carets; 1 when unknown. */
  readonly length: number;
  /** The first line, without a full stop: what is wrong. */
  readonly message: string;
  /** `Kind/name path.of.field`, or empty where no manifest could be read. */
  readonly subject: string;
  /** What was expected, did-you-mean and what to do; whole sentences. */
  readonly detail: readonly string[];
}

/** The file of what is wrong with a revision as a whole, which has no place. */
export const wholeRevision: Origin = { file: ".", line: 1, column: 1 };

/** What is wrong with a file as such, shown at its beginning. `detail` is one whole sentence. */
export function fileDiagnostic(
  file: string,
  rule: string,
  message: string,
  detail: string,
  severity: Diagnostic["severity"] = "error",
): Diagnostic {
  const origin = { file, line: 1, column: 1 };
  return { severity, rule, origin, length: 1, message, subject: "", detail: [detail] };
}
