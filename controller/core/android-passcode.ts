import type { Fields } from "./android-policy/leaves.ts";
import type { Expressed, Inexpressible, PolicyPart, SettingPath } from "./android-settings.ts";
import { durationMs } from "./duration.ts";
import type { Passcode } from "./generated/manifest.ts";

const at = (field: string): SettingPath => ["settings", "passcode", field];

/**
 * Rules for a passcode (PasswordRequirements). They name no scope: with a work profile they hold for it, otherwise for
 * the device. A length counts only together with a quality, and so does everything else that a passcode must have.
 */
export function passcodeParts(passcode: Passcode): Expressed {
  const inexpressible = notThere(passcode);
  const quality = qualityOf(passcode);
  const rules: readonly (PolicyPart | undefined)[] = [
    quality === undefined
      ? undefined
      : rule(quality[0], { passwordQuality: quality[1], ...letters(passcode) }),
    when(passcode.minLength, (passwordMinimumLength) => rule("minLength", { passwordMinimumLength })),
    when(passcode.minComplexCharacters || undefined, (passwordMinimumSymbols) =>
      rule("minComplexCharacters", { passwordMinimumSymbols }),
    ),
    when(passcode.maxAge, (age) =>
      rule("maxAge", { passwordExpirationTimeout: `${durationMs(age) / 1_000}s` }),
    ),
    when(passcode.history, (passwordHistoryLength) => rule("history", { passwordHistoryLength })),
  ];
  const always: readonly (PolicyPart | undefined)[] = [
    when(passcode.maxFailedAttempts, (maximumFailedPasswordsForWipe) =>
      rule("maxFailedAttempts", { maximumFailedPasswordsForWipe }),
    ),
    when(passcode.autoLock, (lock) => ({
      at: at("autoLock"),
      policy: { maximumTimeToLock: String(durationMs(lock)) },
    })),
  ];
  const parts = [...(passcode.required === false ? [] : rules), ...always];
  return { parts: parts.filter((one) => one !== undefined), inexpressible };
}

/** Rules for a passcode that need not be there would require it. */
function notThere(passcode: Passcode): readonly Inexpressible[] {
  const rules = [
    ...(passcode.allowSimple === false ? ["allowSimple"] : []),
    ...(passcode.requireAlphanumeric === true ? ["requireAlphanumeric"] : []),
    ...(passcode.minLength === undefined ? [] : ["minLength"]),
    ...((passcode.minComplexCharacters ?? 0) === 0 ? [] : ["minComplexCharacters"]),
    ...(passcode.maxAge === undefined ? [] : ["maxAge"]),
    ...(passcode.history === undefined ? [] : ["history"]),
  ];
  const grace =
    passcode.gracePeriod === undefined ? [] : [{ at: at("gracePeriod"), reason: "Android has none" }];
  if (passcode.required !== false) return grace;
  const reason = "on Android a rule for the passcode requires one, and required is false";
  return [...rules.map((field) => ({ at: at(field), reason })), ...grace];
}

/** The weakest quality that says everything, and the setting that asks for it. */
function qualityOf(passcode: Passcode): readonly [field: keyof Passcode, quality: string] | undefined {
  if (passcode.required === false) return undefined;
  if ((passcode.minComplexCharacters ?? 0) > 0) return ["minComplexCharacters", "COMPLEX"];
  // Letters and digits together are neither a sequence nor a repetition, whatever allowSimple says.
  if (passcode.requireAlphanumeric === true) return ["requireAlphanumeric", "ALPHANUMERIC"];
  if (passcode.allowSimple === false) return ["allowSimple", "NUMERIC_COMPLEX"];
  if (passcode.minLength !== undefined) return ["minLength", "NUMERIC"];
  // Whoever speaks of passcodes at all requires one, as on Apple devices.
  return ["required", "SOMETHING"];
}

/** Only COMPLEX counts single kinds of characters, and says nothing else. */
function letters({ minComplexCharacters = 0, requireAlphanumeric }: Passcode): Fields {
  const both = { passwordMinimumLetters: 1, passwordMinimumNumeric: 1 };
  return minComplexCharacters > 0 && requireAlphanumeric === true ? both : {};
}

function rule(field: keyof Passcode, requirements: Fields): PolicyPart {
  return { at: at(field), policy: { passwordPolicies: [requirements] } };
}

function when<T>(value: T | undefined, part: (value: T) => PolicyPart): PolicyPart | undefined {
  return value === undefined ? undefined : part(value);
}
