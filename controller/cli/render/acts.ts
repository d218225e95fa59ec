import { portalNames } from "../../core/lifecycle.ts";
import { devicesOf, type HoldAfterwards, type HoldDevice, type HoldView } from "../../loop/hold-view.ts";
import { shortDigest } from "./digest.ts";
import { grid } from "./grid.ts";
import { type Look, paint } from "./look.ts";
import { refusalLines } from "./refusals.ts";
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
  /** Something keeps all acts, whatever is approved. */
  readonly isStopped?: boolean;
}

/** One act with its devices, what it waits for and its digest; never folded. */
export function renderHold(hold: HoldView, look: Look, options: HoldOptions): readonly string[] {
  const isReady = hold.status === "leaving";
  const devices = isReady ? hold.devices.filter((one) => one.status === "ready") : hold.devices;
  const number = isReady ? (hold.count?.waiting ?? devices.length) : devicesOf(hold);
  const shown = devices.slice(0, options.devices);
  const lines = [
    ...grid(
      deviceColumns,
      shown.map((one) => deviceRow(one, look)),
      look,
      2,
    ),
    ...leftOut(devices, shown.length, number),
    ...origin(hold, look),
    ...afterwardsLines(devices, look),
    ...(hold.because === undefined
      ? []
      : indented(`${isReady ? "waits" : "held"}: ${clean(hold.because)}`, look)),
    ...refusalLines(hold).flatMap((line) => indented(line, look)),
    ...indented(
      isReady ? readiness(hold, number, look, options.isStopped === true) : expectation(hold, look),
      look,
    ),
  ];
  return [...lines, ...digestLines(hold, look, options)];
}

