import { hash, type KeyObject, timingSafeEqual, verify, type X509Certificate } from "node:crypto";
import { type Digest, readDigest, readSignatureAlgorithm } from "./algorithms.ts";
import { readCertificate, readIssuerAndSerial } from "./certificate.ts";
import {
  children,
  childrenOf,
  type Der,
  DerError,
  expectTag,
  readDer,
  readOctets,
  readOid,
  tags,
} from "./der.ts";
import { oids } from "./oids.ts";

/** A CMS SignedData (RFC 5652 §5) with exactly one signer, taken apart and not verified. */
export interface SignedData {
  readonly contentType: string;
  /** The enclosed content; absent when it is detached. */
  readonly content: Buffer | undefined;
  readonly certificates: readonly Buffer[];
  /** The enclosed certificate that the signer names as its own. */
  readonly certificate: Buffer;
  readonly digest: Digest;
  readonly keyType: "rsa" | "ec";
  readonly attributes: SignedAttributes | undefined;
  readonly signature: Buffer;
}

export interface SignedAttributes {
  /** The bytes that were signed: the attributes as a SET. */
  readonly signed: Buffer;
  /** The one value of each attribute, by object identifier. */
  readonly values: ReadonlyMap<string, Der>;
}

/** Takes a SignedData apart. Throws DerError for anything else, and for none or several signers. */
export function readSignedData(bytes: Uint8Array): SignedData {
  const [, , encapsulated, ...rest] = readContentInfo(bytes);
  const [contentType, wrapped] = childrenOf(encapsulated, tags.sequence);
  const certificates = rest.find((part) => part.tag === 0xa0);
  const signers = rest.filter((part) => part.tag === tags.set);
  if (signers.length !== 1 || rest.at(-1) !== signers[0]) throw new DerError("malformed SignedData");
  const [signer, ...others] = childrenOf(signers[0], tags.set);
  if (signer === undefined || others.length > 0) throw new DerError("expected exactly one signer");
  const enclosed = certificates === undefined ? [] : children(certificates).map((one) => one.bytes);
  return {
    contentType: readOid(contentType),
    content: wrapped === undefined ? undefined : readOctets(children(expectTag(wrapped, 0xa0))[0]),
    certificates: enclosed,
    ...readSigner(signer, enclosed),
  };
}

/**
 * Throws DerError unless `certificate` made this signature over exactly `content`; what the message encloses
 * does not count. SHA-1 is refused unless `sha1` allows it. Whom the certificate belongs to is not asked here.
 */
export function verifySignedData(
  message: SignedData,
  content: Uint8Array,
  certificate: X509Certificate,
  allowed: { readonly sha1: boolean } = { sha1: false },
): void {
  if (message.digest === "sha1" && !allowed.sha1) throw new DerError("SHA-1 signature");
  const key = keyOf(certificate);
  if (key.asymmetricKeyType !== message.keyType)
    throw new DerError("signature algorithm does not fit the key");
  const data = message.attributes === undefined ? withoutAttributes(content) : signedBytes(message, content);
  if (!verify(message.digest, data, key, message.signature)) throw new DerError("wrong signature");
}

/** A certificate can be parsed whose key cannot: OpenSSL looks at it only now. */
function keyOf(certificate: X509Certificate): KeyObject {
  try {
    return certificate.publicKey;
  } catch {
    throw new DerError("the certificate's key cannot be read");
  }
}

/** The fields of the SignedData or EnvelopedData inside a ContentInfo of that type. */
export function readContentInfo(bytes: Uint8Array, type: string = oids.signedData): Der[] {
  const [contentType, wrapped] = childrenOf(readDer(bytes), tags.sequence);
  if (readOid(contentType) !== type) throw new DerError("another CMS content type");
  return childrenOf(children(expectTag(wrapped, 0xa0))[0], tags.sequence);
}

function signedBytes(message: SignedData, content: Uint8Array): Buffer {
  const values = message.attributes?.values;
  const stated = readOctets(values?.get(oids.messageDigest));
  const actual = hash(message.digest, content, "buffer");
  if (stated.length !== actual.length || !timingSafeEqual(stated, actual))
    throw new DerError("wrong content");
  if (readOid(values?.get(oids.contentType)) !== message.contentType)
    throw new DerError("wrong content type");
  return message.attributes?.signed ?? actual;
}

/** A signature over attributes must not pass as one over content that looks like them (RFC 5652 §13). */
function withoutAttributes(content: Uint8Array): Uint8Array {
  if (content[0] === tags.set) throw new DerError("ambiguous content");
  return content;
}

function readSigner(signer: Der, certificates: readonly Buffer[]) {
  const [, id, digestAlgorithm, ...rest] = childrenOf(signer, tags.sequence);
  const attributes = rest[0]?.tag === 0xa0 ? readAttributes(rest.shift()) : undefined;
  const digest = readDigest(digestAlgorithm);
  const algorithm = readSignatureAlgorithm(rest[0]);
  if (algorithm.digest !== undefined && algorithm.digest !== digest)
    throw new DerError("two digest algorithms");
  const certificate = certificates.find((candidate) => isNamed(candidate, id));
  if (certificate === undefined) throw new DerError("the signer's certificate is not enclosed");
  return { certificate, digest, keyType: algorithm.key, attributes, signature: readOctets(rest[1]) };
}

function readAttributes(element: Der | undefined): SignedAttributes {
  const list = expectTag(element, 0xa0);
  if (!list.definite) throw new DerError("signed attributes are not DER");
  const values = new Map<string, Der>();
  for (const attribute of children(list)) {
    const [type, set] = childrenOf(attribute, tags.sequence);
    const [value, ...others] = childrenOf(set, tags.set);
    const id = readOid(type);
    if (value === undefined || others.length > 0 || values.has(id))
      throw new DerError("attribute not single");
    values.set(id, value);
  }
  const signed = Buffer.from(list.bytes);
  signed[0] = tags.set;
  return { signed, values };
}

/** True when a SignerIdentifier or RecipientIdentifier names this certificate. */
export function isNamed(certificate: Uint8Array, id: Der | undefined): boolean {
  if (id?.tag === tags.sequence) {
    const [issuer, serial] = children(id);
    const own = readIssuerAndSerial(certificate);
    return issuer?.bytes.equals(own.issuer) === true && serial?.content.equals(own.serial) === true;
  }
  const wanted = readOctets(id, 0x80);
  const extension = readCertificate(certificate).extensions.get(oids.subjectKeyIdentifier);
  return extension !== undefined && readOctets(readDer(extension.value)).equals(wanted);
}
