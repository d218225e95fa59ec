import { localTime, nextOnClock } from "./local-time.ts";
import type { Risk } from "./risk.ts";

export const weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;

/** A window of `Policy.maintenanceWindows`, its defaults filled in. */
export interface CompiledWindow {
  readonly type: "allow" | "deny";
  /** Days on which it begins. */
  readonly days: readonly string[];
  /** `19:00` on the clock of its zone. */
  readonly from: string;
  /** The same; before `from` it is on the next day. */
  readonly to: string;
  /** A name of the IANA database, or `device`. */
  readonly timeZone: string;
  readonly gates: readonly Risk[];
}

/** Whether what a gate holds may be sent at an instant. Times are epoch ms. */
export type GateState =
  | { readonly open: true }
  | {
      readonly open: false;
      /** The end of a sentence: `its window, which opens Mon 19:00 Europe/Berlin`. */
      readonly waitsFor: string;
      /** Absent when it does not open by itself. */
      readonly opensAt?: number;
    };

/**
 * The state of one gate. Without a window that names it, it is open; in a deny window it is shut; else in an allow window it
 * is open; else it is shut if there is an allow window at all. What cannot be read shuts it.
 *
 * Windows are read off the clock on the wall: it is within a window while the clock shows a time from `from` until just
 * before `to`. So a `from` that a change of the clock leaps over begins at the leap, and an hour that comes twice counts
 * twice. `zone` is that of the device, as far as it has told it.
 */
export function gateState(
  windows: readonly CompiledWindow[],
  gate: Risk,
  now: number,
  zone: string | undefined,
): GateState {
  const mine = windows.filter(({ gates }) => gates.includes(gate));
  if (mine.length === 0) return { open: true };
  const fault = mine.map((window) => faultIn(window, zone)).find((one) => one !== undefined);
  if (fault !== undefined) return { open: false, waitsFor: `its window, which cannot be read: ${fault}` };
  if (isOpen(mine, now, zone)) return { open: true };
  const opensAt = nextChange(mine, now, zone);
  if (opensAt === undefined)
    return { open: false, waitsFor: "its window, which does not open within a week" };
  return { open: false, opensAt, waitsFor: `its window, which opens ${told(mine, opensAt, now, zone)}` };
}

/** True of a reason that names a window which opens by itself, and when it does: a device that waits for it goes on. */
export function opensByItself(reason: string): boolean {
  return reason.startsWith("waits for its window, which opens ");
}

/** When the state of any of these gates changes next (epoch ms); undefined when none does within nine days. */
export function nextEdge(
  windows: readonly CompiledWindow[],
  now: number,
  zone: string | undefined,
): number | undefined {
  const readable = windows.filter((window) => faultIn(window, zone) === undefined);
  const gates = [...new Set(readable.flatMap((window) => window.gates))];
  const edges = gates.flatMap((gate) => {
    const mine = readable.filter((window) => window.gates.includes(gate));
    return nextChange(mine, now, zone) ?? [];
  });
  return edges.length === 0 ? undefined : Math.min(...edges);
}

const horizonMs = 9 * 24 * 3_600_000;

function nextChange(
  windows: readonly CompiledWindow[],
  now: number,
  zone: string | undefined,
): number | undefined {
  const before = isOpen(windows, now, zone);
  const byZone = Map.groupBy(windows, (window) => zoneOf(window, zone) ?? "");
  const minutes = [...byZone].map(
    ([name, own]) => [name, own.flatMap(({ from, to }) => [minuteOf(from) ?? 0, minuteOf(to) ?? 0])] as const,
  );
  for (let at = now; at <= now + horizonMs; ) {
    const next = Math.min(...minutes.flatMap(([name, own]) => nextOnClock(name, at, own) ?? []));
    if (!Number.isFinite(next)) return undefined;
    if (isOpen(windows, next, zone) !== before) return next;
    at = next;
  }
  return undefined;
}

function isOpen(windows: readonly CompiledWindow[], at: number, zone: string | undefined): boolean {
  const [denies, allows] = [
    windows.filter(({ type }) => type === "deny"),
    windows.filter(({ type }) => type === "allow"),
  ];
  if (denies.some((window) => isWithin(window, at, zone))) return false;
  return allows.length === 0 || allows.some((window) => isWithin(window, at, zone));
}

function isWithin(window: CompiledWindow, at: number, zone: string | undefined): boolean {
  const name = zoneOf(window, zone);
  const local = name === undefined ? undefined : localTime(name, at);
  const [from, to] = [minuteOf(window.from), minuteOf(window.to)];
  if (local === undefined || from === undefined || to === undefined) return window.type === "deny";
  const { weekday, minute } = local;
  const begins = (day: number): boolean => window.days.includes(weekdays[(day + 7) % 7] ?? "");
  if (from < to) return begins(weekday) && minute >= from && minute < to;
  return (begins(weekday) && minute >= from) || (begins(weekday - 1) && minute < to);
}

function faultIn(window: CompiledWindow, zone: string | undefined): string | undefined {
  const name = zoneOf(window, zone);
  if (name === undefined) return "the device has not told its time zone";
  if (localTime(name, 0) === undefined) return `nobody knows the time zone ${name.slice(0, 64)}`;
  const time = [window.from, window.to].find((one) => minuteOf(one) === undefined);
  if (time !== undefined) return `${String(time).slice(0, 32)} is no time of day`;
  const day = window.days.find((one) => !weekdays.some((known) => known === one));
  return day === undefined ? undefined : `${String(day).slice(0, 32)} is no day of the week`;
}

function zoneOf({ timeZone }: CompiledWindow, zone: string | undefined): string | undefined {
  return timeZone === "device" ? zone : timeZone;
}

function minuteOf(time: string): number | undefined {
  const found = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(time);
  return found === null ? undefined : Number(found[1]) * 60 + Number(found[2]);
}

const sixDaysMs = 6 * 24 * 3_600_000;

/** `Mon 19:00 Europe/Berlin`, with the date when it is far off. */
function told(windows: readonly CompiledWindow[], at: number, now: number, zone: string | undefined): string {
  const [first] = windows;
  const name = (first && zoneOf(first, zone)) ?? "UTC";
  const local = localTime(name, at);
  if (local === undefined) return new Date(at).toISOString();
  const two = (value: number): string => String(value).padStart(2, "0");
  const time = `${weekdays[local.weekday]} ${two(Math.floor(local.minute / 60))}:${two(local.minute % 60)} ${name}`;
  return at - now > sixDaysMs ? `${new Date(at).toISOString().slice(0, 10)}, ${time}` : time;
}
