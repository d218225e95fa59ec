import { type KeyObject, sign } from "node:crypto";
import { childrenOf, type Der, DerError, readOid, tags } from "./der.ts";
import { type Asn1, nothing, oid, sequence } from "./der-writer.ts";
import { oids } from "./oids.ts";

export type Digest = "sha1" | "sha256" | "sha384" | "sha512";

const digests: ReadonlyMap<string, Digest> = new Map([
  [oids.sha1, "sha1"],
  [oids.sha256, "sha256"],
  [oids.sha384, "sha384"],
  [oids.sha512, "sha512"],
]);

/** What a signature algorithm fixes: the kind of key, and the digest where its name contains one. */
export interface SignatureAlgorithm {
  readonly key: "rsa" | "ec";
  readonly digest: Digest | undefined;
}

const signatures: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  [oids.rsa, { key: "rsa", digest: undefined }],
  [oids.sha1WithRsa, { key: "rsa", digest: "sha1" }],
  [oids.sha256WithRsa, { key: "rsa", digest: "sha256" }],
  [oids.sha384WithRsa, { key: "rsa", digest: "sha384" }],
  [oids.sha512WithRsa, { key: "rsa", digest: "sha512" }],
  [oids.ecPublicKey, { key: "ec", digest: undefined }],
  [oids.ecdsaWithSha1, { key: "ec", digest: "sha1" }],
  [oids.ecdsaWithSha256, { key: "ec", digest: "sha256" }],
  [oids.ecdsaWithSha384, { key: "ec", digest: "sha384" }],
  [oids.ecdsaWithSha512, { key: "ec", digest: "sha512" }],
]);

/** The digest that an AlgorithmIdentifier names; others than the SHA family are refused. */
export function readDigest(algorithm: Der | undefined): Digest {
  const digest = digests.get(readOid(childrenOf(algorithm, tags.sequence)[0]));
  if (digest === undefined) throw new DerError("unsupported digest algorithm");
  return digest;
}

/** The signature algorithm that an AlgorithmIdentifier names: RSA PKCS #1 v1.5 or ECDSA. */
export function readSignatureAlgorithm(algorithm: Der | undefined): SignatureAlgorithm {
  const signature = signatures.get(readOid(childrenOf(algorithm, tags.sequence)[0]));
  if (signature === undefined) throw new DerError("unsupported signature algorithm");
  return signature;
}

/** The AlgorithmIdentifier of SHA-256. */
export function sha256Algorithm(): Asn1 {
  return sequence(oid(oids.sha256));
}

/** The AlgorithmIdentifier of a SHA-256 signature by this key. */
export function signatureAlgorithm(key: KeyObject): Asn1 {
  return key.asymmetricKeyType === "rsa"
    ? sequence(oid(oids.sha256WithRsa), nothing())
    : sequence(oid(oids.ecdsaWithSha256));
}

/** A SHA-256 signature, made outside the event loop. */
export function signSha256(key: KeyObject, data: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign("sha256", data, key, (error, signature) => (error === null ? resolve(signature) : reject(error)));
  });
}
