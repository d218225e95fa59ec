import type { Diagnostic } from "../../core/diagnostic.ts";
import { type Look, paint } from "./look.ts";
import { clean, counted, wrap } from "./text.ts";

/** What is wrong with the manifests of a plan, place first; `reeve validate` shows the lines as well. */
export function diagnosticLines(
  diagnostics: readonly Diagnostic[],
  look: Look,
  limit: number,
): readonly string[] {
  const lines = diagnostics.slice(0, limit).flatMap((one) => diagnosticBlock(one, look));
  const left = diagnostics.length - limit;
  return left > 0 ? [...lines, `and ${counted(left, "more finding")}: reeve validate DIR`] : lines;
}

/** True when a revision with these findings cannot come into force. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((one) => one.severity === "error");
}

/** `1 error, 2 warnings`. */
export function countFindings(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter((one) => one.severity === "error").length;
  return `${counted(errors, "error")}, ${counted(diagnostics.length - errors, "warning")}`;
}

function diagnosticBlock(
  { origin, severity, message, rule, subject, detail }: Diagnostic,
  look: Look,
): readonly string[] {
  const place = `${clean(origin.file)}:${origin.line}:${origin.column}`;
  const head = wrap(`${place}: ${severity}: ${clean(message)} [${clean(rule)}]`, look.width, "  ");
  const explained = [subject, detail.join(" ")].filter((part) => part !== "").join(": ");
  const more = explained === "" ? [] : wrap(clean(explained), look.width - 2).map((line) => `  ${line}`);
  return [...head.map((line) => paint(look, severity === "error" ? "red" : "yellow", line)), ...more];
}
