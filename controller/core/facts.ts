export const platforms = ["ios", "ipados", "macos", "tvos", "watchos", "visionos", "android"] as const;
export type Platform = (typeof platforms)[number];

/**
 * What selectors can use of one device. A key that is missing is unknown, which is not the same as absent.
 * Keys: platform, model, osVersion, ownership, mode, owner, enrollment, tag.NAME.
 */
export type Facts = Readonly<Record<string, Fact>>;

export interface Fact {
  readonly value: string;
  /** `asserted` by a manifest, by the enrollment or by an attestation; `reported` by the device itself. */
  readonly source: "asserted" | "reported";
}

/** Asserted facts win over reported ones of the same key. */
export function mergeFacts(reported: Facts, ...asserted: readonly Facts[]): Facts {
  const merged: Record<string, Fact> = { ...reported };
  for (const facts of asserted) Object.assign(merged, facts);
  return merged;
}

/** The fact of a device that claims a serial number or an IMEI which another claims too: which claim it is. */
export const contestedKey = "contested";

/** The fact of a device that was deprovisioned and has enrolled again: the group that it returns to. */
export const returnKey = "returnsTo";
