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
  const [tbs] = childrenOf(readDer(bytes), tags.sequence);
  const fields = childrenOf(tbs, tags.sequence);
  const from = fields[0]?.tag === 0xa0 ? 1 : 0;
  const [serial, , issuer, , subject, publicKey] = fields.slice(from);
  return {
    serial: readInteger(serial),
    issuer: expectTag(issuer, tags.sequence).bytes,
    subject: expectTag(subject, tags.sequence).bytes,
    publicKey: expectTag(publicKey, tags.sequence).bytes,
    extensions: readExtensions(fields.find((field) => field.tag === 0xa3)),
  };
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
