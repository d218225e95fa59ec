import type { Platform } from "../facts.ts";
import { type DeviceTraits, unmet } from "./requirement.ts";
import { type OsGates, systems } from "./schema.ts";

/** For whom something is, and so on which channel it arrives. */
export type Scope = "device" | "user";

/** Platforms on which MDM reaches a user: Macs, and iPads that are shared. */
export const userPlatforms: readonly Platform[] = ["macos", "ipados"];

/** What the channel says of a device: an iPad with channels of users is a shared one. */
export function traitsOfScope(
  scope: Scope,
  platform: Platform,
): Pick<DeviceTraits, "channel" | "sharedIpad"> {
  return scope === "user" && platform === "ipados"
    ? { channel: scope, sharedIpad: true }
    : { channel: scope };
}

/** True when something exists for this scope on some system. */
export function isOfScope(gates: OsGates, scope: Scope): boolean {
  const kinds: readonly Platform[] = scope === "user" ? userPlatforms : [...systems, "ipados"];
  return kinds.some((platform) => unmet(gates, { platform, ...traitsOfScope(scope, platform) }).length === 0);
}
