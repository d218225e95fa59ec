import fc from "fast-check";
import { type CompiledWindow, weekdays } from "../core/window.ts";

/** Zones whose clocks are put forward and back at odd times, or by odd steps, or that left out a day. */
export const zones = [
  "Europe/Berlin",
  "America/New_York",
  "America/Santiago",
  "Australia/Lord_Howe",
  "Africa/Casablanca",
  "Asia/Kathmandu",
  "Pacific/Apia",
  "America/St_Johns",
  "UTC",
];
const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([hours, minutes]) => `${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`);
export const anyWindow: fc.Arbitrary<CompiledWindow> = fc
  .record({
    type: fc.constantFrom("allow" as const, "deny" as const),
    days: fc.subarray([...weekdays], { minLength: 1 }),
    from: time,
    to: time,
    timeZone: fc.constantFrom(...zones, "device"),
    gates: fc.constant(["disruptive" as const]),
  })
  .filter(({ from, to }) => from !== to);
export const instants = fc.integer({ min: Date.UTC(2011, 11, 20), max: Date.UTC(2039, 0, 1) });

// One for each question takes memory that is not let go of before the test ends.
const walls = new Map(zones.map((zone) => [zone, wallIn(zone)]));

function wallIn(timeZone: string): Intl.DateTimeFormat {
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  return new Intl.DateTimeFormat("en-GB", { timeZone, weekday: "short", ...clock });
}

/** The rule itself, on what the wall shows: an oracle that knows no edges. */
export function isOpenOnTheWall(windows: readonly CompiledWindow[], now: number, zone: string): boolean {
  const within = (window: CompiledWindow): boolean => {
    const name = window.timeZone === "device" ? zone : window.timeZone;
    const text = (walls.get(name) ?? wallIn(name)).format(now);
    const [day = "", clock = ""] = text.replace(",", "").split(" ");
    const index = ([...weekdays] as string[]).indexOf(day);
    const before = weekdays[(index + 6) % 7] ?? "";
    if (window.from < window.to)
      return window.days.includes(day) && clock >= window.from && clock < window.to;
    return (
      (window.days.includes(day) && clock >= window.from) ||
      (window.days.includes(before) && clock < window.to)
    );
  };
  if (windows.some((one) => one.type === "deny" && within(one))) return false;
  const allows = windows.filter((one) => one.type === "allow");
  return allows.length === 0 || allows.some(within);
}
