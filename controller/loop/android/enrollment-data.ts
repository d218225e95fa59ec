import type { Facts } from "../../core/facts.ts";
import { UserError } from "../../errors.ts";

/** What a token's `additionalData` may hold: at most 1,024 characters, by Google. */
interface EnrollmentData {
  /** Of reeve's form; another number is somebody else's. */
  readonly reeve: 1;
  /** Facts that the enrollment asserts, by key: `group`, `ownership`, `owner`, `mode`, `tag.NAME`. */
  readonly facts: Readonly<Record<string, string>>;
}

const keys = /^(group|ownership|owner|mode|enrollment|tag\.[A-Za-z0-9][A-Za-z0-9_.-]{0,62})$/;

/** What Google keeps with a token. */
const longest = 1_024;

/** The text for a token that asserts these facts about who enrolls with it. Throws UserError when it is too long. */
export function enrollmentData(facts: Readonly<Record<string, string>>): string {
  const text = JSON.stringify({ reeve: 1, facts } satisfies EnrollmentData);
  if (text.length <= longest) return text;
  throw new UserError(
    "too-much-data",
    `what the enrollment says of the device takes ${text.length} characters, and Google keeps ${longest}`,
    { hint: "Give fewer or shorter tags; a Device manifest may have the rest." },
  );
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
  if (text === undefined || text.length > longest) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const isOurs = typeof value === "object" && value !== null && (value as { reeve?: unknown }).reeve === 1;
    return isOurs ? (value as Partial<EnrollmentData>) : undefined;
  } catch {
    return undefined;
  }
}
