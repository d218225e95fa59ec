import { cleanText } from "../../core/clean-text.ts";
import { UserError } from "../../errors.ts";

/** A content token (sToken) of Apple Business or School Manager: it stands for one location. */
export interface ContentToken {
  /** As the service wants it: the file's text, Base64. Secret. */
  readonly text: string;
  readonly organization: string;
  /** Epoch ms. */
  readonly notAfter: number;
}

const longest = 16_384;

/**
 * Reads a content token as Apple gives it: Base64 of a JSON object with `token`, `expDate` and `orgName` (Apple:
 * "Getting started with the management API"). Throws UserError, which repeats nothing of it.
 */
export function readContentToken(file: string): ContentToken {
  const text = file.trim();
  if (text.length > longest || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw unreadable();
  const fields = fieldsOf(text);
  const { token, expDate, orgName } = fields;
  if (typeof token !== "string" || token === "" || typeof expDate !== "string") throw unreadable();
  // As in 2030-11-08T22:33:22+0000: ISO 8601 with an offset without a colon.
  const notAfter = Date.parse(expDate.replace(/([+-]\d\d)(\d\d)$/, "$1:$2"));
  if (!Number.isFinite(notAfter)) throw unreadable();
  return { text, organization: cleanText(typeof orgName === "string" ? orgName : "", 200), notAfter };
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64").toString("utf8"));
    if (typeof value === "object" && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Said below, without what was in it.
  }
  throw unreadable();
}

function unreadable(): UserError {
  return new UserError("content-token", "this is no content token of Apple Business or School Manager", {
    hint: "Download it there: Settings, Payments and Billing, Content Tokens. Give the file as it is.",
  });
}
