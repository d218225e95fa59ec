import type { Diagnostic } from "../../core/diagnostic.ts";
import type { ValidationReport } from "./diagnostics.ts";

/** SARIF 2.1.0 (OASIS), as code-scanning services read it. */
export function renderSarif({ diagnostics }: ValidationReport): string {
  const rules = [...new Set(diagnostics.map(({ rule }) => rule))].sort();
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "reeve",
            rules: rules.map((id) => ({ id, shortDescription: { text: words(id) } })),
          },
        },
        columnKind: "utf16CodeUnits",
        results: diagnostics.map((diagnostic) => result(diagnostic, rules.indexOf(diagnostic.rule))),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function result(
  { severity, rule, origin, length, message, subject, detail }: Diagnostic,
  ruleIndex: number,
): object {
  const text = [message, [subject, ...detail].filter((part) => part !== "").join(" ")].filter(
    (part) => part !== "",
  );
  return {
    ruleId: rule,
    ruleIndex,
    level: severity,
    message: { text: text.join(". ") },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: origin.file.split("/").map(encodeURIComponent).join("/") },
          region: { startLine: origin.line, startColumn: origin.column, endColumn: origin.column + length },
        },
      },
    ],
  };
}

function words(id: string): string {
  return id.replaceAll("-", " ");
}
