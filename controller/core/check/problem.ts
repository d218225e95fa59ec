import type { Diagnostic } from "../diagnostic.ts";
import { type AnyManifest, nameOf } from "../manifest.ts";

export interface Finding {
  /** Default `error`. */
  readonly severity?: "error" | "warning";
  readonly rule: string;
  readonly message: string;
  readonly detail?: readonly string[];
  /** Instead of the manifest and the path. */
  readonly subject?: string;
}

type Path = readonly (string | number)[];

/** A diagnostic at a field of a manifest; the path begins with `spec` or `metadata`. */
export function problem(manifest: AnyManifest, path: Path, finding: Finding): Diagnostic {
  const field = path.map((step, index) =>
    typeof step === "number" ? `[${step}]` : `${index ? "." : ""}${step}`,
  );
  return {
    severity: finding.severity ?? "error",
    rule: finding.rule,
    ...manifest.at(path),
    message: finding.message,
    subject: finding.subject ?? `${nameOf(manifest)} ${field.join("")}`,
    detail: finding.detail ?? [],
  };
}

/** By file, line, column and rule; the same finding is kept once. */
export function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const unique = new Map(diagnostics.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic]));
  return [...unique.entries()]
    .sort(([textA, a], [textB, b]) => compare(a, b) || compareText(textA, textB))
    .map(([, diagnostic]) => diagnostic);
}

function compare(a: Diagnostic, b: Diagnostic): number {
  return (
    compareText(a.origin.file, b.origin.file) ||
    a.origin.line - b.origin.line ||
    a.origin.column - b.origin.column ||
    compareText(a.rule, b.rule) ||
    compareText(a.message, b.message)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
