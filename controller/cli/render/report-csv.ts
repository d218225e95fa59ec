import type { ReportCounts, ReportDevice } from "../../loop/report-views.ts";
import { clean } from "./text.ts";
import { dayAndTime } from "./zoned.ts";

type Value = string | number | undefined;

/**
 * One line of CSV as RFC 4180 has it. A text that a spreadsheet would take for a formula is led by an apostrophe: what
 * devices and persons write is never calculated.
 */
export function csvLine(values: readonly Value[]): string {
  return `${values.map(cellOf).join(",")}\r\n`;
}

function cellOf(value: Value): string {
  if (value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = clean(value);
  const safe = /^[\s]*[=+\-@|%＝＋－＠]/.test(text) ? `'${text}` : text;
  return /[",\r\n']|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const deviceTitles = [
  "id",
  "name",
  "serial",
  "platform",
  "model",
  "osVersion",
  "ownership",
  "owner",
  "mode",
  "groups",
  "enrollment",
  "verdict",
  "condition",
  "reason",
  "message",
  "lastSeen",
  "oldestEvidence",
  "staleSections",
  "encrypted",
  "passcode",
  "postureAt",
  "itemsAsDeclared",
  "itemsNotAsDeclared",
  "exemptions",
  "acts",
];

/** The titles of the list of devices. */
export const devicesHead: string = csvLine(deviceTitles);

/** One device, its times in the organization's time zone. */
export function deviceLine(device: ReportDevice, timeZone: string): string {
  const time = (at: number | undefined): string => (at === undefined ? "" : dayAndTime(at, timeZone));
  const { condition, evidence, posture } = device;
  const collected = evidence.map((one) => one.collectedAt ?? 0);
  const oldest = collected.length === 0 ? undefined : Math.min(...collected);
  return csvLine([
    device.id,
    device.name,
    device.serial,
    device.platform,
    device.model,
    device.osVersion,
    device.ownership,
    device.owner,
    device.mode,
    device.groups.join(" "),
    device.enrollment,
    device.verdict,
    condition.type,
    condition.reason,
    condition.message,
    time(device.lastSeenAt),
    oldest === 0 ? "never" : time(oldest),
    evidence.flatMap((one) => (one.stale ? one.section : [])).join(" "),
    posture.encrypted,
    posture.passcode,
    time(device.postureAt),
    device.asDeclared,
    device.notAsDeclared.length,
    device.exemptions.map((one) => `${one.item} until ${one.until}`).join("; "),
    device.acts.map((one) => `${one.verb} ${one.status}`).join("; "),
  ]);
}

/** The titles of the list of what is not as declared, is lifted, or was done. */
export const findingsHead: string = csvLine([
  "device",
  "name",
  "platform",
  "finding",
  "subject",
  "state",
  "reason",
  "because",
  "commit",
  "person",
  "until",
  "at",
]);

/** What there is to say of one device: its items that are not as declared, its exemptions, and the acts on it. */
export function findingLines(device: ReportDevice, timeZone: string): string {
  const who = [device.id, device.name, device.platform];
  const items = device.notAsDeclared.map((one) =>
    csvLine([...who, "item", one.item, one.state, one.reason, one.because, one.commit, one.author, "", ""]),
  );
  const lifted = device.exemptions.map((one) =>
    csvLine([...who, "exemption", one.item, "lifted", one.reason, "", "", "", one.until, ""]),
  );
  const acts = device.acts.map((one) => {
    const persons = [one.author, ...one.approvedBy.map((by) => `approved by ${by}`)].join(", ");
    const at = dayAndTime(one.at, timeZone);
    return csvLine([
      ...who,
      "act",
      one.act,
      `${one.verb} ${one.status}`,
      one.reason,
      "",
      "",
      persons,
      "",
      at,
    ]);
  });
  return [...items, ...lifted, ...acts].join("");
}

const countNames = [
  "total",
  "compliant",
  "exempt",
  "notCompliant",
  "pending",
  "stale",
  "ready",
  "reconciling",
  "stalled",
  "held",
  "unreachable",
] as const;

/** The titles of the list of groups. */
export const groupsHead: string = csvLine(["group", ...countNames]);

/** How a group stands. */
export function groupLine(counts: ReportCounts): string {
  return csvLine([
    counts.group === "" ? "all devices" : counts.group,
    ...countNames.map((name) => counts[name]),
  ]);
}
