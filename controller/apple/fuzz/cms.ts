import { createAuthenticator } from "../authenticate.ts";
import { readCertificateRequest } from "../certificate-request.ts";
import type { Authority } from "../identity.ts";
import { parseCertificate, readCertificate } from "../wire/certificate.ts";
import { readCertificateHeader } from "../wire/certificate-header.ts";
import { decryptEnvelope } from "../wire/cms-enveloped.ts";
import { readSignedData } from "../wire/cms-signed.ts";
import { DerError } from "../wire/der.ts";

/**
 * Makes the target for one authority. It holds for any bytes that every reader refuses with DerError or reads,
 * and that no bytes are a signature over `body` unless `accepted` says that this signer may appear.
 */
export function createTarget(
  authority: Authority,
  body: Uint8Array,
  now: number,
  accepted: ReadonlySet<string>,
): (bytes: Uint8Array) => void {
  const authenticate = createAuthenticator(authority.certificate);
  return (bytes) => {
    const readers = [
      () => readSignedData(bytes),
      () => readCertificate(bytes),
      () => parseCertificate(bytes),
      () => readCertificateRequest(bytes),
      () => decryptEnvelope(bytes, [authority]),
      () => readCertificateHeader(Buffer.from(bytes).toString("latin1")),
    ];
    for (const read of readers) attempt(read);
    const signature = Buffer.from(bytes).toString("base64");
    const result = authenticate({ body, signature, certificate: undefined }, now);
    if (result.type === "identity" && !accepted.has(result.identity.sha256))
      throw new Error("a forged signature");
  };
}

function attempt(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
  }
}
