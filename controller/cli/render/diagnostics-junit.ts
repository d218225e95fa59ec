import type { Diagnostic } from "../../core/diagnostic.ts";
import type { ValidationReport } from "./diagnostics.ts";

/** JUnit XML: a test case per file with problems, that fails by its errors; warnings are its output. */
export function renderJunit({ diagnostics, summary, durationMs }: ValidationReport): string {
  const files = Map.groupBy(diagnostics, ({ origin }) => origin.file);
  const cases = [...files].map(([file, found]) => testCase(file, found));
  const failed = [...files.values()].filter((found) => found.some(isError)).length;
  const seconds = (durationMs / 1000).toFixed(3);
  const counts = `tests="${cases.length + 1}" failures="${failed}" errors="0" skipped="0" time="${seconds}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="reeve validate" ${counts}>`,
    `  <testsuite name="reeve validate" ${counts}>`,
    `    <testcase classname="reeve" name="${summary.manifests} manifests in ${summary.files} files" time="${seconds}"/>`,
    ...cases,
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function testCase(file: string, found: readonly Diagnostic[]): string {
  const errors = found.filter(isError);
  const warnings = found.filter((diagnostic) => !isError(diagnostic));
  const failure =
    errors.length === 0
      ? []
      : [
          `      <failure type="${escaped(errors[0]?.rule ?? "")}" message="${escaped(errors[0]?.message ?? "")}">${escaped(errors.map(line).join("\n"))}</failure>`,
        ];
  const output =
    warnings.length === 0 ? [] : [`      <system-out>${escaped(warnings.map(line).join("\n"))}</system-out>`];
  const open = `    <testcase classname="reeve" name="${escaped(file)}" time="0">`;
  return [open, ...failure, ...output, "    </testcase>"].join("\n");
}

function line({ severity, rule, origin, message, subject, detail }: Diagnostic): string {
  const place = `${origin.file}:${origin.line}:${origin.column}: ${severity}: ${message} [${rule}]`;
  return [place, [subject, ...detail].filter((part) => part !== "").join(" ")].join("\n  ").trimEnd();
}

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

/** Escapes for XML 1.0; characters that it cannot hold at all become a dot. */
function escaped(text: string): string {
  return text
    .replaceAll(/[^\u0009\u000a\u000d\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\u00b7")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
