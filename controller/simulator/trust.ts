import type { X509Certificate } from "node:crypto";

/** Whether a chain leads from the certificate to one of the anchors, each link signed and valid at `at`. */
export function leadsTo(
  certificate: X509Certificate,
  between: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
  at: number,
  depth = 0,
): boolean {
  if (depth > 5 || at < certificate.validFromDate.getTime() || at > certificate.validToDate.getTime())
    return false;
  if (anchors.some((anchor) => anchor.raw.equals(certificate.raw))) return true;
  const issued = (issuer: X509Certificate) =>
    certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  if (anchors.some(issued)) return true;
  return between.some(
    (next) => next !== certificate && issued(next) && leadsTo(next, between, anchors, at, depth + 1),
  );
}
