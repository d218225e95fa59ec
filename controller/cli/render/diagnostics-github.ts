import type { Diagnostic } from "../../core/diagnostic.ts";
import type { ValidationReport } from "./diagnostics.ts";
import { summaryLine } from "./diagnostics-text.ts";

/** Workflow commands of GitHub Actions, which show each problem at its line; the summary follows. */
export function renderGithub(report: ValidationReport): string {
  return `${[...report.diagnostics.map(command), summaryLine(report)].join("\n")}\n`;
}

function command({ severity, rule, origin, length, message, subject, detail }: Diagnostic): string {
  const properties = {
    file: origin.file,
    line: origin.line,
    col: origin.column,
    endColumn: origin.column + length,
    title: rule,
  };
  const list = Object.entries(properties).map(([key, value]) => `${key}=${property(String(value))}`);
  const text = [message, subject, ...detail].filter((part) => part !== "").join("\n");
  return `::${severity} ${list.join(",")}::${data(text)}`;
}

/** Escapes of actions/toolkit, packages/core/src/command.ts. */
function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
