import type { Facts } from "../../core/facts.ts";
import { UserError } from "../../errors.ts";
import type { Sealer } from "../../store/seal.ts";

/** What a token's `additionalData` holds: at most 1,024 characters, by Google. */
interface EnrollmentData {
  /** Of reeve's form; another number is somebody else's. */
  readonly reeve: 2;
  /** The token that it was made for. */
  readonly id: string;
  /** Facts that the enrollment asserts, by key: `group`, `ownership`, `owner`, `mode`, `tag.NAME`. */
  readonly facts: Readonly<Record<string, string>>;
  /** Says that reeve wrote it: nobody else has the key. */
  readonly mac: string;
}

/** For whom the text is: what was written for another enterprise counts in none. */
export interface Sender {
  readonly sealer: Pick<Sealer, "wordFor">;
  /** `enterprises/LC…` */
  readonly enterprise: string;
}

const keys = /^(group|ownership|owner|mode|enrollment|tag\.[A-Za-z0-9][A-Za-z0-9_.-]{0,62})$/;

/** What Google keeps with a token. */
const longest = 1_024;

/** The text for a token that asserts these facts about who enrolls with it. Throws UserError when it is too long. */
export function enrollmentData(sender: Sender, { id, facts }: Pick<EnrollmentData, "id" | "facts">): string {
  const text = JSON.stringify({
    reeve: 2,
    id,
    facts,
    mac: macOf(sender, id, facts),
  } satisfies EnrollmentData);
  if (text.length <= longest) return text;
  throw new UserError(
    "too-much-data",
    `what the enrollment says of the device takes ${text.length} characters, and Google keeps ${longest}`,
    { hint: "Give fewer or shorter tags; a Device manifest may have the rest." },
  );
}

/** What came with a device: what reeve wrote, what only looks like that, or nothing that concerns it. */
export type EnrollmentSays =
  | { readonly type: "ours"; readonly id: string; readonly facts: Facts }
  | { readonly type: "forged" | "none"; readonly facts: Facts };

/**
 * The facts that an enrollment asserts. Google keeps this text with the token and gives it back; whoever may make
 * tokens there can write another one, which asserts nothing.
 */
export function enrollmentOf(sender: Sender, text: string | undefined): EnrollmentSays {
  const data = parsed(text);
  if (data === undefined) return { type: "none", facts: {} };
  const { id, facts, mac } = data;
  const isForm = typeof id === "string" && isTexts(facts);
  if (!isForm || mac !== macOf(sender, id, facts)) return { type: "forged", facts: {} };
  const known = Object.entries(facts).filter(([key, value]) => keys.test(key) && value.length <= 128);
  const asserted = known.map(([key, value]) => [key, { value, source: "asserted" as const }]);
  return { type: "ours", id, facts: Object.fromEntries(asserted) };
}

/** 128 bits: each guess is an enrollment. */
function macOf({ sealer, enterprise }: Sender, id: string, facts: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(facts).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sealer.wordFor(`android enrollment ${JSON.stringify([enterprise, id, sorted])}`).slice(0, 32);
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((one) => typeof one === "string")
  );
}

function parsed(text: string | undefined): Partial<EnrollmentData> | undefined {
  if (text === undefined || text.length > longest) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const isOurs =
      typeof value === "object" && value !== null && typeof (value as { reeve?: unknown }).reeve === "number";
    return isOurs ? (value as Partial<EnrollmentData>) : undefined;
  } catch {
    return undefined;
  }
}
