import type { Condition } from "../core/condition.ts";
import { contestedKey, type Facts } from "../core/facts.ts";
import type { ChannelRow } from "../core/ports.ts";
import type { DeviceRow } from "../store/devices.ts";

/**
 * Why an enrollment begins quarantined, by the fact that its record keeps until a person has released it: leaving and
 * coming back with another invitation does not shake it off.
 */
export const doubts = {
  /**
   * Its serial number means another enrolled device already. The newcomer does not take its place: a serial number is
   * a claim, and its holder's secrets would follow it.
   */
  duplicateSerial: "its serial number is enrolled already",
  /** No invitation began it: its identity is that of an enrollment that had ended. */
  endedEnrollment: "its identity is that of an enrollment that had ended",
  /**
   * Whoever holds an invitation can say any UDID. The device that has it may have been erased by its user, or it is
   * still there and somebody else wants its secrets.
   */
  unendedEnrollment: "its earlier enrollment has not ended",
} as const;
export type Doubt = keyof typeof doubts;

export const doubtKeys = Object.keys(doubts) as readonly Doubt[];

/**
 * Asserted by a challenge whose serial number its holder said himself (Automated Device Enrollment): it is good for
 * that number alone, and settles no doubt. It is a fact of the challenge and never of a device.
 */
const claimKey = "claimedSerial";

/** Asserted by such a challenge where its manifest lets devices return: the UDID of the device that it was given to. */
const returnKey = "mayReturn";

/** What marks such a challenge. `returning` is the UDID that the device showed when a manifest lets it return. */
export function claimedBy(returning: string | undefined): Facts {
  const claim = { [claimKey]: { value: "yes", source: "asserted" } } as const;
  if (returning === undefined) return claim;
  return { ...claim, [returnKey]: { value: returning, source: "asserted" } };
}

/** The UDID of the device that a manifest lets in although its enrollment has not ended; undefined for nobody. */
export function returningOf(facts: Facts): string | undefined {
  return facts[returnKey]?.value;
}

/** True when nobody but the device itself vouches for its serial number. */
export function isClaimed(facts: Facts): boolean {
  return facts[claimKey] !== undefined;
}

/** What is asserted of the device itself. */
export function withoutClaim({ [claimKey]: _claim, [returnKey]: _return, ...facts }: Facts): Facts {
  return facts;
}

/** The facts by which a record remembers doubts. */
export function asserting(found: readonly Doubt[]): Facts {
  return Object.fromEntries(found.map((doubt) => [doubt, { value: "yes", source: "asserted" }]));
}

/** The doubts that a record remembers. */
export function doubtsIn(facts: Facts): readonly Doubt[] {
  return doubtKeys.filter((doubt) => facts[doubt] !== undefined);
}

/**
 * True when a device that authenticates on this channel may be somebody else than the one that enrolled there: that
 * one was enrolled and has not left, or such a doubt was never settled by a person.
 */
export function isUnended(row: ChannelRow | undefined): boolean {
  if (row === undefined) return false;
  return row.status === "enrolled" || row.asserted.unendedEnrollment !== undefined;
}

/** What is doubtful about which device this is, a sentence each. */
export function doubtsAbout({ facts }: DeviceRow): readonly string[] {
  const contested = facts[contestedKey]?.value;
  return [
    ...doubtsIn(facts).map((doubt) => doubts[doubt]),
    ...(contested === undefined
      ? []
      : [`${contested} is claimed by another device too: manifests that match it mean neither`]),
  ];
}

/** The condition of a device; of one in quarantine a person wants to know why. */
export function withDoubts(condition: Condition, row: DeviceRow): Condition {
  const found = doubtsIn(row.facts).map((doubt) => doubts[doubt]);
  if (row.status === "enrolled" || found.length === 0 || condition.reason !== "Quarantined") return condition;
  return { ...condition, message: `${found.join("; ")}: only asked questions until it is released` };
}
