import { wholeOf } from "./plain-values.ts";

/** How small and how large something may be. */
export interface Limit {
  /** What is counted: the number itself, characters of a text, elements of a list, decoded bytes. */
  readonly of: "value" | "characters" | "elements" | "bytes";
  readonly least?: number;
  readonly most?: number;
}

/**
 * Limits that Google's document says in words only, by schema and field, each from the field's own description
 * there. Written by hand: whoever makes the tables anew reads the descriptions that changed.
 */
const limits: Readonly<Record<string, Limit>> = {
  "ApiLevelCondition.minApiLevel": { of: "value", least: 1 },
  "ApplicationPolicy.installConstraint": { of: "elements", most: 1 },
  "ApplicationPolicy.installPriority": { of: "value", least: 0, most: 10_000 },
  "ApplicationSigningKeyCert.signingKeyCertFingerprintSha256": { of: "bytes", least: 32, most: 32 },
  "Date.day": { of: "value", least: 0, most: 31 },
  "Date.month": { of: "value", least: 0, most: 12 },
  "Date.year": { of: "value", least: 0, most: 9_999 },
  "EnrollmentToken.additionalData": { of: "characters", most: 1_024 },
  "Enterprise.enterpriseDisplayName": { of: "characters", most: 100 },
  "MigrationToken.additionalData": { of: "characters", most: 1_024 },
  "Policy.applications": { of: "elements", most: 3_000 },
  "Policy.complianceRules": { of: "elements", most: 100 },
  "Policy.setupActions": { of: "elements", most: 1 },
  "ScreenBrightnessSettings.screenBrightness": { of: "value", least: 0, most: 255 },
  "SystemUpdate.endMinutes": { of: "value", least: 0, most: 1_439 },
  "SystemUpdate.startMinutes": { of: "value", least: 0, most: 1_439 },
  "User.accountIdentifier": { of: "characters", most: 1_024 },
  "UserFacingMessage.defaultMessage": { of: "characters", most: 4_096 },
  "WebApp.icons": { of: "elements", least: 1 },
};

/** The limit of a field; undefined where no limit is known. */
export function limitOf(schema: string, field: string): Limit | undefined {
  const place = `${schema}.${field}`;
  return Object.hasOwn(limits, place) ? limits[place] : undefined;
}

/** All places that have a limit, as `Schema.field`. */
export function limitedFields(): readonly string[] {
  return Object.keys(limits);
}

/** How much of what a limit counts a value has; undefined for a value that it does not count. */
export function measure(limit: Limit, value: unknown): number | undefined {
  if (limit.of === "elements") return Array.isArray(value) ? value.length : undefined;
  if (limit.of === "value") {
    const whole = wholeOf(value);
    return whole === undefined ? undefined : Number(whole);
  }
  if (typeof value !== "string") return undefined;
  return limit.of === "characters"
    ? [...value].length
    : Math.floor((value.replace(/=+$/, "").length * 3) / 4);
}
