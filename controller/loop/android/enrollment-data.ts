import type { Facts } from "../../core/facts.ts";

/** What a token's `additionalData` may hold: at most 1,024 characters, by Google. */
interface EnrollmentData {
  /** Of reeve's form; another number is somebody else's. */
  readonly reeve: 1;
  /** Facts that the enrollment asserts, by key: `ownership`, `owner`, `mode`, `tag.NAME`. */
  readonly facts: Readonly<Record<string, string>>;
}

const keys = /^(ownership|owner|mode|enrollment|tag\.[A-Za-z0-9][A-Za-z0-9_.-]{0,62})$/;

/** The text for a token that asserts these facts about who enrolls with it. */
export function enrollmentData(facts: Readonly<Record<string, string>>): string {
  return JSON.stringify({ reeve: 1, facts } satisfies EnrollmentData);
}

/**
 * The facts that an enrollment asserts. Google keeps this text with the token and gives it back; a device cannot write
 * it. What is not of reeve's form asserts nothing.
 */
export function enrollmentOf(text: string | undefined): Facts {
  const facts = parsed(text)?.facts ?? {};
  return Object.fromEntries(
    Object.entries(facts)
      .filter(([key, value]) => keys.test(key) && typeof value === "string" && value.length <= 128)
      .map(([key, value]) => [key, { value, source: "asserted" as const }]),
  );
}

function parsed(text: string | undefined): Partial<EnrollmentData> | undefined {
  if (text === undefined || text.length > 1_024) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const isOurs = typeof value === "object" && value !== null && (value as { reeve?: unknown }).reeve === 1;
    return isOurs ? (value as Partial<EnrollmentData>) : undefined;
  } catch {
    return undefined;
  }
}
