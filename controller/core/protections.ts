import type { DeviceError } from "./report.ts";

/**
 * What the person who holds a device has switched on, and by which it refuses management for a while: neither is a
 * fault of the device or of what was sent. Told by Apple's own names in the device's words; codes differ by version.
 */
const protections: readonly (readonly [RegExp, string])[] = [
  [/\blockdown mode\b/i, "is in Lockdown Mode"],
  [/\b(stolen device protection|security delay)\b/i, "waits out Stolen Device Protection"],
];

/** Which protection a refusal speaks of, as the end of a sentence; undefined for any other refusal. */
export function protectionIn(errors: readonly DeviceError[] | undefined): string | undefined {
  const texts = (errors ?? []).map((error) => error.text);
  return protections.find(([words]) => texts.some((text) => words.test(text)))?.[1];
}
