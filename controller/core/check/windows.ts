import type { Diagnostic } from "../diagnostic.ts";
import type { Platform } from "../facts.ts";
import type { MaintenanceWindow, TimeWindow } from "../generated/manifest.ts";
import type { Manifest } from "../manifest.ts";
import type { CheckContext } from "./context.ts";
import { platformsOf } from "./group-facts.ts";
import { listed } from "./nearest.ts";
import { problem } from "./problem.ts";

const weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
const dayMinutes = 1_440;
const weekMinutes = 7 * dayMinutes;

/** Windows are open for some time, and together leave some time open. */
export function checkWindows(context: CheckContext): readonly Diagnostic[] {
  return [
    ...context
      .of("Policy")
      .flatMap((policy) => [...emptyWindows(policy), ...neverOpen(policy), ...withoutZone(context, policy)]),
    ...context.of("Profile").flatMap(updateWindow),
  ];
}

const empty = {
  rule: "empty-window",
  message: "the window closes when it opens",
  detail: ["from and to must differ; to before from means on the next day."],
};

function emptyWindows(policy: Manifest<"Policy">): readonly Diagnostic[] {
  return (policy.spec.maintenanceWindows ?? []).flatMap((window, index) => {
    const kind = window.allow === undefined ? "deny" : "allow";
    const span = window[kind];
    return span === undefined || span.from !== span.to
      ? []
      : [problem(policy, ["spec", "maintenanceWindows", index, kind, "to"], empty)];
  });
}

/** Platforms whose devices tell their time zone (Apple: DeviceInformation, TimeZone). */
const tellingZones: ReadonlySet<Platform> = new Set(["ios", "ipados", "tvos", "watchos", "visionos"]);

function withoutZone(context: CheckContext, policy: Manifest<"Policy">): readonly Diagnostic[] {
  const index = (policy.spec.maintenanceWindows ?? []).findIndex(({ timeZone }) => timeZone === "device");
  const silent = [...platformsOf(context, policy.spec.target)].filter((one) => !tellingZones.has(one));
  if (index < 0 || silent.length === 0) return [];
  return [
    problem(policy, ["spec", "maintenanceWindows", index, "timeZone"], {
      severity: "warning",
      rule: "window-without-zone",
      message: `devices of ${listed(silent)} do not tell their time zone: for them the window never opens`,
      detail: ["Name a zone, or narrow the target."],
    }),
  ];
}

function updateWindow(profile: Manifest<"Profile">): readonly Diagnostic[] {
  const window = profile.spec.settings?.osUpdate?.window;
  return window === undefined || window.from !== window.to
    ? []
    : [problem(profile, ["spec", "settings", "osUpdate", "window", "to"], empty)];
}

/** Only windows of one time zone are compared; others may overlap or not, by season. */
function neverOpen(policy: Manifest<"Policy">): readonly Diagnostic[] {
  const windows = policy.spec.maintenanceWindows ?? [];
  const gates = [...new Set(windows.flatMap((window) => window.gates ?? ["disruptive"]))];
  const zones = new Set(windows.map((window) => window.timeZone ?? ""));
  const closed = zones.size === 1 ? gates.filter((gate) => !hasOpenMinute(windows, gate)) : [];
  if (closed.length === 0) return [];
  const detail = ["Every minute that is allowed is denied as well."];
  return [
    problem(policy, ["spec", "maintenanceWindows"], {
      rule: "window-never-opens",
      message: `no time is left for ${closed.join(" and ")} actions`,
      detail,
    }),
  ];
}

function hasOpenMinute(windows: readonly MaintenanceWindow[], gate: string): boolean {
  const relevant = windows.filter((window) =>
    (window.gates ?? (["disruptive"] as readonly string[])).includes(gate as never),
  );
  const open = new Uint8Array(weekMinutes).fill(
    relevant.some((window) => window.allow !== undefined) ? 0 : 1,
  );
  for (const { allow } of relevant) if (allow !== undefined) paint(open, allow, 1);
  for (const { deny } of relevant) if (deny !== undefined) paint(open, deny, 0);
  return open.includes(1);
}

function paint(week: Uint8Array, window: TimeWindow, value: number): void {
  const from = minuteOf(window.from);
  const to = minuteOf(window.to);
  const length = (to - from + dayMinutes) % dayMinutes;
  for (const day of window.days ?? weekdays) {
    const start = weekdays.indexOf(day) * dayMinutes + from;
    for (let minute = start; minute < start + length; minute++) week[minute % weekMinutes] = value;
  }
}

function minuteOf(time: string): number {
  const [hours = "0", minutes = "0"] = time.split(":");
  return Number(hours) * 60 + Number(minutes);
}
