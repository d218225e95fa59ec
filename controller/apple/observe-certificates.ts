import type { Json } from "../core/canonical.ts";
import { cleanText } from "../core/clean-text.ts";
import { fingerprint } from "./identity.ts";
import { parseCertificate } from "./wire/certificate.ts";
import { DerError } from "./wire/der.ts";
import { bytesAt, type PlistDict, textAt } from "./wire/plist.ts";

/** One entry of CertificateList for people. A certificate that cannot be read is listed all the same. */
export function certificateDetail(entry: PlistDict): Json {
  const der = bytesAt(entry, "Data");
  return {
    commonName: cleanText(textAt(entry, "CommonName") ?? "", 256),
    isIdentity: entry.IsIdentity === true,
    ...(der === undefined ? {} : readFields(der)),
  };
}

function readFields(der: Uint8Array): Readonly<Record<string, Json>> {
  try {
    const certificate = parseCertificate(der);
    return {
      subject: oneLine(certificate.subject),
      issuer: oneLine(certificate.issuer),
      serial: certificate.serialNumber,
      notBefore: isoOf(certificate.validFromDate),
      notAfter: isoOf(certificate.validToDate),
      sha256: fingerprint(der),
    };
  } catch (error) {
    if (error instanceof DerError) return { error: error.message };
    throw error;
  }
}

/** node:crypto puts each attribute of a name on its own line. */
function oneLine(name: string | undefined): string {
  return cleanText((name ?? "").replaceAll("\n", ", "), 512);
}

function isoOf(date: Date): string | null {
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
