import { createHash } from "node:crypto";
import { escaped } from "../../invitation/html.ts";
import type { ReportCounts, ReportDevice, ReportHead, ReportTotals } from "../../loop/report-views.ts";
import { barsOf, trendOf, verdictParts } from "./report-charts.ts";
import { clean, count, counted } from "./text.ts";
import { dayAndTime } from "./zoned.ts";

/** So many devices stand in a page, those that need a look first; lists have all of them. */
export const mostOnPage = 2_000;

const style = `:root{color-scheme:light dark;font:15px/1.45 system-ui,sans-serif}
body{max-width:1100px;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}
th,td{text-align:left;vertical-align:top;padding:.25rem .5rem;border-bottom:1px solid #8884;overflow-wrap:break-word}
td.n,th.n{text-align:right;white-space:nowrap}
svg{max-width:100%;height:auto;display:block;margin:.5rem 0 1.5rem}
p svg{display:inline;margin:0 .3rem 0 1rem}
.mono{font-family:ui-monospace,monospace;overflow-wrap:anywhere}
.compliant{color:#1b7f5c}.not-compliant{color:#b3261e;font-weight:600}.stale{color:#777}
.e{white-space:nowrap;font-size:.85em}
ul{margin:0;padding-left:1.1rem}
@media print{body{max-width:none}}`;

