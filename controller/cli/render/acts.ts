import type { HoldDevice, HoldView } from "../../loop/hold-view.ts";
import { shortDigest } from "./digest.ts";
import { grid } from "./grid.ts";
import { type Look, paint } from "./look.ts";
import { verifiedMark } from "./revision.ts";
import { clean, clip, count, counted, wrap } from "./text.ts";
import { ago, timespan } from "./time.ts";

/** What an act takes away, by its verb. */
const extents: Readonly<Record<string, string>> = {
  wipe: "whole device",
  unenroll: "work data and management",
  relinquishOwnership: "work profile and management",
  clearAppData: "data of the named apps",
  removeEsim: "its eSIM",
  deleteUser: "accounts with their data",
};

/** How one held act is shown: `all` devices, or the first few; the command that approves it. */
export interface HoldOptions {
  readonly devices: number;
  /** `after merge: ` before a revision is in force. */
  readonly when?: string;
}

/** One act with its devices, what it waits for and its digest; never folded. */
export function renderHold(hold: HoldView, look: Look, options: HoldOptions): readonly string[] {
  const shown = hold.devices.slice(0, options.devices);
  const lines = [
    ...grid(
      deviceColumns,
      shown.map((one) => deviceRow(one, look)),
      look,
      2,
    ),
    ...leftOut(hold, shown.length),
    ...origin(hold, look),
    ...(hold.because === undefined ? [] : indented(`held: ${clean(hold.because)}`, look)),
    ...indented(expectation(hold, look), look),
  ];
  lines.push(digestLine(hold, look, options.when ?? ""));
  return lines;
}

/** An act that is only planned has no digest yet: its author is known when it is committed. */
function digestLine(hold: HoldView, look: Look, when: string): string {
  const status = clip(clean(hold.status), 40);
  if (hold.status === "would be refused") return `  ${paint(look, "yellow", status)}`;
  if (hold.digest === "")
    return `  ${status}; its digest is told ${when}${paint(look, "cyan", "reeve holds")}`;
  const short = shortDigest(hold.digest);
  if (hold.leavesAt !== undefined) {
    const left = hold.leavesAt <= look.now ? "now" : `in ${timespan(hold.leavesAt - look.now)}`;
    const stop = paint(look, "cyan", `reeve withdraw ${short} --reason WHY`);
    return `  digest ${paint(look, "bold", short)}   ${paint(look, "yellow", `leaves ${left}`)}; to stop it: ${stop}`;
  }
  const next = hold.status === "held" ? paint(look, "cyan", `${when}reeve approve ${short}`) : status;
  return `  digest ${paint(look, "bold", short)}   ${next}`;
}

const deviceColumns = [{ min: 8, least: 9 }, { min: 12 }, { min: 10 }, { min: 12 }, {}];

function deviceRow(device: HoldDevice, look: Look) {
  const extent = extents[device.verb];
  const ownership = device.ownership ?? "ownership unknown";
  return [
    { text: `! ${device.verb}`, paint: "red" as const },
    device.name || device.device,
    device.serial ?? "",
    extent === undefined ? ownership : `${ownership}, ${extent}`,
    `seen ${ago(device.lastSeenAt || undefined, look.now)}`,
  ];
}

function leftOut(hold: HoldView, shown: number): readonly string[] {
  const left = hold.devices.length - shown;
  if (left <= 0) return [];
  const verbs = new Map<string, number>();
  for (const device of hold.devices.slice(shown)) verbs.set(device.verb, (verbs.get(device.verb) ?? 0) + 1);
  const parts = [...verbs].map(([verb, number]) => `${count(number)} ${clip(clean(verb), 20)}`);
  return [
    `  ! and ${counted(left, "device")} more (${parts.slice(0, 4).join(", ")}): reeve holds -o json names each`,
  ];
}

function origin(hold: HoldView, look: Look): readonly string[] {
  const parts = [
    clean(hold.act).replace(/@1$/, ""),
    clean(hold.place ?? ""),
    `"${clean(hold.reason)}"`,
    hold.author === "" ? "" : `by ${clean(hold.author)}${verifiedMark(hold)}`,
  ];
  const text = parts.filter((part) => part !== "").join("  ");
  const blanks = " ".repeat(13);
  return wrap(text, look.width - 13).map((line) => blanks + line);
}

function expectation(hold: HoldView, look: Look): string {
  const parts = [
    hold.expectedDevices === undefined
      ? `found ${count(hold.devices.length)}`
      : `expected ${count(hold.expectedDevices)}, found ${count(hold.devices.length)}`,
  ];
  if (hold.budget !== undefined) {
    const { used, limit, windowMs } = hold.budget;
    parts.push(`budget ${count(used)} of ${count(limit)} in ${timespan(windowMs)}`);
  }
  parts.push(approvals(hold), expiry(hold, look));
  return parts.join("; ");
}

function approvals(hold: HoldView): string {
  const { approvals: given, approvalsNeeded, approvalsIfSigned, author } = hold;
  if (author === "" && hold.digest !== "")
    return "nobody can approve it: it is not known who asked for it; raise its generation";
  const by = given.map((one) => clean(one.by)).join(", ");
  if (given.length >= approvalsNeeded) return `approved by ${by}`;
  const who = author === "" ? "" : `, not ${clean(author.split("@")[0] ?? "")}'s`;
  const sofar = given.length === 0 ? "" : `; ${count(given.length)} given by ${by}`;
  const signed = approvalsIfSigned ?? approvalsNeeded;
  const fewer = signed < approvalsNeeded ? ` (${count(signed)} when its commits are signed)` : "";
  return `needs ${counted(approvalsNeeded, "approval")}${fewer}${who}${sofar}`;
}

function expiry(hold: HoldView, look: Look): string {
  return hold.expiresAt <= look.now ? "EXPIRED" : `expires in ${timespan(hold.expiresAt - look.now)}`;
}

function indented(text: string, look: Look): readonly string[] {
  return wrap(text, look.width - 2).map((line) => `  ${line}`);
}
