import type { ReportHead, ReportTotals } from "../../loop/report-views.ts";
import type { Look } from "./look.ts";
import { describeRevision } from "./revision.ts";
import { table } from "./table.ts";
import { clean, count, wrap } from "./text.ts";
import { dayAndTime } from "./zoned.ts";

const columns = ["", "total", "compliant", "exempt", "not compliant", "pending", "stale"].map((title) => ({
  title,
  min: 8,
}));

/** How many devices of each group are compliant, and what the report is bound to. */
export function renderReport(
  head: ReportHead,
  { total, groups, departed }: ReportTotals,
  look: Look,
): string {
  const rows = [
    ...groups,
    { ...total, group: head.group === undefined ? "all devices" : `in ${head.group}` },
  ].map((one) => [one.group, one.total, one.compliant, one.exempt, one.notCompliant, one.pending, one.stale]);
  const history =
    head.history === undefined
      ? ""
      : `History  ${head.history.n}:${head.history.hash}\n         not verified by this report: reeve events verify --head with that\n`;
  // They are in no row and no number above.
  const gone = Object.entries(departed).map(([state, devices]) => `${count(devices)} ${clean(state)}`);
  const left = gone.length === 0 ? "" : `Departed ${gone.join(", ")}: reeve devices --state STATE\n`;
  const first = `${clean(head.organization)}  ${dayAndTime(head.at, head.timeZone)}, in force ${describeRevision(head.revision, look.now)}`;
  return `${wrap(first, look.width, "  ").join("\n")}

${table(columns, rows, look)}
${left}${history}`;
}
