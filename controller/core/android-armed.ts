import { wholeOf } from "./android-schema/plain-values.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What lets a device erase itself, or its work profile, without anybody deciding about it again. */
export type AndroidArm =
  /** So many wrong passcodes in a row. `scope` is Google's word for what they unlock. */
  | { readonly type: "wrong-passcodes"; readonly attempts: number; readonly scope: string }
  /** A setting that is not kept for so long. `byDefault`: Google does so unless the policy has rules of its own. */
  | {
      readonly type: "not-kept";
      readonly setting: string;
      readonly blocksAfterDays: number;
      readonly wipesAfterDays: number;
      readonly byDefault?: true;
    };

/**
 * Settings that Android Device Policy enforces by itself in a policy without `policyEnforcementRules`: it blocks the
 * device at once and wipes it after ten days (Google's guide "Enforce compliance").
 */
export const enforcedByDefault = [
  "encryptionPolicy",
  "keyguardDisabled",
  "minimumApiLevel",
  "passwordPolicies",
  "passwordRequirements",
  "permittedAccessibilityServices",
  "permittedInputMethods",
] as const;

/** Days after which Google wipes by default. */
const defaultWipeDays = 10;

/**
 * What a policy in Google's own keys, or a fragment that is one by itself, lets happen on the devices that have it;
 * in the order of the policy. Total: values of a wrong type arm nothing, because Google refuses them.
 */
export function armsOfAndroid(policy: Fields): readonly AndroidArm[] {
  return [...passcodeArms(policy), ...enforcementArms(policy)];
}

function passcodeArms({ passwordPolicies, passwordRequirements }: Fields): readonly AndroidArm[] {
  return [...elementsOf(passwordPolicies), fieldsOf(passwordRequirements)].flatMap((rules): AndroidArm[] => {
    const attempts = numberOf(rules.maximumFailedPasswordsForWipe);
    const scope = typeof rules.passwordScope === "string" ? rules.passwordScope : "SCOPE_UNSPECIFIED";
    // 0 is no restriction.
    return attempts > 0 ? [{ type: "wrong-passcodes", attempts, scope }] : [];
  });
}

function enforcementArms(policy: Fields): readonly AndroidArm[] {
  const rules = elementsOf(policy.policyEnforcementRules);
  if (rules.length === 0)
    return enforcedByDefault
      .filter((setting) => isAsked(policy[setting]))
      .map((setting) => ({
        type: "not-kept",
        setting,
        blocksAfterDays: 0,
        wipesAfterDays: defaultWipeDays,
        byDefault: true,
      }));
  return rules.flatMap((rule): AndroidArm[] => {
    if (typeof rule.wipeAction !== "object" || rule.wipeAction === null) return [];
    return [
      {
        type: "not-kept",
        setting: typeof rule.settingName === "string" ? rule.settingName : "",
        blocksAfterDays: numberOf(fieldsOf(rule.blockAction).blockAfterDays),
        wipesAfterDays: numberOf(fieldsOf(rule.wipeAction).wipeAfterDays),
      },
    ];
  });
}

/** The arm as a sentence part about a device. */
export function armText(arm: AndroidArm): string {
  if (arm.type === "wrong-passcodes") return `erases itself after ${arm.attempts} wrong passcodes`;
  const { setting, blocksAfterDays, wipesAfterDays, byDefault } = arm;
  const block = blocksAfterDays === 0 ? "at once" : `after ${days(blocksAfterDays)}`;
  const why = byDefault === true ? ", by Google's default" : "";
  return `is blocked ${block} and erased after ${days(wipesAfterDays)} on which ${setting} is not kept${why}`;
}

function days(count: number): string {
  return count === 1 ? "1 day" : `${count} days`;
}

/** False for what says nothing: no field, `false`, 0, a word for unspecified, an empty list. An empty object counts. */
function isAsked(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0) return false;
  if (typeof value === "string") return value !== "" && value !== "0" && !value.endsWith("_UNSPECIFIED");
  return !Array.isArray(value) || value.length > 0;
}

function elementsOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

/** As policies are checked, so that no form of a number is taken and arms nothing; without one it is 0. */
function numberOf(value: unknown): number {
  return Number(wholeOf(value) ?? 0n);
}
