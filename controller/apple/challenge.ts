import { createHash, randomBytes } from "node:crypto";

/** A fresh challenge of 128 random bits, as the text that goes into an enrollment profile. */
export function createChallenge(): string {
  return randomBytes(16).toString("base64url");
}

/** What is stored of a challenge, and by which it is found: SHA-256 of its text in lower-case hex. */
export function hashChallenge(challenge: string): string {
  return createHash("sha256").update("reeve scep challenge\0").update(challenge).digest("hex");
}

/** True for text that `createChallenge` can have made; anything else needs no look-up. */
export function isChallenge(text: string): boolean {
  return /^[A-Za-z0-9_-]{22}$/.test(text);
}
