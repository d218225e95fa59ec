import { DerError } from "./der.ts";

/** A header with a certificate in it, or a signature, is at most this long. */
export const headerLimit = 10 * 1024;

/**
 * The DER bytes of a certificate that a proxy passes in a header: RFC 9440 (`:base64:`) or PEM with URL
 * escapes, as nginx writes `$ssl_client_escaped_cert`. Throws DerError for anything else.
 */
export function readCertificateHeader(value: string): Buffer {
  if (value.length > headerLimit) throw new DerError("certificate header too large");
  const structured = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(value)?.[1];
  if (structured !== undefined) return Buffer.from(structured, "base64");
  const text = unescapeUrl(value).trim();
  const inner = text.slice(begin.length, -end.length).replace(/\s+/g, "");
  if (!text.startsWith(begin) || !text.endsWith(end) || !/^[A-Za-z0-9+/]+={0,2}$/.test(inner)) {
    throw new DerError("not a certificate header");
  }
  return Buffer.from(inner, "base64");
}

const begin = "-----BEGIN CERTIFICATE-----";
const end = "-----END CERTIFICATE-----";

function unescapeUrl(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new DerError("not a certificate header");
  }
}
