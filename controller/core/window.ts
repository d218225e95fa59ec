import { isTimeZone, localTime, nextOnClock } from "./local-time.ts";
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
  const mine = readOf(windows, gate, zone);
  if (typeof mine === "string") return { open: false, waitsFor: `its window, which cannot be read: ${mine}` };
  if (isOpen(mine, now)) return { open: true };
  const opensAt = nextChange(mine, now);
  if (opensAt === undefined)
    return { open: false, waitsFor: "its window, which does not open within nine days" };
  return { open: false, opensAt, waitsFor: `its window, which opens ${told(mine, opensAt, now)}` };
}

/** True of a reason that names a window which opens by itself, and when it does: a device that waits for it goes on. */
export function opensByItself(reason: string): boolean {
  return reason.startsWith("waits for its window, which opens ");
}

/**
 * When the state of any of these gates changes next (epoch ms); undefined when none does within nine days. One with a
 * window that cannot be read stays shut.
 */
export function nextEdge(
  windows: readonly CompiledWindow[],
  now: number,
  zone: string | undefined,
): number | undefined {
  const gates = [...new Set(windows.flatMap((window) => window.gates))];
  const edges = gates.flatMap((gate) => {
    const mine = readOf(windows, gate, zone);
    return typeof mine === "string" ? [] : (nextChange(mine, now) ?? []);
  });
  return edges.length === 0 ? undefined : Math.min(...edges);
}

/** A window that can be read. */
interface Read {
  readonly type: "allow" | "deny";
  /** 0 is Monday. */
  readonly days: readonly number[];
  /** Minutes since midnight. */
  readonly from: number;
  readonly to: number;
  readonly zone: string;
}

/** The windows that name a gate, or why one of them cannot be read. */
function readOf(
  windows: readonly CompiledWindow[],
  gate: Risk,
  zone: string | undefined,
): readonly Read[] | string {
  const found = windows.filter(({ gates }) => gates.includes(gate)).map((window) => read(window, zone));
  return found.find((one) => typeof one === "string") ?? found.filter((one) => typeof one !== "string");
}

function read(
  { type, days, from, to, timeZone }: CompiledWindow,
  reported: string | undefined,
): Read | string {
  const zone = timeZone === "device" ? reported : timeZone;
  if (zone === undefined) return "the device has not told its time zone";
  if (!isTimeZone(zone)) return `nobody knows the time zone ${zone.slice(0, 64)}`;
  const [first, last] = [minuteOf(from), minuteOf(to)];
  if (first === undefined) return `${String(from).slice(0, 32)} is no time of day`;
  if (last === undefined) return `${String(to).slice(0, 32)} is no time of day`;
  const day = days.find((one) => indexOf(one) === -1);
  if (day !== undefined) return `${String(day).slice(0, 32)} is no day of the week`;
  return { type, days: days.map(indexOf), from: first, to: last, zone };
}

function indexOf(day: string): number {
  return (weekdays as readonly string[]).indexOf(day);
}

const horizonMs = 9 * 24 * 3_600_000;

function nextChange(windows: readonly Read[], now: number): number | undefined {
  const before = isOpen(windows, now);
  const byZone = Map.groupBy(windows, ({ zone }) => zone);
  const minutes = [...byZone].map(
    ([zone, own]) => [zone, own.flatMap(({ from, to }) => [from, to])] as const,
  );
  for (let at = now; ; ) {
    at = Math.min(...minutes.map(([zone, own]) => nextOnClock(zone, at, own)));
    // Nor is a time that is none.
    if (!(at <= now + horizonMs)) return undefined;
    if (isOpen(windows, at) !== before) return at;
  }
}

function isOpen(windows: readonly Read[], at: number): boolean {
  if (windows.some((window) => window.type === "deny" && isWithin(window, at))) return false;
  const allows = windows.filter(({ type }) => type === "allow");
  return allows.length === 0 || allows.some((window) => isWithin(window, at));
}

function isWithin({ type, days, from, to, zone }: Read, at: number): boolean {
  const local = localTime(zone, at);
  if (local === undefined) return type === "deny";
  const { weekday, minute } = local;
  const today = days.includes(weekday);
  if (from < to) return today && minute >= from && minute < to;
  return (today && minute >= from) || (days.includes((weekday + 6) % 7) && minute < to);
}

function minuteOf(time: string): number | undefined {
  const found = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(time);
  return found === null ? undefined : Number(found[1]) * 60 + Number(found[2]);
}

const sixDaysMs = 6 * 24 * 3_600_000;

/** `Mon 19:00 Europe/Berlin`, with the date when it is far off; by the clock of the first window. */
function told([first]: readonly Read[], at: number, now: number): string {
  const zone = first?.zone ?? "UTC";
  const local = localTime(zone, at);
  if (local === undefined) return new Date(at).toISOString();
  const two = (value: number): string => String(value).padStart(2, "0");
  const time = `${weekdays[local.weekday]} ${two(Math.floor(local.minute / 60))}:${two(local.minute % 60)} ${zone}`;
  return at - now > sixDaysMs ? `${local.date}, ${time}` : time;
}
