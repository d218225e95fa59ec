import type { AndroidNeed } from "./android-needs.ts";
import { androidNetworks } from "./android-networks.ts";
import { passcodeParts } from "./android-passcode.ts";
import type { Fields } from "./android-policy/leaves.ts";
import { restrictionParts } from "./android-restrictions.ts";
import { updateParts } from "./android-updates.ts";
import type { Settings } from "./generated/manifest.ts";

export type SettingPath = readonly (string | number)[];

/** A part of a policy, and the setting that it comes from. */
export interface PolicyPart {
  /** Below `spec`. */
  readonly at: SettingPath;
  readonly policy: Fields;
  /** What a device must be like for it. */
  readonly need?: Omit<AndroidNeed, "names">;
}

/** A setting that no Android policy can say. */
export interface Inexpressible {
  readonly at: SettingPath;
  readonly reason: string;
}

/** What one setting, or one group of them, becomes. */
export interface Expressed {
  readonly parts: readonly PolicyPart[];
  readonly inexpressible: readonly Inexpressible[];
}

/**
 * What a `settings` block becomes in an Android Management policy, in Google's own keys, setting by setting, and what
 * no policy can say. `fileVault` says nothing: Android devices encrypt by themselves.
 */
export function renderAndroidSettings(
  settings: Settings,
  fileOf: (path: string) => Uint8Array | undefined,
): Expressed {
  const { passcode, restrictions, osUpdate } = settings;
  const found = [
    ...(passcode === undefined ? [] : [passcodeParts(passcode)]),
    ...(restrictions === undefined ? [] : [restrictionParts(restrictions)]),
    ...(osUpdate === undefined ? [] : [updateParts(osUpdate)]),
    androidNetworks(settings, fileOf),
  ];
  return {
    parts: found.flatMap((one) => one.parts),
    inexpressible: found.flatMap((one) => one.inexpressible),
  };
}
