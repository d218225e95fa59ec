import type { Diagnostic } from "../../core/diagnostic.ts";
import { renderGithub } from "./diagnostics-github.ts";
import { renderJson } from "./diagnostics-json.ts";
import { renderJunit } from "./diagnostics-junit.ts";
import { renderSarif } from "./diagnostics-sarif.ts";
import { renderText } from "./diagnostics-text.ts";

/** What `reeve validate` found, for any renderer. */
export interface ValidationReport {
  readonly diagnostics: readonly Diagnostic[];
  readonly summary: {
    readonly manifests: number;
    readonly files: number;
    readonly valid: number;
    readonly invalid: number;
    readonly errors: number;
    readonly warnings: number;
  };
  readonly durationMs: number;
  /** A line of a file for the excerpt, counted from 1; undefined when it cannot be shown. */
  readonly lineOf: (file: string, line: number) => string | undefined;
}

export const diagnosticFormats = ["text", "json", "github", "sarif", "junit"] as const;
export type DiagnosticFormat = (typeof diagnosticFormats)[number];

const renderers: Readonly<Record<DiagnosticFormat, (report: ValidationReport) => string>> = {
  text: renderText,
  json: renderJson,
  github: renderGithub,
  sarif: renderSarif,
  junit: renderJunit,
};

/** The report as text that ends with a line feed. */
export function renderDiagnostics(report: ValidationReport, format: DiagnosticFormat): string {
  return renderers[format](report);
}
