/** One measured number. */
export interface Figure {
  /** `planning`, `endpoint`: the measurement it belongs to. */
  readonly group: string;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What to be better than; `at-least` or `at-most`. */
  readonly aim?: { readonly is: "at-least" | "at-most"; readonly value: number };
}

/** What one run has measured, and where. */
export interface Report {
  readonly machine: string;
  readonly node: string;
  readonly at: string;
  /** Load average of the last minute before the run: others on the machine falsify every figure. */
  readonly loadBefore: number;
  readonly quick: boolean;
  readonly figures: readonly Figure[];
}

/** Whether the aim is met; undefined without one. */
export function isMet({ aim, value }: Figure): boolean | undefined {
  if (aim === undefined) return undefined;
  return aim.is === "at-least" ? value >= aim.value : value <= aim.value;
}

/** The report as lines for people. */
export function renderReport(report: Report): string {
  const rows = report.figures.map((figure) => [
    figure.group,
    figure.name,
    `${formatNumber(figure.value)} ${figure.unit}`,
    aimOf(figure),
    { true: "met", false: "missed", undefined: "" }[String(isMet(figure))] ?? "",
  ]);
  const heads = ["", "figure", "value", "aim", ""];
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        column === 2 || column === 3 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  const about = `${report.machine}; Node ${report.node}; load before the run ${report.loadBefore.toFixed(2)}`;
  return [about, "", line(heads), ...rows.map(line), ""].join("\n");
}

/** The figures as a Markdown table, for documents. */
export function renderMarkdown(report: Report): string {
  const rows = report.figures.map((figure) => {
    const met = { true: "met", false: "**missed**", undefined: "" }[String(isMet(figure))] ?? "";
    const value = `${formatNumber(figure.value)} ${figure.unit}`.trim();
    return `| ${[figure.group, figure.name, value, aimOf(figure), met].join(" | ")} |`;
  });
  return ["| | figure | value | aim | |", "|---|---|---:|---:|---|", ...rows, ""].join("\n");
}

function aimOf({ aim, unit }: Figure): string {
  return aim === undefined ? "" : `${aim.is === "at-least" ? ">=" : "<="} ${formatNumber(aim.value)} ${unit}`;
}

/** Three digits that mean something, thousands apart. */
export function formatNumber(value: number): string {
  const digits = value === 0 || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
