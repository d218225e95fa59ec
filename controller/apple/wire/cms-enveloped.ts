import {
  constants,
  createCipheriv,
  createDecipheriv,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  type X509Certificate,
} from "node:crypto";
import { isNamed, readContentInfo } from "./cms-signed.ts";
import { issuerAndSerial } from "./cms-write.ts";
import { childrenOf, type Der, DerError, readOctets, readOid, tags } from "./der.ts";
import { encode, explicit, implicit, integer, nothing, octets, oid, sequence, setOf } from "./der-writer.ts";
import { oids } from "./oids.ts";

interface Cipher {
  readonly name: string;
  readonly keyBytes: number;
  readonly ivBytes: number;
}

const ciphers: ReadonlyMap<string, Cipher> = new Map([
  [oids.aes128Cbc, { name: "aes-128-cbc", keyBytes: 16, ivBytes: 16 }],
  [oids.aes192Cbc, { name: "aes-192-cbc", keyBytes: 24, ivBytes: 16 }],
  [oids.aes256Cbc, { name: "aes-256-cbc", keyBytes: 32, ivBytes: 16 }],
  [oids.tripleDesCbc, { name: "des-ede3-cbc", keyBytes: 24, ivBytes: 8 }],
  [oids.desCbc, { name: "des-cbc", keyBytes: 8, ivBytes: 8 }],
]);

/** Who can open an envelope. */
export interface Recipient {
  readonly certificate: { readonly raw: Uint8Array };
  readonly key: KeyObject;
}

/**
 * The content of a CMS EnvelopedData (RFC 5652 §6) for the first of these holders of an RSA key that it is
 * addressed to; one key is used, however many it names. Throws DerError, with one
 * message for every failure of the cryptography, so that nobody can use us as an oracle.
 */
export function decryptEnvelope(bytes: Uint8Array, holders: readonly Recipient[]): Buffer {
  const fields = readContentInfo(bytes, oids.envelopedData);
  const [, algorithm, encrypted] = childrenOf(
    fields.find((field) => field.tag === tags.sequence),
    tags.sequence,
  );
  const [cipherId, iv] = childrenOf(algorithm, tags.sequence);
  const cipher = ciphers.get(readOid(cipherId));
  if (cipher === undefined) throw new DerError("unsupported content encryption");
  const named = recipientsOf(fields);
  const holder = addressed(named, holders);
  const recipient = named.find(([, id]) => holder !== undefined && isNamed(holder.certificate.raw, id));
  if (holder === undefined || recipient === undefined) throw new DerError("not encrypted for us");
  if (readOid(childrenOf(recipient[2], tags.sequence)[0]) !== oids.rsa)
    throw new DerError("unsupported key transport");
  const content = readOctets(encrypted, 0x80);
  try {
    return decipher(cipher, unwrap(readOctets(recipient[3]), holder.key, cipher), readOctets(iv), content);
  } catch {
    throw new DerError("cannot be decrypted");
  }
}

/** The first of these holders that an EnvelopedData is addressed to. Throws DerError. */
export function addresseeOf<T extends Pick<Recipient, "certificate">>(
  bytes: Uint8Array,
  holders: readonly T[],
): T | undefined {
  return addressed(recipientsOf(readContentInfo(bytes, oids.envelopedData)), holders);
}

function recipientsOf(fields: readonly Der[]): readonly (readonly Der[])[] {
  const set = fields.find((field) => field.tag === tags.set);
  return childrenOf(set, tags.set)
    .filter((candidate) => candidate.tag === tags.sequence)
    .map((candidate) => childrenOf(candidate, tags.sequence));
}

function addressed<T extends Pick<Recipient, "certificate">>(
  named: readonly (readonly Der[])[],
  holders: readonly T[],
): T | undefined {
  return holders.find(({ certificate }) => named.some(([, id]) => isNamed(certificate.raw, id)));
}

/** An EnvelopedData that only the RSA key of the certificate opens: AES-256-CBC, RSA PKCS #1 v1.5. */
export function encryptEnvelope(
  content: Uint8Array,
  { raw, publicKey }: Pick<X509Certificate, "raw" | "publicKey">,
): Buffer {
  if (publicKey.asymmetricKeyType !== "rsa") throw new DerError("only RSA keys can be encrypted to");
  const key = randomBytes(32);
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-256-cbc", key, iv);
  const encrypted = Buffer.concat([cipher.update(content), cipher.final()]);
  const wrapped = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, key);
  const recipient = sequence(
    integer(0),
    issuerAndSerial(raw),
    sequence(oid(oids.rsa), nothing()),
    octets(wrapped),
  );
  const data = sequence(
    integer(0),
    setOf(recipient),
    sequence(oid(oids.data), sequence(oid(oids.aes256Cbc), octets(iv)), implicit(0, octets(encrypted))),
  );
  return encode(sequence(oid(oids.envelopedData), explicit(0, data)));
}

/** A wrong padding yields a random key here (implicit rejection), so its failure looks like any other. */
function unwrap(wrapped: Buffer, key: KeyObject, cipher: Cipher): Buffer {
  const secret = privateDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, wrapped);
  if (secret.length !== cipher.keyBytes) throw new DerError("wrong key length");
  return secret;
}

function decipher(cipher: Cipher, key: Buffer, iv: Buffer, content: Buffer): Buffer {
  if (iv.length !== cipher.ivBytes) throw new DerError("wrong vector length");
  // OpenSSL 3 offers single DES, which old SCEP clients still speak, only in this disguise.
  const single = cipher.name === "des-cbc";
  const engine = single
    ? createDecipheriv("des-ede3-cbc", Buffer.concat([key, key, key]), iv)
    : createDecipheriv(cipher.name, key, iv);
  return Buffer.concat([engine.update(content), engine.final()]);
}
