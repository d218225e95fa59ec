import type { Action } from "../../core/plan.ts";
import type { PlanView, PlanViewEntry } from "../../loop/views.ts";
import { type GridRow, grid } from "./grid.ts";
import type { Look, Paint } from "./look.ts";
import { refusalLines } from "./refusals.ts";
import { sharePercent } from "./rollouts.ts";
import { counted } from "./text.ts";

const marks: Readonly<Record<Action, { readonly sign: string; readonly paint: Paint }>> = {
  install: { sign: "+", paint: "green" },
  update: { sign: "~", paint: "yellow" },
  adopt: { sign: "=", paint: "green" },
  remove: { sign: "-", paint: "red" },
  act: { sign: "*", paint: "yellow" },
  cancel: { sign: "-", paint: "yellow" },
  over: { sign: "?", paint: "dim" },
  hold: { sign: "=", paint: "cyan" },
  watch: { sign: "o", paint: "cyan" },
  conflict: { sign: "x", paint: "red" },
  unsupported: { sign: "?", paint: "dim" },
};

/** Lines that say the same of several contents become one; their devices are added up. */
export function mergeEntries(entries: readonly PlanViewEntry[]): readonly PlanViewEntry[] {
  const merged = new Map<string, PlanViewEntry>();
  for (const entry of entries) {
    const { action, key, policy, place, reason, risk, changes, armed, waves, users, refusals } = entry;
    const isOfUsers = users !== undefined;
    const told = [action, key, policy, place, reason, risk, changes, armed, waves, isOfUsers, refusals];
    const id = JSON.stringify(told);
    const known = merged.get(id);
    merged.set(id, known === undefined ? entry : { ...known, ...added(known, entry) });
  }
  return [...merged.values()];
}

function added(known: PlanViewEntry, { devices, users }: PlanViewEntry): Amount {
  const sum = { devices: known.devices + devices };
  return users === undefined ? sum : { ...sum, users: (known.users ?? 0) + users };
}

type Amount = Pick<PlanViewEntry, "devices" | "users">;

/** `5 devices`, `3 users`, or both. */
export function amount({ devices, users = 0 }: Amount): string {
  if (users === 0) return counted(devices, "device");
  return devices === 0
    ? counted(users, "user")
    : `${counted(devices, "device")} and ${counted(users, "user")}`;
}

/** One line per entry, aligned; at most `limit` of each action, then how many are left. */
export function planLines(view: PlanView, look: Look, limit: number): readonly string[] {
  const rows: GridRow[] = [];
  const groups = byAction(mergeEntries(view.entries));
  const indent = 6 + Math.max(0, ...[...groups.keys()].map((action) => action.length));
  for (const [action, entries] of groups) {
    for (const entry of entries.slice(0, limit)) rows.push(...entryRows(entry, indent, look));
    if (entries.length > limit) rows.push({ indent, note: moreNote(action, entries.slice(limit)) });
    if (action === "remove") rows.push({ indent, note: removalNote(view.removals) });
  }
  if (view.isolating !== undefined) rows.push({ indent, note: isolatingNote(view.isolating) });
  return grid(columns, rows, look, 2);
}

/** Entries in the order of the plan, gathered by what they do. */
function byAction(entries: readonly PlanViewEntry[]): ReadonlyMap<Action, readonly PlanViewEntry[]> {
  const groups = new Map<Action, PlanViewEntry[]>();
  for (const entry of entries) {
    const known = groups.get(entry.action);
    if (known === undefined) groups.set(entry.action, [entry]);
    else known.push(entry);
  }
  return groups;
}

const columns = [{}, { min: 16 }, { min: 8 }, { align: "right" }, { min: 16, cut: "start" }] as const;

/** At a narrow terminal a change of more columns stands below its line, and whole. */
const mostBeside = 24;

function entryRows(entry: PlanViewEntry, indent: number, { width }: Look): readonly GridRow[] {
  const { sign, paint } = marks[entry.action] ?? marks.unsupported;
  const changes = entry.changes ?? [];
  const isBelow = width < 100 && (changes[0] ?? "").length > mostBeside;
  const [first = "", ...more] = isBelow ? ["", ...changes] : changes;
  const line: GridRow = [
    { text: `${sign} ${entry.action}`, paint },
    entry.key,
    first,
    amount(entry),
    [
      entry.place ?? (entry.policy === "" ? "" : `Policy/${entry.policy}`),
      ...(entry.waves === undefined ? [] : [`waves ${entry.waves.map(sharePercent).join(" ")}`]),
    ].join(" "),
  ];
  const shown = more.slice(0, 4).map((note) => ({ indent, note }));
  if (more.length > 4) shown.push({ indent, note: `and ${counted(more.length - 4, "more change")}` });
  if (entry.risk === "isolating")
    shown.push({ indent, note: "ISOLATING: it may be the last network or trust of these devices" });
  for (const text of entry.armed ?? []) shown.push({ indent, note: `ARMED: ${text}` });
  if (entry.reason !== undefined) shown.push({ indent, note: entry.reason });
  for (const note of refusalLines(entry)) shown.push({ indent, note });
  return [line, ...shown];
}

function moreNote(action: Action, left: readonly PlanViewEntry[]): string {
  const devices = left.reduce((sum, entry) => sum + entry.devices, 0);
  const users = left.reduce((sum, entry) => sum + (entry.users ?? 0), 0);
  return `and ${counted(left.length, "line")} more to ${action}, ${amount({ devices, users })} (--all shows each)`;
}

function isolatingNote({ devices, budget, used }: NonNullable<PlanView["isolating"]>): string {
  const spent = used > 0 ? `, ${counted(used, "device")} used already` : "";
  return `isolating budget ${devices} of ${budget}${spent}${devices + used > budget ? "; the rest waits" : ""}`;
}

function removalNote({ devices, budget, used, frozen }: PlanView["removals"]): string {
  const spent = used > 0 ? `, ${counted(used, "device")} used already` : "";
  const waits = devices + used > budget ? "; the rest waits" : "";
  return `removal budget ${devices} of ${budget}${spent}${waits}${frozen === undefined ? "" : `; frozen: ${frozen}`}`;
}
