import type { Diagnostic } from "../../core/diagnostic.ts";
import { showsPassword } from "../../core/password-name.ts";
import type { ValidationReport } from "./diagnostics.ts";

const width = 100;

/** For people, at most 100 columns wide: place, message, excerpt with carets, and what to do. */
export function renderText(report: ValidationReport): string {
  const blocks = report.diagnostics.map((diagnostic) => `${block(report, diagnostic).join("\n")}\n`);
  return `${[...blocks, summaryLine(report)].join("\n")}\n`;
}

function block(report: ValidationReport, diagnostic: Diagnostic): readonly string[] {
  const { file, line, column } = diagnostic.origin;
  const head = `${file}:${line}:${column}: ${diagnostic.severity}: ${diagnostic.message} [${diagnostic.rule}]`;
  return [...wrapped(printable(head), "", "  "), ...excerpt(report, diagnostic), ...explanation(diagnostic)];
}

function explanation({ subject, detail }: Diagnostic): readonly string[] {
  const [first, ...others] = detail;
  const lead = [subject, first ?? ""].filter((part) => part !== "").join(": ");
  return [lead, ...others]
    .filter((text) => text !== "")
    .flatMap((text) => wrapped(printable(text), "  ", "  "));
}

/** A line with a password is not shown: the output goes into logs and comments that more people read. */
function excerpt(report: ValidationReport, { rule, origin, length }: Diagnostic): readonly string[] {
  const text = report.lineOf(origin.file, origin.line);
  if (text === undefined || text.trim() === "" || rule === "plain-password" || showsPassword(text)) return [];
  const number = String(origin.line);
  const room = width - number.length - 5;
  const start =
    origin.column - 1 + Math.min(length, 20) > room
      ? Math.max(0, origin.column - 1 - Math.floor(room / 2))
      : 0;
  const shown = printable(text.slice(start, start + room));
  const at = origin.column - 1 - start;
  const carets = "^".repeat(Math.max(1, Math.min(length, room - at)));
  return [`  ${number} | ${shown}`.trimEnd(), `  ${" ".repeat(number.length)} | ${" ".repeat(at)}${carets}`];
}

/** `41 manifests in 23 files: 39 valid, 2 invalid. 2 errors, 0 warnings. 0.3 s` */
export function summaryLine({ summary, durationMs }: ValidationReport): string {
  const { manifests, files, valid, invalid, errors, warnings } = summary;
  const where = `${count(manifests, "manifest")} in ${count(files, "file")}`;
  const found = `${count(errors, "error")}, ${count(warnings, "warning")}`;
  return `${where}: ${valid} valid, ${invalid} invalid. ${found}. ${(durationMs / 1000).toFixed(1)} s`;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

/** A terminal must not obey what a file contains. */
function printable(text: string): string {
  return text.replaceAll("\t", " ").replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "\u00b7");
}

function wrapped(text: string, first: string, next: string): readonly string[] {
  const lines: string[] = [];
  let line = first;
  for (const word of text.split(" ")) {
    const isFirst = line === first || line === next;
    if (!isFirst && line.length + 1 + word.length > width) {
      lines.push(line);
      line = next + word;
    } else line += isFirst ? word : ` ${word}`;
  }
  return [...lines, line];
}