/** One page that needs nothing but itself: no script, no font, no picture from elsewhere. */
export function reportPage(head: ReportHead, devices: readonly ReportDevice[], totals: ReportTotals): string {
  const title = `Compliance of ${clean(head.organization)}, ${dayAndTime(head.at, head.timeZone)}`;
  const hash = createHash("sha256").update(style).digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="referrer" content="no-referrer">
<title>${escaped(title)}</title><style>${style}</style></head><body>
<h1>${escaped(title)}</h1>
${aboutOf(head)}
<h2>In total</h2>
${legend()}${barsOf([totals.total], "All devices by verdict")}
${countsTable([totals.total])}
${trendPart(totals)}
<h2>Groups</h2>
${barsOf(totals.groups, "Groups by verdict")}
${countsTable(totals.groups)}
<h2>Platforms</h2>
${barsOf(totals.platforms, "Platforms by verdict")}
${countsTable(totals.platforms)}
${departedPart(totals)}
<h2>Devices</h2>
${devicesPart(head, devices, totals)}
${meaning}
</body></html>
`;
}

function aboutOf(head: ReportHead): string {
  const { revision, history, group, timeZone } = head;
  const rows: readonly (readonly [string, string])[] = [
    ["Made", `${dayAndTime(head.at, timeZone)} (${timeZone})`],
    ["Revision in force", `${revision.revision} by ${revision.author}, ${dayAndTime(revision.at, timeZone)}`],
    ["Its message", revision.message.split("\n")[0] ?? ""],
    ["Devices", group === undefined ? "all that are managed" : `members of the group ${group}`],
    ["Acts", `whose status moved since ${dayAndTime(head.since, timeZone)}`],
    ["Gate", head.gate],
    [
      "Head of the history",
      history === undefined
        ? "nothing is sealed yet"
        : `${history.n}:${history.hash} (not verified by this report: reeve events verify --head tells)`,
    ],
  ];
  return `<table>${rows.map(([name, value]) => `<tr><th scope="row">${name}</th><td>${shown(value)}</td></tr>`).join("")}</table>`;
}

function trendPart({ trend }: ReportTotals): string {
  const chart = trendOf(trend);
  return chart === "" ? "" : `<h2>The days before</h2>\n${chart}`;
}

function legend(): string {
  return `<p>${verdictParts.map(({ title, color }) => `<svg width="12" height="12" viewBox="0 0 12 12"><rect width="12" height="12" fill="${color}"/></svg> ${title}`).join(" ")}</p>`;
}

const columns = [
  ["Total", "total"],
  ["Compliant", "compliant"],
  ["Exempt", "exempt"],
  ["Not compliant", "notCompliant"],
  ["Pending", "pending"],
  ["Stale", "stale"],
  ["Ready", "ready"],
  ["Reconciling", "reconciling"],
  ["Stalled", "stalled"],
  ["Held", "held"],
  ["Unreachable", "unreachable"],
] as const;

function countsTable(counts: readonly ReportCounts[]): string {
  const titles = columns.map(([title]) => `<th class="n">${title}</th>`).join("");
  const rows = counts.map(
    (one) =>
      `<tr><td>${one.group === "" ? "all devices" : shown(one.group)}</td>${columns.map(([, key]) => `<td class="n">${count(one[key])}</td>`).join("")}</tr>`,
  );
  return `<table><tr><th></th>${titles}</tr>${rows.join("")}</table>`;
}

function departedPart({ departed }: ReportTotals): string {
  const rows = Object.entries(departed).map(
    ([state, devices]) => `<tr><td>${shown(state)}</td><td class="n">${count(devices)}</td></tr>`,
  );
  return rows.length === 0
    ? ""
    : `<h2>Devices that are not managed any more</h2>\n<table><tr><th>Record</th><th class="n">Devices</th></tr>${rows.join("")}</table>`;
}

function devicesPart(
  { timeZone }: ReportHead,
  devices: readonly ReportDevice[],
  { total }: ReportTotals,
): string {
  const left = total.total - devices.length;
  const note = left === 0 ? "" : `<p>${counted(left, "device")} more stand in the lists (CSV, JSON).</p>`;
  const rows = devices.map((device) => deviceRow(device, timeZone));
  return `${note}<table><tr><th>Device</th><th>System</th><th>Verdict</th><th>Condition</th><th>Encrypted</th><th>Passcode</th><th>Evidence</th><th>Findings</th></tr>${rows.join("\n")}</table>`;
}

function deviceRow(device: ReportDevice, timeZone: string): string {
  const { condition, posture, verdict } = device;
  const system = [device.platform, device.osVersion].filter(Boolean).join(" ");
  const names = [device.name, device.serial === device.name ? undefined : device.serial].filter(Boolean);
  return `<tr><td>${shown(names.join(" "))}</td><td>${shown(system)}</td><td class="${verdict}">${verdict}</td><td>${shown(`${condition.type}: ${condition.message}`)}</td><td>${posture.encrypted}</td><td>${posture.passcode}</td><td class="e">${evidenceText(device, timeZone)}</td><td>${findings(device, timeZone)}</td></tr>`;
}

function evidenceText({ evidence }: ReportDevice, timeZone: string): string {
  const texts = evidence.map(({ section, collectedAt, stale }) => {
    const when = collectedAt === undefined ? "never" : dayAndTime(collectedAt, timeZone);
    return `<li${stale ? ' class="stale"' : ""}>${shown(section)} ${when}${stale ? " (stale)" : ""}</li>`;
  });
  return texts.length === 0 ? "" : `<ul>${texts.join("")}</ul>`;
}

function findings(device: ReportDevice, timeZone: string): string {
  const texts = [
    ...device.notAsDeclared.map((one) =>
      [`${one.item}: ${one.state}`, one.reason, one.because, one.commit?.slice(0, 12), one.author]
        .filter(Boolean)
        .join("; "),
    ),
    ...device.exemptions.map((one) => `${one.item}: lifted until ${one.until}; ${one.reason}`),
    ...device.acts.map((one) => {
      const approved = one.approvedBy.length === 0 ? "" : `, approved by ${one.approvedBy.join(", ")}`;
      return `${one.act}: ${one.verb} ${one.status} ${dayAndTime(one.at, timeZone)}; by ${one.author}${approved}; ${one.reason}`;
    }),
  ];
  return texts.length === 0 ? "" : `<ul>${texts.map((text) => `<li>${shown(text)}</li>`).join("")}</ul>`;
}

/** What devices and persons say: one line that obeys nobody. */
function shown(text: string): string {
  return escaped(clean(text));
}

const meaning = `<h2>What the words mean</h2>
<p><b>compliant</b>: a report of the device itself, not older than its schedules allow (seven days where none says it), shows every item that the policies declare. <b>exempt</b>: the same, but for what an exemption lifts. <b>not compliant</b>: something is not as declared and does not become so by itself. <b>pending</b>: it is under way, or waits for a person. <b>stale evidence</b>: nothing new enough proves it, whatever was said before; never counted compliant. Encryption and passcode are the device's own word; <i>unknown</i> is not <i>no</i>.</p>
<p>The head of the history binds this report to the events that reeve has sealed: <span class="mono">reeve events verify --head</span> tells whether they still are as they were.</p>`;
