import { X509Certificate } from "node:crypto";
import {
  children,
  childrenOf,
  type Der,
  DerError,
  expectTag,
  readDer,
  readInteger,
  readOctets,
  readOid,
  tags,
} from "./der.ts";

/** The parts of an X.509 certificate (RFC 5280 §4.1) that node:crypto does not hand out; nothing is verified. */
export interface CertificateFields {
  /** Two's complement, as encoded. */
  readonly serial: Buffer;
  /** Encoded names, for comparison byte by byte. */
  readonly issuer: Buffer;
  readonly subject: Buffer;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
  /** Extension values by object identifier. */
  readonly extensions: ReadonlyMap<string, Extension>;
}

export interface Extension {
  readonly critical: boolean;
  readonly value: Buffer;
}

/** The fields of a certificate in DER. Throws DerError when it is not one. */
export function readCertificate(bytes: Uint8Array): CertificateFields {
  const fields = fieldsOf(bytes);
  const [, , , , subject, publicKey] = versionless(fields);
  return {
    ...nameOf(fields),
    subject: expectTag(subject, tags.sequence).bytes,
    publicKey: expectTag(publicKey, tags.sequence).bytes,
    extensions: readExtensions(fields.find((field) => field.tag === 0xa3)),
  };
}

/** Only what signers and recipients are named by; the rest of the certificate is not looked at. */
export function readIssuerAndSerial(bytes: Uint8Array): Pick<CertificateFields, "issuer" | "serial"> {
  return nameOf(fieldsOf(bytes));
}

function fieldsOf(bytes: Uint8Array): Der[] {
  const [tbs] = childrenOf(readDer(bytes), tags.sequence);
  return childrenOf(tbs, tags.sequence);
}

function versionless(fields: readonly Der[]): readonly Der[] {
  return fields[0]?.tag === 0xa0 ? fields.slice(1) : fields;
}

function nameOf(fields: readonly Der[]) {
  const [serial, , issuer] = versionless(fields);
  return { serial: readInteger(serial), issuer: expectTag(issuer, tags.sequence).bytes };
}

/** The certificate as node:crypto knows it. Throws DerError for everything that OpenSSL refuses. */
export function parseCertificate(bytes: Uint8Array): X509Certificate {
  if (bytes.length > 16_384) throw new DerError("certificate too large");
  try {
    return new X509Certificate(bytes);
  } catch {
    throw new DerError("not a certificate");
  }
}

/** The first value of an attribute of an encoded Name, such as the topic in a push certificate's UID. */
export function nameAttribute(name: Uint8Array, attribute: string): string | undefined {
  for (const set of childrenOf(readDer(name), tags.sequence)) {
    for (const pair of childrenOf(set, tags.set)) {
      const [type, value] = childrenOf(pair, tags.sequence);
      if (readOid(type) === attribute) return value?.content.toString("utf8");
    }
  }
  return undefined;
}

function readExtensions(wrapper: Der | undefined): ReadonlyMap<string, Extension> {
  const extensions = new Map<string, Extension>();
  if (wrapper === undefined) return extensions;
  const [list] = children(wrapper);
  for (const extension of childrenOf(list, tags.sequence)) {
    const parts = childrenOf(extension, tags.sequence);
    const id = readOid(parts[0]);
    if (extensions.has(id)) throw new DerError("duplicate extension");
    const critical = parts[1]?.tag === tags.boolean && parts[1].content[0] !== 0;
    extensions.set(id, { critical, value: readOctets(parts.at(-1)) });
  }
  return extensions;
}
