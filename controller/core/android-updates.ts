import type { Expressed, Inexpressible, SettingPath } from "./android-settings.ts";
import { durationMs } from "./duration.ts";
import type { OsUpdate } from "./generated/manifest.ts";

const dayMs = 86_400_000;
const company = { company: true } as const;

const at = (...field: readonly (string | number)[]): SettingPath => ["settings", "osUpdate", ...field];

/**
 * System updates (SystemUpdate): a policy either installs them at once, within a time of each day, or postpones them by
 * thirty days, and knows no versions.
 */
export function updateParts(osUpdate: OsUpdate): Expressed {
  const { window, automatic, defer } = osUpdate;
  const inexpressible: Inexpressible[] = [
    ...(osUpdate.enforce ?? []).flatMap(({ platform }, index) =>
      platform === "android"
        ? [{ at: at("enforce", index), reason: "Android enforces no version of the system" }]
        : [],
    ),
  ];
  if (window !== undefined) {
    if ((window.days ?? []).length % 7 !== 0)
      inexpressible.push({ at: at("window", "days"), reason: "Android's window is the same every day" });
    if (automatic === false)
      inexpressible.push({ at: at("automatic"), reason: "Android installs by itself within a window" });
  }
  const installs = window !== undefined || automatic === true;
  if (defer !== undefined && installs)
    inexpressible.push({
      at: at("defer"),
      reason: "Android either postpones updates or installs them by itself",
    });
  else if (defer !== undefined && durationMs(defer) !== 30 * dayMs)
    inexpressible.push({ at: at("defer"), reason: "Android postpones by 30d and no other time" });
  const type = typeOf(osUpdate);
  return {
    inexpressible,
    parts:
      type === undefined
        ? []
        : [{ at: at(type.from), policy: { systemUpdate: type.systemUpdate }, need: company }],
  };
}

function typeOf({
  window,
  automatic,
  defer,
}: OsUpdate):
  | { readonly from: keyof OsUpdate; readonly systemUpdate: Readonly<Record<string, unknown>> }
  | undefined {
  if (window !== undefined) {
    const minutes = { startMinutes: minutesOf(window.from), endMinutes: minutesOf(window.to) };
    return { from: "window", systemUpdate: { type: "WINDOWED", ...minutes } };
  }
  if (automatic === true) return { from: "automatic", systemUpdate: { type: "AUTOMATIC" } };
  if (defer !== undefined && durationMs(defer) === 30 * dayMs)
    return { from: "defer", systemUpdate: { type: "POSTPONE" } };
  return undefined;
}

/** `19:30` in minutes after midnight. */
function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}
