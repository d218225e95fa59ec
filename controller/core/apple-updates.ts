import type { WrittenDeclaration } from "./declared-item.ts";
import { durationMs } from "./duration.ts";
import type { Platform } from "./facts.ts";
import type { OsUpdate } from "./generated/manifest.ts";

const dayMs = 86_400_000;
const macs: readonly Platform[] = ["macos"];
const others: readonly Platform[] = ["ios", "ipados", "tvos", "watchos", "visionos"];

/**
 * `settings.osUpdate` as declarations: com.apple.configuration.softwareupdate.enforcement.specific for a version that
 * must be there by a time, com.apple.configuration.softwareupdate.settings for deferrals and automatic installation,
 * which Macs count in other keys than the rest.
 */
export function osUpdateDeclarations(osUpdate: OsUpdate): readonly WrittenDeclaration[] {
  const enforced = (osUpdate.enforce ?? [])
    .filter(({ platform }) => platform !== "android")
    .map((one): WrittenDeclaration => {
      const details = one.detailsUrl === undefined ? {} : { DetailsURL: one.detailsUrl };
      return {
        type: "com.apple.configuration.softwareupdate.enforcement.specific",
        name: `os-update-${one.platform}`,
        content: { TargetOSVersion: one.version, TargetLocalDateTime: one.by, ...details },
        platforms: [one.platform as Platform],
      };
    });
  return [...enforced, ...settings(osUpdate, "mac", macs), ...settings(osUpdate, "other", others)];
}

function settings(
  { defer, automatic }: OsUpdate,
  name: "mac" | "other",
  platforms: readonly Platform[],
): readonly WrittenDeclaration[] {
  if (defer === undefined && automatic === undefined) return [];
  const days = defer === undefined ? undefined : Math.max(1, Math.round(durationMs(defer) / dayMs));
  const content = {
    ...(days === undefined
      ? {}
      : { Deferrals: name === "mac" ? macDeferrals(days) : { CombinedPeriodInDays: days } }),
    ...(automatic === undefined ? {} : { AutomaticActions: automatically(automatic, name) }),
  };
  const type = "com.apple.configuration.softwareupdate.settings";
  return [{ type, name: `os-update-settings-${name}`, content, platforms }];
}

function macDeferrals(days: number): Readonly<Record<string, number>> {
  return { MajorPeriodInDays: days, MinorPeriodInDays: days, SystemPeriodInDays: days };
}

function automatically(wanted: boolean, name: "mac" | "other"): Readonly<Record<string, string>> {
  if (!wanted) return { InstallOSUpdates: "AlwaysOff" };
  const mac = name === "mac" ? { InstallSecurityUpdate: "AlwaysOn" } : {};
  return { Download: "AlwaysOn", InstallOSUpdates: "AlwaysOn", ...mac };
}
