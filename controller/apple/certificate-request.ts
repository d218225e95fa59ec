import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { readSignatureAlgorithm } from "./wire/algorithms.ts";
import { childrenOf, DerError, expectTag, readBits, readDer, readOid, readText, tags } from "./wire/der.ts";
import { oids } from "./wire/oids.ts";

/** What reeve takes from a PKCS #10 request: the key and the challenge. Subject and extensions are ignored. */
export interface CertificateRequest {
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Buffer;
  readonly challenge: string | undefined;
}

/**
 * Reads a certificate request (RFC 2986) and checks that its sender holds the key, and that the key is
 * acceptable. Throws DerError.
 */
export function readCertificateRequest(bytes: Uint8Array): CertificateRequest {
  const [info, algorithm, signature] = childrenOf(readDer(bytes), tags.sequence);
  const [, , publicKey, attributes] = childrenOf(info, tags.sequence);
  const spki = expectTag(publicKey, tags.sequence).bytes;
  const key = readPublicKey(spki);
  const { digest, key: keyType } = readSignatureAlgorithm(algorithm);
  if (digest === undefined || digest === "sha1" || keyType !== key.asymmetricKeyType) {
    throw new DerError("unacceptable signature of the request");
  }
  const signed = expectTag(info, tags.sequence).bytes;
  if (!verify(digest, signed, key, readBits(signature))) throw new DerError("wrong signature of the request");
  return { publicKey: spki, challenge: readChallenge(attributes) };
}

/** The key, when a device may use it: RSA of 2048 to 4096 bits, or EC on P-256 or P-384. Throws DerError. */
export function readPublicKey(spki: Uint8Array): KeyObject {
  if (spki.length > 1_024) throw new DerError("unacceptable key");
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  } catch {
    throw new DerError("not a public key");
  }
  if (!isAcceptable(key)) throw new DerError("unacceptable key");
  return key;
}

function isAcceptable(key: KeyObject): boolean {
  const details = key.asymmetricKeyDetails;
  if (key.asymmetricKeyType === "rsa") {
    const bits = details?.modulusLength ?? 0;
    const exponent = details?.publicExponent ?? 0n;
    return (
      bits >= 2048 && bits <= 4096 && exponent >= 65_537n && exponent < 2n ** 32n && exponent % 2n === 1n
    );
  }
  const curve = details?.namedCurve ?? "";
  return key.asymmetricKeyType === "ec" && ["prime256v1", "secp384r1"].includes(curve);
}

function readChallenge(attributes: Parameters<typeof childrenOf>[0]): string | undefined {
  if (attributes === undefined) return undefined;
  const found: string[] = [];
  for (const attribute of childrenOf(attributes, 0xa0)) {
    const [type, values] = childrenOf(attribute, tags.sequence);
    if (readOid(type) !== oids.challengePassword) continue;
    for (const value of childrenOf(values, tags.set)) found.push(readText(value));
  }
  if (found.length > 1) throw new DerError("two challenges");
  return found[0];
}
