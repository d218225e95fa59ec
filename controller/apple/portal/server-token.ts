import { createPrivateKey } from "node:crypto";
import { UserError } from "../../errors.ts";
import type { Pem } from "../identity.ts";
import { parseCertificate } from "../wire/certificate.ts";
import { decryptEnvelope } from "../wire/cms-enveloped.ts";
import { DerError } from "../wire/der.ts";

/** What a server token of Apple's portal lets its holder sign with (OAuth 1). */
export interface ServerToken {
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly accessToken: string;
  readonly accessSecret: string;
  /** Epoch ms; a year after the token was made, or earlier when the password of its maker changed. */
  readonly expiresAt: number;
}

const largest = 64 * 1024;

/**
 * Opens a server token as the portal gives it: an S/MIME message (`smime.p7m`), enveloped for our key, around a MIME
 * text around JSON. Throws UserError when it is none, is for another key, or has expired.
 */
export function readServerToken(file: Uint8Array, key: Pem, now: number): ServerToken {
  if (file.length > largest) fail("the file is too large for a server token");
  const holder = {
    certificate: parseCertificate(Buffer.from(key.certificatePem)),
    key: createPrivateKey(key.keyPem),
  };
  const token = readJson(messageIn(opened(envelopeOf(file), holder)));
  if (token.expiresAt <= now)
    fail(
      `the server token expired on ${new Date(token.expiresAt).toISOString()}`,
      "Download a new one in Apple's portal.",
    );
  return token;
}

function opened(envelope: Buffer, holder: Parameters<typeof decryptEnvelope>[1][number]): string {
  try {
    return decryptEnvelope(envelope, [holder]).toString("utf8");
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause;
    throw new UserError("server-token", `the server token cannot be opened: ${cause.message}`, {
      cause,
      hint: "It opens only with the key that was made for this server: upload the certificate of reeve apple enrollment-key to the portal, then download the token again.",
    });
  }
}

/** The bytes of the envelope: below the headers of a mail in base64, or as they are. */
function envelopeOf(file: Uint8Array): Buffer {
  const bytes = Buffer.from(file);
  if (bytes[0] === 0x30) return bytes;
  const { headers, body } = partsOf(bytes.toString("latin1"));
  if (!/^content-type:[^\n]*pkcs7-mime/im.test(headers)) fail("the file is no server token (smime.p7m)");
  const base64 = body.replace(/\s+/g, "");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) fail("the server token is not in base64");
  return Buffer.from(base64, "base64");
}

/** What stands between the two marks of the text inside. */
function messageIn(text: string): string {
  const found = /-----BEGIN MESSAGE-----([\s\S]*?)-----END MESSAGE-----/.exec(partsOf(text).body);
  return found?.[1] ?? fail("the server token holds no message");
}

function partsOf(text: string): { readonly headers: string; readonly body: string } {
  const plain = text.replace(/\r\n/g, "\n");
  const end = plain.indexOf("\n\n");
  if (end === -1) fail("the server token has no headers");
  return { headers: plain.slice(0, end), body: plain.slice(end + 2) };
}

const fields = [
  "consumer_key",
  "consumer_secret",
  "access_token",
  "access_secret",
  "access_token_expiry",
] as const;

function readJson(message: string): ServerToken {
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    fail("the server token holds no JSON");
  }
  const record = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const [consumerKey, consumerSecret, accessToken, accessSecret, expiry] = fields.map((field) => {
    const text = record[field];
    if (typeof text !== "string" || !/^[\x21-\x7e]{1,512}$/.test(text))
      fail(`the server token has no ${field} that can be used`);
    return text;
  }) as [string, string, string, string, string];
  const expiresAt = Date.parse(expiry);
  if (Number.isNaN(expiresAt)) fail("the server token does not say when it expires");
  return { consumerKey, consumerSecret, accessToken, accessSecret, expiresAt };
}

function fail(message: string, hint?: string): never {
  throw new UserError("server-token", message, hint === undefined ? {} : { hint });
}
