import type { AndroidNeed } from "./android-needs.ts";
import { fieldNeeds } from "./android-schema/field-needs.ts";
import type { PolicyPart } from "./android-settings.ts";

/** What some part of a Profile needs of an Android device. */
export interface PartNeed {
  /** From `spec`. */
  readonly at: readonly (string | number)[];
  readonly need: Omit<AndroidNeed, "names">;
}

/** What a Profile needs: settings as what they become, and Google's own keys field by field. */
export function partNeeds(parts: readonly PolicyPart[]): readonly PartNeed[] {
  return parts.flatMap(({ at, policy, need }): readonly PartNeed[] => {
    if (need !== undefined) return [{ at, need }];
    if (at[0] !== "android") return [];
    return fieldNeeds(policy).map((one) => ({ at: [...at, ...one.path], need: one.need }));
  });
}
