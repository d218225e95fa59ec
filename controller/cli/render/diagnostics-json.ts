import type { ValidationReport } from "./diagnostics.ts";

/**
 * For programs: `{version, summary: {manifests, files, valid, invalid, errors, warnings, durationMs},
 * diagnostics: [{severity, rule, file, line, column, length, message, subject, detail: [text]}]}`.
 */
export function renderJson({ diagnostics, summary, durationMs }: ValidationReport): string {
  const shape = {
    version: 1,
    summary: { ...summary, durationMs: Math.round(durationMs) },
    diagnostics: diagnostics.map(({ severity, rule, origin, length, message, subject, detail }) => ({
      severity,
      rule,
      ...origin,
      length,
      message,
      subject,
      detail,
    })),
  };
  return `${JSON.stringify(shape, null, 2)}\n`;
}
