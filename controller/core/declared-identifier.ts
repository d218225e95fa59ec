import { digestOf, sha256 } from "./canonical.ts";

/** Identifiers and ServerTokens have at most as many octets (Apple: "Declarative Management", DeclarationItem). */
const mostOctets = 64;

/**
 * The identifier of one declaration of an item: readable, and where that is too long, with a digest in place of the
 * end. The colon keeps the names within an item apart from identifiers of others.
 */
export function partIdentifier(item: string, name: string): string {
  const text = `${item}:${name}`;
  if (Buffer.byteLength(text) <= mostOctets && /^[\x21-\x7e]+$/.test(text)) return text;
  const readable = text.replaceAll(/[^\x21-\x7e]/g, "-").slice(0, 30);
  return `${readable}-${sha256(text).slice(0, 32)}`;
}

/** The declaration that wraps the profile with this PayloadIdentifier. */
export function legacyIdentifier(profile: string): string {
  return partIdentifier(profile, "profile");
}

/** A ServerToken: a digest of all that the declaration says, 64 octets. */
export function digestText(content: unknown): string {
  return digestOf(content);
}