/** An act that is only planned has no digest yet: its author is known when it is committed. */
function digestLines(hold: HoldView, look: Look, { when = "", isStopped }: HoldOptions): readonly string[] {
  const status = clip(clean(hold.status), 40);
  if (hold.status === "would be refused") return [`  ${paint(look, "yellow", status)}`];
  if (hold.digest === "")
    return [`  ${status}; its digest is told ${when}${paint(look, "cyan", "reeve holds")}`];
  const short = shortDigest(hold.digest);
  if (hold.status === "leaving") {
    const stop = paint(look, "cyan", `reeve withdraw ${short} --reason WHY`);
    return [`  digest ${paint(look, "bold", short)}   to stop it: ${stop}`];
  }
  if (hold.leavesAt !== undefined) {
    const left = hold.leavesAt <= look.now ? "now" : `in ${timespan(hold.leavesAt - look.now)}`;
    const stop = paint(look, "cyan", `reeve withdraw ${short} --reason WHY`);
    const leaves = `  digest ${paint(look, "bold", short)}   ${paint(look, "yellow", `${isStopped === true ? "would leave" : "leaves"} ${left}`)}`;
    return look.width < 100 ? [leaves, `  to stop it: ${stop}`] : [`${leaves}; to stop it: ${stop}`];
  }
  const next = hold.status === "held" ? paint(look, "cyan", `${when}reeve approve ${short}`) : status;
  return [`  digest ${paint(look, "bold", short)}   ${next}`];
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

function leftOut(devices: readonly HoldDevice[], shown: number, number: number): readonly string[] {
  const left = number - shown;
  if (left <= 0) return [];
  const isListed = devices.length === number;
  const verbs = new Map<string, number>();
  for (const device of devices.slice(shown)) verbs.set(device.verb, (verbs.get(device.verb) ?? 0) + 1);
  const parts = [...verbs].map(([verb, of]) => `${count(of)} ${clip(clean(verb), 20)}`);
  const what = isListed ? ` (${parts.slice(0, 4).join(", ")})` : "";
  const names = `names ${isListed ? "each" : `the first ${count(devices.length)}`}`;
  return [`  ! and ${counted(left, "device")} more${what}: reeve holds -o json ${names}`];
}

/** The name of an act; of one that a person asked for directly with its device, whose id alone is in the name. */
export function actName({ act, devices: [first] }: HoldView): string {
  return act.startsWith("Direct/") && first !== undefined
    ? `${clean(act)} (${clean(first.name)})`
    : clean(act);
}

function origin(hold: HoldView, look: Look): readonly string[] {
  const parts = [
    actName(hold).replace(/@1$/, ""),
    clean(hold.place ?? ""),
    `"${clean(hold.reason)}"`,
    hold.author === "" ? "" : `by ${clean(hold.author)}${verifiedMark(hold)}`,
  ];
  const text = parts.filter((part) => part !== "").join("  ");
  const blanks = " ".repeat(13);
  return wrap(text, look.width - 13).map((line) => blanks + line);
}

/** `afterwards retired: it may not enroll again; …`, once for all devices of which it is true. */
function afterwardsLines(devices: readonly HoldDevice[], look: Look): readonly string[] {
  const told = Map.groupBy(devices, ({ afterwards }) =>
    afterwards === undefined ? "" : afterwardsText(afterwards),
  );
  told.delete("");
  const all = told.size === 1 && [...told.values()][0]?.length === devices.length;
  return [...told].slice(0, 5).flatMap(([text, of]) => {
    const which = all ? "" : ` of ${counted(of.length, "device")}`;
    return indented(`afterwards${which}: ${text}`, look);
  });
}

function afterwardsText({ record, mayEnroll, reenrollGroup, erased, releases }: HoldAfterwards): string {
  if (record === "deleted") return "its record is deleted; it may enroll again as one that was never seen";
  const group = reenrollGroup === undefined ? "" : `, into the group ${clean(reenrollGroup)}`;
  const portals = releases.map((one) => portalNames[one] ?? clean(one)).join(" and ");
  return [
    `its record is called ${clean(record)}`,
    mayEnroll ? `it may enroll again${group}` : "it may not enroll again",
    ...(portals === "" ? [] : [`it must leave ${portals}`]),
    ...(erased ? ["what is personal is erased after 90 days"] : []),
  ].join("; ");
}

/** What leaves without another word, and how much of it has left. */
function readiness(hold: HoldView, left: number, look: Look, isStopped: boolean): string {
  const by = hold.approvals.map((one) => clean(one.by)).join(", ");
  return [
    by === "" ? "needs no approval" : `approved by ${by}`,
    left === devicesOf(hold)
      ? `not sent yet${isStopped ? "" : ": it leaves when the device connects"}`
      : `not sent yet to ${count(left)} of ${counted(devicesOf(hold), "device")}`,
    expiry(hold, look),
  ].join("; ");
}

function expectation(hold: HoldView, look: Look): string {
  const parts = [
    hold.expectedDevices === undefined
      ? `found ${count(devicesOf(hold))}`
      : `expected ${count(hold.expectedDevices)}, found ${count(devicesOf(hold))}`,
  ];
  if (hold.budget !== undefined) {
    const { used, limit, windowMs } = hold.budget;
    parts.push(`budget ${count(used)} of ${count(limit)} in ${timespan(windowMs)}${budgetNote(hold.budget)}`);
  }
  parts.push(approvals(hold), expiry(hold, look));
  return parts.join("; ");
}

/** Break-glass spares approvals and waits, and no budget. */
function budgetNote({ used, limit, windowMs }: NonNullable<HoldView["budget"]>): string {
  if (used >= limit) return ", used up: it waits for room, with break-glass as well";
  return limit === 1 && windowMs >= 86_400_000 ? ", which break-glass uses up as well" : "";
}

function approvals(hold: HoldView): string {
  const { approvals: given, approvalsNeeded, approvalsIfSigned, author } = hold;
  if (author === "" && hold.digest !== "")
    return "nobody can approve it: it is not known who asked for it; raise its generation";
  const by = given.map((one) => clean(one.by)).join(", ");
  if (given.length >= approvalsNeeded) return `approved by ${by}`;
  const who = author === "" ? "" : `, not ${clean(author.split("@")[0] ?? "")}'s unless alone (solo)`;
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
