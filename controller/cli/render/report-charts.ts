import { escaped } from "../../invitation/html.ts";
import type { ReportCounts } from "../../loop/report-views.ts";
import type { DayCount } from "../../store/report-rows.ts";
import { clean, count } from "./text.ts";

/** The parts of a bar, in their order, with a colour that does without seeing red and green apart. */
export const verdictParts = [
  { key: "compliant", title: "compliant", color: "#1b7f5c" },
  { key: "exempt", title: "exempt", color: "#5b8db8" },
  { key: "pending", title: "pending", color: "#c8a415" },
  { key: "stale", title: "stale evidence", color: "#9a9a9a" },
  { key: "notCompliant", title: "not compliant", color: "#b3261e" },
] as const;

const width = 720;
const barHeight = 22;
const labelWidth = 200;
const mostBars = 40;

/** A bar for each group, parted by verdict, each part with a title that says its number. */
export function barsOf(counts: readonly ReportCounts[], label: string): string {
  const shown = counts.slice(0, mostBars);
  const height = shown.length * (barHeight + 8);
  const bars = shown.map((one, index) => barOf(one, index * (barHeight + 8))).join("");
  return svg(height, label, bars);
}

function barOf(counts: ReportCounts, y: number): string {
  const name = escaped(clean(counts.group === "" ? "all devices" : counts.group).slice(0, 26));
  const room = width - labelWidth - 70;
  let x = labelWidth;
  const parts = verdictParts.map(({ key, title, color }) => {
    const part = counts.total === 0 ? 0 : (counts[key] / counts.total) * room;
    const drawn =
      part === 0
        ? ""
        : `<rect x="${round(x)}" y="${y}" width="${round(part)}" height="${barHeight}" fill="${color}"><title>${name}: ${count(counts[key])} ${title}</title></rect>`;
    x += part;
    return drawn;
  });
  const share = counts.total === 0 ? "" : `${Math.floor((counts.compliant / counts.total) * 100)} %`;
  return `<text x="0" y="${y + 16}">${name}</text>${parts.join("")}<text x="${width - 64}" y="${y + 16}"><title>${count(counts.compliant)} compliant</title>${share}</text>`;
}

const chartHeight = 160;

/** The share of devices that were ready on each day; nothing before two days are there. */
export function trendOf(days: readonly DayCount[]): string {
  if (days.length < 2) return "";
  const step = (width - 80) / (days.length - 1);
  const point = ({ ready, total }: DayCount, index: number): readonly [number, number] => [
    40 + index * step,
    10 + (chartHeight - 40) * (1 - (total === 0 ? 0 : ready / total)),
  ];
  const line = days.map((day, index) => point(day, index).map(round).join(",")).join(" ");
  const dots = days.map((day, index) => {
    const [x, y] = point(day, index);
    const says = `${escaped(day.day)}: ${count(day.ready)} of ${count(day.total)} ready`;
    return `<circle cx="${round(x)}" cy="${round(y)}" r="3" fill="#1b7f5c"><title>${says}</title></circle>`;
  });
  const [first, last] = [days[0]?.day ?? "", days.at(-1)?.day ?? ""];
  const axis = `<line x1="40" y1="10" x2="40" y2="${chartHeight - 30}" stroke="#888"/><line x1="40" y1="${chartHeight - 30}" x2="${width - 40}" y2="${chartHeight - 30}" stroke="#888"/>
<text x="0" y="16">100 %</text><text x="14" y="${chartHeight - 28}">0 %</text><text x="40" y="${chartHeight - 10}">${escaped(first)}</text><text x="${width - 120}" y="${chartHeight - 10}">${escaped(last)}</text>`;
  return svg(
    chartHeight,
    "Share of devices that were ready, by day",
    `${axis}<polyline points="${line}" fill="none" stroke="#1b7f5c" stroke-width="2"/>${dots.join("")}`,
  );
}

function svg(height: number, label: string, body: string): string {
  return `<svg role="img" aria-label="${escaped(label)}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-size="13" fill="currentColor">${body}</svg>`;
}

function round(value: number): string {
  return value.toFixed(1);
}
