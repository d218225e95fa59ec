import { createHash, type KeyObject } from "node:crypto";
import { sha256Algorithm, signatureAlgorithm, signSha256 } from "./algorithms.ts";
import { readIssuerAndSerial } from "./certificate.ts";
import {
  type Asn1,
  encode,
  explicit,
  implicit,
  integer,
  octets,
  oid,
  raw,
  sequence,
  setOf,
  time,
} from "./der-writer.ts";
import { oids } from "./oids.ts";

/** Who signs: a certificate in DER, those that lead to its root, and its private key. */
export interface Signer {
  readonly certificate: Uint8Array;
  readonly chain: readonly Uint8Array[];
  readonly key: KeyObject;
}

/** A CMS SignedData over `content`, which it encloses unless `detached`; SHA-256, with `signingTime`. */
export async function signContent(
  content: Uint8Array,
  signer: Signer,
  options: { readonly now: number; readonly detached?: boolean },
): Promise<Buffer> {
  const attributes = [attribute(oids.signingTime, time(options.now))];
  return signWithAttributes(options.detached === true ? "detached" : "attached", content, signer, attributes);
}

/** A CMS SignedData with these signed attributes and those that CMS demands. */
export async function signWithAttributes(
  form: "attached" | "detached",
  content: Uint8Array,
  signer: Signer,
  attributes: readonly Asn1[],
): Promise<Buffer> {
  const digest = createHash("sha256").update(content).digest();
  const signed = setOf(
    attribute(oids.contentType, oid(oids.data)),
    attribute(oids.messageDigest, octets(digest)),
    ...attributes,
  );
  const signature = await signSha256(signer.key, encode(signed));
  return signedData({
    digests: [sha256Algorithm()],
    content: form === "attached" ? [explicit(0, octets(content))] : [],
    certificates: [signer.certificate, ...signer.chain],
    signers: [signerInfo(signer, signed, signature)],
  });
}

/** A SignedData that only carries certificates: what SCEP calls a degenerate one (RFC 8894 §3.4). */
export function certificatesOnly(certificates: readonly Uint8Array[]): Buffer {
  return signedData({ digests: [], content: [], certificates, signers: [] });
}

/** One attribute with one value. */
export function attribute(type: string, value: Asn1): Asn1 {
  return sequence(oid(type), setOf(value));
}

/** IssuerAndSerialNumber of a certificate. */
export function issuerAndSerial(certificate: Uint8Array): Asn1 {
  const fields = readIssuerAndSerial(certificate);
  return sequence(raw(fields.issuer), integer(fields.serial));
}

function signerInfo(signer: Signer, signed: Asn1, signature: Uint8Array): Asn1 {
  return sequence(
    integer(1),
    issuerAndSerial(signer.certificate),
    sha256Algorithm(),
    implicit(0, signed),
    signatureAlgorithm(signer.key),
    octets(signature),
  );
}

function signedData(parts: {
  readonly digests: readonly Asn1[];
  readonly content: readonly Asn1[];
  readonly certificates: readonly Uint8Array[];
  readonly signers: readonly Asn1[];
}): Buffer {
  const data = sequence(
    integer(1),
    setOf(...parts.digests),
    sequence(oid(oids.data), ...parts.content),
    implicit(0, setOf(...parts.certificates.map(raw))),
    setOf(...parts.signers),
  );
  return encode(sequence(oid(oids.signedData), explicit(0, data)));
}
