import { readDictionary } from "./apple-schema/read-value.ts";
import { schemaEntries } from "./apple-schema/tables.ts";
import type { WrittenDeclaration } from "./declared-item.ts";
import { durationMs } from "./duration.ts";
import type { Passcode } from "./generated/manifest.ts";

const type = "com.apple.configuration.passcode.settings";
const dayMs = 86_400_000;
const minuteMs = 60_000;

/**
 * `settings.passcode` as com.apple.configuration.passcode.settings; undefined when it says something that this cannot.
 * Without a requirement of a passcode any other key would require one all the same (Apple: RequirePasscode).
 */
export function passcodeDeclaration(passcode: Passcode): WrittenDeclaration | undefined {
  if (passcode.required === false) return undefined;
  const content = defined({
    RequirePasscode: true,
    RequireComplexPasscode: passcode.allowSimple === undefined ? undefined : !passcode.allowSimple,
    RequireAlphanumericPasscode: passcode.requireAlphanumeric,
    MinimumLength: passcode.minLength,
    MinimumComplexCharacters: passcode.minComplexCharacters,
    MaximumPasscodeAgeInDays: whole(passcode.maxAge, dayMs),
    PasscodeReuseLimit: passcode.history,
    MaximumFailedAttempts: passcode.maxFailedAttempts,
    MaximumInactivityInMinutes: whole(passcode.autoLock, minuteMs),
    MaximumGracePeriodInMinutes: whole(passcode.gracePeriod, minuteMs),
  });
  return isValid(content) ? { type, name: "passcode", content } : undefined;
}

/** Its numbers have other bounds than those of the payload. */
function isValid(content: Readonly<Record<string, unknown>>): boolean {
  const [entry] = schemaEntries("declaration", type);
  return entry !== undefined && readDictionary(entry, entry.keys, content).findings.length === 0;
}

function whole(duration: string | undefined, unitMs: number): number | undefined {
  return duration === undefined ? undefined : Math.max(1, Math.round(durationMs(duration) / unitMs));
}

function defined(content: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(content).filter(([, value]) => value !== undefined));
}
