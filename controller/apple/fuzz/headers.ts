import type { X509Certificate } from "node:crypto";
import { createAuthenticator } from "../authenticate.ts";
import { readCertificateHeader } from "../wire/certificate-header.ts";
import { DerError } from "../wire/der.ts";

/**
 * Makes the target for the two headers in which a device's certificate comes. It holds for any text: a certificate
 * header is refused with DerError or gives bytes, and no `Mdm-Signature` is an identity but those in `accepted`, with
 * or without its body having been read.
 */
export function createTarget(
  authority: X509Certificate,
  body: Uint8Array,
  now: number,
  accepted: ReadonlySet<string>,
): (bytes: Uint8Array) => void {
  const authenticate = createAuthenticator(authority);
  return (bytes) => {
    const text = Buffer.from(bytes).toString("latin1");
    try {
      if (!Buffer.isBuffer(readCertificateHeader(text))) throw new Error("no bytes");
    } catch (error) {
      if (!(error instanceof DerError)) throw error;
    }
    const credentials = { body, signature: text, certificate: undefined };
    const screened = authenticate.screen(credentials, now);
    const result = authenticate(credentials, now);
    if (result.type === "refused") return;
    if (screened !== undefined) throw new Error("screened out, and then an identity");
    if (!accepted.has(result.identity.sha256)) throw new Error("a forged signature");
  };
}
